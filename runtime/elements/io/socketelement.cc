// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "socketelement.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>
#include <click/standard/scheduleinfo.hh>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

namespace {

constexpr int packets_per_turn = 32;
constexpr int push_wait_ms = 1000;

bool try_later(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
}

}  // namespace

void SocketElement::read_common(Args &args)
{
    args.read("SNAPLEN", _snaplen)
        .read("HEADROOM", _headroom)
        .read("TIMESTAMP", _timestamp)
        .read("SNDBUF", _send_buffer)
        .read("RCVBUF", _receive_buffer);
}

int SocketElement::failed(const char *call, ErrorHandler *errh) const
{
    return errh->error("%s: %s", call, strerror(errno));
}

int SocketElement::prepare(int fd, ErrorHandler *errh) const
{
    if (_snaplen < 1 || _snaplen > 65535 || _headroom > 65535)
        return errh->error("SNAPLEN and HEADROOM must be below 65536");
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return failed("fcntl", errh);
    if (_send_buffer >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &_send_buffer, sizeof(_send_buffer)) < 0)
        return failed("SNDBUF", errh);
    if (_receive_buffer >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &_receive_buffer, sizeof(_receive_buffer)) < 0)
        return failed("RCVBUF", errh);
    return 0;
}

void SocketElement::start_sending(ErrorHandler *errh)
{
    if (ninputs() == 0 || !input_is_pull(0))
        return;
    ScheduleInfo::join_scheduler(this, &_task, errh);
    _signal = Notifier::upstream_empty_signal(this, 0, &_task);
}

void SocketElement::set_receiver(int fd)
{
    if (_receiver >= 0)
        remove_select(_receiver, SELECT_READ);
    _receiver = fd;
    if (fd >= 0)
        add_select(fd, SELECT_READ);
}

void SocketElement::set_sender(int fd)
{
    if (_sender >= 0)
        remove_select(_sender, SELECT_WRITE);
    _sender = fd;
    if (fd >= 0 && ninputs() && input_is_pull(0))
        _task.reschedule();
}

void SocketElement::cleanup(CleanupStage)
{
    if (_waiting)
        _waiting->kill();
    _waiting = nullptr;
}

void SocketElement::selected(int fd, int mask)
{
    if (fd == _receiver && (mask & SELECT_READ))
        receive_some();
    if (fd == _sender && (mask & SELECT_WRITE)) {
        remove_select(fd, SELECT_WRITE);
        _task.reschedule();
    }
}

void SocketElement::receive_some()
{
    for (int i = 0; i < packets_per_turn && _receiver >= 0; ++i) {
        WritablePacket *packet = Packet::make(_headroom, nullptr, _snaplen, 0);
        if (!packet)
            return;
        ssize_t length = receive(packet->data(), _snaplen);
        if (length <= 0) {
            int error = length < 0 ? errno : 0;
            packet->kill();
            if (length == 0 ? empty_means_closed() : error != EINTR && !try_later(error))
                lost(error);
            return;
        }
        if (length > _snaplen)
            SET_EXTRA_LENGTH_ANNO(packet, length - _snaplen);
        else
            packet->take(_snaplen - length);
        if (_timestamp)
            packet->timestamp_anno().assign_now();
        if (noutputs() == 0 || !accept(packet))
            packet->kill();
        else
            output(0).push(packet);
    }
}

SocketElement::Sent SocketElement::send_whole(Packet *&packet)
{
    while (_sender >= 0 && packet->length()) {
        ssize_t length = send(packet);
        if (length >= 0) {
            packet->pull(length);
        } else if (try_later(errno)) {
            return sent_later;
        } else if (errno != EINTR) {
            ++_drops;
            lost(errno);
            break;
        }
    }
    packet->kill();
    packet = nullptr;
    return sent_all;
}

void SocketElement::push(int, Packet *packet)
{
    while (_sender >= 0 && send_whole(packet) == sent_later) {
        pollfd one = {_sender, POLLOUT, 0};
        if (poll(&one, 1, push_wait_ms) == 0)
            break;
    }
    if (packet) {
        ++_drops;
        packet->kill();
    }
}

bool SocketElement::run_task(Task *)
{
    int count = 0;
    for (; count < packets_per_turn && _sender >= 0; ++count) {
        if (!_waiting && !(_waiting = input(0).pull()))
            break;
        if (send_whole(_waiting) == sent_later) {
            add_select(_sender, SELECT_WRITE);
            return count > 0;
        }
    }
    if (_sender >= 0 && (_signal || count == packets_per_turn))
        _task.fast_reschedule();
    return count > 0;
}

void SocketElement::add_handlers()
{
    add_data_handlers("drops", Handler::OP_READ, &_drops);
    if (ninputs() && input_is_pull(0))
        add_task_handlers(&_task);
}

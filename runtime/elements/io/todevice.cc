// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "todevice.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/router.hh>
#include <click/standard/scheduleinfo.hh>
#include <click/straccum.hh>
#include <algorithm>
#include <cerrno>
#include "runtime/elements/ip/finishchecksum.hh"

const char *const ToDevice::drop_names[ndrops] = {"backlog", "too-big", "no-buffers", "link-down", "no-memory", "refused"};

ToDevice::ToDevice() : _task(this), _timer(this) {}

ToDevice::~ToDevice()
{
    for (Packet *packet : _pending)
        packet->kill();
}

int ToDevice::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String method = "PACKET";
    if (Args(conf, this, errh)
            .read_mp("DEVNAME", _device)
            .read("BURST", _burst)
            .read("QUEUE", _queue_limit)
            .read("QDISC_BYPASS", _options.bypass_qdisc)
            .read("METHOD", WordArg(), method)
            .complete() < 0)
        return -1;
    if (method.upper() != "PACKET" && method.upper() != "LINUX")
        return errh->error("METHOD: expected PACKET, found %s", method.c_str());
    if (_burst < 1 || _burst > 256)
        return errh->error("BURST: expected 1 to 256, found %u", _burst);
    return 0;
}

int ToDevice::initialize(ErrorHandler *errh)
{
    String problem = _socket.open_for_send(_device, _options);
    if (problem)
        return errh->error("ToDevice(%s): %s", _device.c_str(), problem.c_str());
    _headers.resize(_burst);
    _parts.resize(_burst);
    _messages.resize(_burst);
    _timer.initialize(this);
    _pull = input_is_pull(0);
    if (_pull) {
        ScheduleInfo::initialize_task(this, &_task, true, errh);
        _signal = Notifier::upstream_empty_signal(this, 0, &_task);
    }
    return 0;
}

void ToDevice::cleanup(CleanupStage)
{
    if (_socket.fd() >= 0 && _blocked)
        remove_select(_socket.fd(), SELECT_WRITE);
    _socket.close();
    for (Packet *packet : _pending)
        packet->kill();
    _pending.clear();
}

void ToDevice::drop(Packet *packet, Drop reason)
{
    _drops[reason].fetch_add(1, std::memory_order_relaxed);
    checked_output_push(1, packet);
}

void ToDevice::drop_first(Drop reason)
{
    Packet *packet = _pending.front();
    _pending.pop_front();
    _retries = 0;
    drop(packet, reason);
}

void ToDevice::enqueue(Packet *packet)
{
    if (_pending.size() >= _queue_limit) {
        drop(packet, drop_backlog);
        return;
    }
    if (packet->csum_partial() && !_socket.vnet_header())
        packet = finish_checksum(packet);
    if (packet)
        _pending.push_back(packet);
    else
        _drops[drop_memory].fetch_add(1, std::memory_order_relaxed);
}

void ToDevice::push(int, Packet *packet)
{
    std::lock_guard<std::mutex> guard(_lock);
    enqueue(packet);
    if (!_blocked)
        flush();
}

void ToDevice::push_batch(int, PacketBatch *batch)
{
    std::lock_guard<std::mutex> guard(_lock);
    FOR_EACH_PACKET_SAFE(batch, packet) {
        packet->set_next(nullptr);
        enqueue(packet);
    }
    if (!_blocked)
        flush();
}

// Pulls until a burst is at hand. True when something came.
bool ToDevice::fetch()
{
    if (_pending.size() >= _burst)
        return false;
    PacketBatch *batch = input(0).pull_batch(_burst - _pending.size());
    if (!batch)
        return false;
    FOR_EACH_PACKET_SAFE(batch, packet) {
        packet->set_next(nullptr);
        enqueue(packet);
    }
    return true;
}

bool ToDevice::run_task(Task *)
{
    std::lock_guard<std::mutex> guard(_lock);
    if (_blocked)
        return false;
    bool fetched = fetch();
    if (!_pending.empty() && !flush())
        return fetched;
    if (fetched || _signal)
        _task.fast_reschedule();
    return fetched;
}

void ToDevice::describe(const Packet *packet, VirtioHeader &header) const
{
    header = VirtioHeader{};
    int start = partial_checksum_start(packet);
    if (start < 0)
        return;
    const PacketOffload &offload = packet->offload();
    header.flags = VirtioHeader::needs_checksum;
    header.csum_start = start;
    header.csum_offset = offload.csum_offset;
    if (offload.gso_type == VirtioHeader::gso_none)
        return;
    header.gso_type = offload.gso_type;
    header.gso_size = offload.gso_size;
    // Tells the kernel how much to keep contiguous; the headers are enough, and the receiver's hint may span all of it.
    bool udp = (offload.gso_type & ~VirtioHeader::gso_ecn) == VirtioHeader::gso_udp_l4;
    unsigned transport = udp ? 8 : start + 13 < int(packet->length()) ? (packet->data()[start + 12] >> 4) * 4 : 20;
    header.hdr_len = std::min<unsigned>(start + transport, packet->length());
}

unsigned ToDevice::fill_messages()
{
    unsigned n = std::min<size_t>(_burst, _pending.size());
    bool vnet = _socket.vnet_header();
    for (unsigned i = 0; i < n; ++i) {
        Packet *packet = _pending[i];
        _parts[i][1] = {const_cast<unsigned char *>(packet->data()), packet->length()};
        if (vnet) {
            describe(packet, _headers[i]);
            _parts[i][0] = {&_headers[i], sizeof(VirtioHeader)};
        }
        msghdr &message = _messages[i].msg_hdr;
        message = msghdr{};
        message.msg_iov = _parts[i].data() + (vnet ? 0 : 1);
        message.msg_iovlen = vnet ? 2 : 1;
    }
    return n;
}

// Sends what is pending. False when the device is busy: the rest waits.
bool ToDevice::flush()
{
    while (!_pending.empty()) {
        unsigned n = fill_messages();
        int done = sendmmsg(_socket.fd(), _messages.data(), n, MSG_DONTWAIT);
        if (done > 0)
            sent(done);
        else if (!handle_error(errno))
            return false;
    }
    return true;
}

void ToDevice::sent(int n)
{
    _retries = 0;
    uint64_t bytes = 0, gso = 0;
    for (int i = 0; i < n; ++i) {
        Packet *packet = _pending.front();
        _pending.pop_front();
        bytes += packet->length();
        gso += is_gso(packet);
        checked_output_push(0, packet);
    }
    _count.fetch_add(n, std::memory_order_relaxed);
    _bytes.fetch_add(bytes, std::memory_order_relaxed);
    _gso.fetch_add(gso, std::memory_order_relaxed);
}

// The first pending frame could not be sent. True to go on with the next try at once.
bool ToDevice::handle_error(int error)
{
    switch (error) {
    case EINTR:
        return true;
    case EAGAIN:
        wait_for_device(false);
        return false;
    case ENOBUFS:
    case ENOMEM:
        // The socket says it is writable, so select would not help: come back a little later.
        if (++_retries <= most_retries) {
            wait_for_device(true);
            return false;
        }
        drop_first(drop_no_buffers);
        return true;
    case EMSGSIZE:
        drop_first(drop_too_big);
        return true;
    case ENETDOWN:
    case ENXIO:
    case ENODEV:
        drop_first(drop_link_down);
        return true;
    default:
        drop_first(drop_refused);
        return true;
    }
}

void ToDevice::wait_for_device(bool by_timer)
{
    _blocked = true;
    _busy.fetch_add(1, std::memory_order_relaxed);
    if (by_timer)
        _timer.schedule_after(Timestamp::make_usec(retry_after_us));
    else
        add_select(_socket.fd(), SELECT_WRITE);
}

void ToDevice::resume()
{
    std::lock_guard<std::mutex> guard(_lock);
    _blocked = false;
    if (flush() && _pull)
        _task.reschedule();
}

void ToDevice::run_timer(Timer *)
{
    resume();
}

void ToDevice::selected(int fd, int)
{
    remove_select(fd, SELECT_WRITE);
    resume();
}

String ToDevice::read_handler(Element *element, void *user_data)
{
    ToDevice *t = static_cast<ToDevice *>(element);
    StringAccum sa;
    uint64_t total = 0;
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_count:
        return String(t->_count.load());
    case h_bytes:
        return String(t->_bytes.load());
    case h_gso:
        return String(t->_gso.load());
    case h_busy:
        return String(t->_busy.load());
    case h_drops:
        for (auto &n : t->_drops)
            total += n.load();
        return String(total);
    case h_details:
        for (int i = 0; i < ndrops; ++i)
            sa << drop_names[i] << ' ' << t->_drops[i].load() << '\n';
        return sa.take_string();
    default: {
        std::lock_guard<std::mutex> guard(t->_lock);
        return String(static_cast<uint64_t>(t->_pending.size()));
    }
    }
}

int ToDevice::reset_handler(const String &, Element *element, void *, ErrorHandler *)
{
    ToDevice *t = static_cast<ToDevice *>(element);
    t->_count = t->_bytes = t->_gso = t->_busy = 0;
    for (auto &n : t->_drops)
        n = 0;
    return 0;
}

void ToDevice::add_handlers()
{
    add_read_handler("count", read_handler, h_count);
    add_read_handler("byte_count", read_handler, h_bytes);
    add_read_handler("gso_count", read_handler, h_gso);
    add_read_handler("busy_count", read_handler, h_busy);
    add_read_handler("drops", read_handler, h_drops);
    add_read_handler("drop_details", read_handler, h_details);
    add_read_handler("pending", read_handler, h_pending);
    add_write_handler("reset_counts", reset_handler, 0, Handler::BUTTON);
    add_task_handlers(&_task);
}

EXPORT_ELEMENT(ToDevice)
ELEMENT_REQUIRES(userlevel)

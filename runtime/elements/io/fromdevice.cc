// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "fromdevice.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/master.hh>
#include <click/packet_anno.hh>
#include <click/router.hh>
#include <click/straccum.hh>
#include "hostfilter.hh"
#include "threadpath.hh"
#include <cerrno>
#include <cstring>
#include <net/if.h>
#include <sys/socket.h>

FromDevice::FromDevice() = default;

FromDevice::~FromDevice() = default;

int FromDevice::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String method = "ANY";
    bool active = true;
    if (Args(conf, this, errh)
            .read_mp("DEVNAME", _device)
            .read_p("PROMISC", _options.promiscuous)
            .read("SNIFFER", _sniffer)
            .read("OUTBOUND", _options.outgoing)
            .read("TIMESTAMP", _timestamp)
            .read("BURST", _options.burst)
            .read("HEADROOM", _options.headroom)
            .read("METHOD", WordArg(), method)
            .read("RING", _options.ring_frames)
            .read("THREADS", _threads)
            .read("ACTIVE", active)
            .complete() < 0)
        return -1;
    _active = active;
    if (parse_method(method.upper(), errh) < 0)
        return -1;
    if (_options.burst < 1 || _options.burst > 256)
        return errh->error("BURST: expected 1 to 256, found %u", _options.burst);
    if (_options.headroom < 4 || _options.headroom > most_headroom)
        return errh->error("HEADROOM: expected 4 to %u, found %u", most_headroom, _options.headroom);
    if (_options.ring_frames < 64 || _options.ring_frames > 65536)
        return errh->error("RING: expected 64 to 65536, found %u", _options.ring_frames);
    if (_threads < 0 || _threads > master()->nthreads())
        return errh->error("THREADS: expected at most %d, the number of driver threads, found %d", master()->nthreads(), _threads);
    // The IP header behind 14 bytes of Ethernet then starts at a multiple of 4.
    _options.headroom = (_options.headroom + 3) / 4 * 4 + 2;
    return 0;
}

int FromDevice::parse_method(const String &method, ErrorHandler *errh)
{
    if (method == "ANY")
        _method = method_any;
    else if (method == "RING")
        _method = method_ring;
    else if (method == "PACKET" || method == "LINUX")
        _method = method_packet;
    else if (method == "XDP")
        _method = method_xdp;
    else
        return errh->error("METHOD: expected RING, PACKET or XDP, found %s", method.c_str());
    return 0;
}

int FromDevice::initialize(ErrorHandler *errh)
{
    choose_threads();
    if (String problem = _method == method_xdp ? open_xdp_lanes() : open_lanes())
        return errh->error("FromDevice(%s): %s", _device.c_str(), problem.c_str());
    if (!_sniffer && _method != method_xdp && hide_from_kernel(errh) < 0)
        return -1;
    if (_active)
        select(true);
    return 0;
}

void FromDevice::cleanup(CleanupStage)
{
    if (_active)
        select(false);
    reveal_to_kernel();
    _lanes.clear();
}

// Without being told, several threads receive only when nothing behind minds.
void FromDevice::choose_threads()
{
    int all = master()->nthreads();
    if (_threads > 0)
        _threads_reason = "as THREADS says";
    else if (all == 1)
        _threads_reason = "there is one driver thread";
    else if (const Element *unsafe = first_unsafe_element(this))
        _threads_reason = "not for several threads: " + unsafe->declaration();
    else {
        _threads = all;
        _threads_reason = "all, for the elements behind allow it";
    }
    if (_threads == 0)
        _threads = 1;
}

String FromDevice::open_lanes()
{
    _options.fanout_members = _threads > 1 ? _threads : 0;
    for (int i = 0; i < _threads; ++i) {
        auto lane = std::make_unique<Lane>(this);
        lane->thread = _threads > 1 ? i : home_thread_id();
        String problem = open_lane(*lane, _method != method_packet);
        if (problem && _method == method_any) {
            _method_reason = "no ring: " + problem;
            _method = method_packet;
            problem = open_lane(*lane, false);
        }
        if (problem)
            return problem;
        _options.fanout_group = lane->receiver->fanout_group();
        _lanes.push_back(std::move(lane));
    }
    if (_method == method_any)
        _method_reason = "the fastest that passes unfinished checksums and segmentation";
    else if (!_method_reason)
        _method_reason = "as METHOD says";
    return String();
}

String FromDevice::open_lane(Lane &lane, bool ring)
{
    lane.receiver = ring ? FrameReceiver::make_ring() : FrameReceiver::make_packet();
    return lane.receiver->open(_device, _options);
}

// The device deals out the frames to its queues, and each queue has a thread.
String FromDevice::open_xdp_lanes()
{
    std::vector<std::unique_ptr<FrameReceiver>> receivers;
    if (String problem = FrameReceiver::make_xdp(_device, receivers))
        return problem;
    for (auto &receiver : receivers) {
        auto lane = std::make_unique<Lane>(this);
        lane->thread = _threads > 1 ? static_cast<int>(_lanes.size()) % _threads : home_thread_id();
        lane->receiver = std::move(receiver);
        if (String problem = lane->receiver->open(_device, _options))
            return problem;
        _lanes.push_back(std::move(lane));
    }
    _method_reason = "as METHOD says";
    return String();
}

// Each lane's descriptor is waited for by its own thread.
void FromDevice::select(bool on)
{
    for (auto &lane : _lanes) {
        RouterThread *thread = master()->thread(lane->thread);
        if (on) {
            thread->select_set().add_select(lane->receiver->fd(), this, SELECT_READ);
            thread->add_news_source(lane.get(), router());
        } else {
            thread->select_set().remove_select(lane->receiver->fd(), this, SELECT_READ);
            thread->remove_news_source(lane.get());
        }
    }
}

int FromDevice::hide_from_kernel(ErrorHandler *errh)
{
    String problem = HostFilter::hide(_device);
    if (problem)
        return errh->error("FromDevice(%s): SNIFFER false: %s", _device.c_str(), problem.c_str());
    _hidden = true;
    return 0;
}

void FromDevice::reveal_to_kernel()
{
    if (_hidden)
        HostFilter::reveal(_device);
    _hidden = false;
}

int FromDevice::ifindex() const
{
    return static_cast<int>(if_nametoindex(String(_device).c_str()));
}

String FromDevice::set_filter(int program)
{
    if (_method == method_xdp)
        return _device + ": METHOD XDP takes the frames before anybody can filter them";
    for (auto &lane : _lanes) {
        const int none = 0;
        const int failed = program < 0 ? setsockopt(lane->receiver->fd(), SOL_SOCKET, SO_DETACH_BPF, &none, sizeof(none))
                                       : setsockopt(lane->receiver->fd(), SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program));
        if (failed < 0 && program >= 0)
            return _device + ": filter of the packet socket: " + strerror(errno);
    }
    return String();
}

void FromDevice::selected(int fd, int)
{
    for (auto &lane : _lanes)
        if (lane->receiver->fd() == fd)
            receive(*lane);
}

void FromDevice::receive(Lane &lane)
{
    bool more = true;
    for (int i = 0; i < rounds && more && _active.load(std::memory_order_relaxed); ++i)
        if (PacketBatch *batch = lane.receiver->receive(more))
            push_out(lane, batch);
}

void FromDevice::push_out(Lane &lane, PacketBatch *batch)
{
    lane.batches.add(1);
    if (_timestamp) {
        Timestamp now = Timestamp::now();
        FOR_EACH_PACKET(batch, packet)
            packet->set_timestamp_anno(now);
    }
    output_push_batch(0, batch);
}

template <typename F>
uint64_t FromDevice::sum(F &&value) const
{
    uint64_t total = 0;
    for (auto &lane : _lanes)
        total += value(*lane);
    return total;
}

String FromDevice::method_text() const
{
    StringAccum sa;
    if (_lanes.empty())
        return String();
    const FrameReceiver &first = *_lanes[0]->receiver;
    sa << "method " << first.method() << "\nmethod_reason " << _method_reason << "\nvnet_header "
       << (first.vnet_header() ? "yes" : "no") << '\n' << first.details() << "threads " << _threads << "\nthreads_reason "
       << _threads_reason << '\n';
    if (first.fanout_group() >= 0)
        sa << "fanout_group " << first.fanout_group() << '\n';
    return sa.take_string();
}

String FromDevice::threads_text() const
{
    StringAccum sa;
    for (auto &lane : _lanes)
        sa << lane->thread << ' ' << lane->receiver->frames.value() << '\n';
    return sa.take_string();
}

String FromDevice::drops_text() const
{
    StringAccum sa;
    for (int i = 0; i < FrameReceiver::ndrops; ++i)
        sa << FrameReceiver::drop_names[i] << ' ' << sum([i](const Lane &lane) { return lane.receiver->drops[i].value(); }) << '\n';
    return sa.take_string();
}

String FromDevice::read_handler(Element *element, void *user_data)
{
    FromDevice *f = static_cast<FromDevice *>(element);
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_count:
        return String(f->sum([](const Lane &lane) { return lane.receiver->frames.value(); }));
    case h_bytes:
        return String(f->sum([](const Lane &lane) { return lane.receiver->bytes.value(); }));
    case h_batches:
        return String(f->sum([](const Lane &lane) { return lane.batches.value(); }));
    case h_gso:
        return String(f->sum([](const Lane &lane) { return lane.receiver->gso.value(); }));
    case h_drops:
        return String(f->sum([](const Lane &lane) {
            uint64_t total = 0;
            for (auto &n : lane.receiver->drops)
                total += n.value();
            return total;
        }));
    case h_details:
        return f->drops_text();
    case h_kernel_drops:
        return String(f->sum([](const Lane &lane) { return lane.receiver->kernel_drops(); }));
    case h_method:
        return f->method_text();
    case h_threads:
        return f->threads_text();
    default:
        return BoolArg::unparse(f->_active);
    }
}

void FromDevice::reset_counts()
{
    for (auto &lane : _lanes) {
        FrameReceiver &receiver = *lane->receiver;
        for (RelaxedCounter *counter : {&receiver.frames, &receiver.bytes, &receiver.gso, &lane->batches})
            counter->reset();
        for (RelaxedCounter &counter : receiver.drops)
            counter.reset();
    }
}

int FromDevice::write_handler(const String &value, Element *element, void *user_data, ErrorHandler *errh)
{
    FromDevice *f = static_cast<FromDevice *>(element);
    if (!user_data) {
        f->reset_counts();
        return 0;
    }
    bool active;
    if (!BoolArg().parse(cp_uncomment(value), active))
        return errh->error("expected boolean");
    if (active != f->_active)
        f->select(active);
    f->_active = active;
    return 0;
}

void FromDevice::add_handlers()
{
    add_read_handler("count", read_handler, h_count);
    add_read_handler("byte_count", read_handler, h_bytes);
    add_read_handler("batches", read_handler, h_batches);
    add_read_handler("gso_count", read_handler, h_gso);
    add_read_handler("drops", read_handler, h_drops);
    add_read_handler("drop_details", read_handler, h_details);
    add_read_handler("kernel-drops", read_handler, h_kernel_drops);
    add_read_handler("method", read_handler, h_method);
    add_read_handler("threads", read_handler, h_threads);
    add_read_handler("active", read_handler, h_active, Handler::CHECKBOX);
    add_write_handler("active", write_handler, 1);
    add_write_handler("reset_counts", write_handler, 0, Handler::BUTTON);
}

EXPORT_ELEMENT(FromDevice)
ELEMENT_REQUIRES(userlevel)

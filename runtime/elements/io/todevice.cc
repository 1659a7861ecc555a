// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "todevice.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/master.hh>
#include <click/router.hh>
#include <click/standard/scheduleinfo.hh>
#include <click/straccum.hh>
#include <algorithm>
#include <cerrno>
#include "runtime/elements/ip/finishchecksum.hh"
#include "runtime/elements/ip/segments.hh"

const char *const ToDevice::drop_names[ndrops] = {"backlog", "too-big", "no-buffers", "link-down", "no-memory", "refused"};

ToDevice::ToDevice() : _task(this) {}

ToDevice::~ToDevice()
{
    cleanup(CLEANUP_MANUAL);
}

int ToDevice::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String method = "ANY";
    if (Args(conf, this, errh)
            .read_mp("DEVNAME", _device)
            .read("BURST", _options.burst)
            .read("QUEUE", _queue_limit)
            .read("QDISC_BYPASS", _options.bypass_qdisc)
            .read("METHOD", WordArg(), method)
            .complete() < 0)
        return -1;
    method = method.upper();
    if (method != "ANY" && method != "PACKET" && method != "LINUX" && method != "XDP")
        return errh->error("METHOD: expected PACKET or XDP, found %s", method.c_str());
    _xdp = method == "XDP";
    _method_reason = method == "ANY" ? "passes all of the queueing discipline, taps, unfinished checksums and segmentation" : "as METHOD says";
    if (_options.burst < 1 || _options.burst > 256)
        return errh->error("BURST: expected 1 to 256, found %u", _options.burst);
    return 0;
}

// A pull input is drained by one task; any thread may push.
int ToDevice::initialize(ErrorHandler *errh)
{
    _pull = input_is_pull(0);
    for (int thread = 0; thread < (_pull ? 1 : master()->nthreads()); ++thread)
        if (String problem = open_lane(_pull ? home_thread_id() : thread))
            return errh->error("ToDevice(%s): %s", _device.c_str(), problem.c_str());
    if (_pull) {
        ScheduleInfo::initialize_task(this, &_task, true, errh);
        _signal = Notifier::upstream_empty_signal(this, 0, &_task);
    }
    return 0;
}

String ToDevice::open_lane(int thread)
{
    auto lane = std::make_unique<Lane>(this);
    lane->sender = _xdp ? FrameSender::make_xdp(static_cast<unsigned>(_lanes.size())) : FrameSender::make_packet();
    lane->burst.resize(_options.burst);
    String problem = lane->sender->open(_device, _options);
    if (problem)
        return problem;
    lane->again.initialize(this, false);
    lane->again.move_thread(thread);
    lane->timer.initialize(this);
    _lanes.push_back(std::move(lane));
    return problem;
}

void ToDevice::cleanup(CleanupStage)
{
    for (auto &lane : _lanes) {
        if (lane->blocked)
            lane->again.thread()->select_set().remove_select(lane->sender->fd(), this, SELECT_WRITE);
        for (Packet *packet : lane->pending)
            packet->kill();
    }
    _lanes.clear();
}

void ToDevice::drop(Lane &lane, Packet *packet, Drop reason)
{
    lane.drops[reason].add(1);
    checked_output_push(1, packet);
}

void ToDevice::drop_first(Lane &lane, Drop reason)
{
    Packet *packet = lane.pending.front();
    lane.pending.pop_front();
    lane.retries = 0;
    drop(lane, packet, reason);
}

void ToDevice::enqueue(Lane &lane, Packet *packet)
{
    if (lane.pending.size() >= _queue_limit) {
        drop(lane, packet, drop_backlog);
        return;
    }
    if (packet->csum_partial() && !lane.sender->vnet_header())
        packet = finish_checksum(packet);
    if (packet)
        lane.pending.push_back(packet);
    else
        lane.drops[drop_memory].add(1);
}

void ToDevice::push(int, Packet *packet)
{
    Lane &own = lane();
    enqueue(own, packet);
    if (!own.blocked)
        flush(own);
}

void ToDevice::push_batch(int, PacketBatch *batch)
{
    Lane &own = lane();
    FOR_EACH_PACKET_SAFE(batch, packet) {
        packet->set_next(nullptr);
        enqueue(own, packet);
    }
    if (!own.blocked)
        flush(own);
}

// Pulls until a burst is at hand. True when something came.
bool ToDevice::fetch(Lane &lane)
{
    if (lane.pending.size() >= _options.burst)
        return false;
    PacketBatch *batch = input(0).pull_batch(static_cast<unsigned>(_options.burst - lane.pending.size()));
    if (!batch)
        return false;
    FOR_EACH_PACKET_SAFE(batch, packet) {
        packet->set_next(nullptr);
        enqueue(lane, packet);
    }
    return true;
}

bool ToDevice::run_task(Task *)
{
    Lane &own = lane();
    if (own.blocked)
        return false;
    bool fetched = fetch(own);
    if (!own.pending.empty() && !flush(own))
        return fetched;
    if (fetched || _signal)
        _task.fast_reschedule();
    return fetched;
}

// Sends what is pending. False when the device is busy: the rest waits.
bool ToDevice::flush(Lane &lane)
{
    // Who gets what was sent (output 0) may push again meanwhile: that waits for this loop.
    if (lane.sending)
        return true;
    lane.sending = true;
    bool done = true;
    while (done && !lane.pending.empty()) {
        unsigned n = static_cast<unsigned>(std::min<size_t>(_options.burst, lane.pending.size()));
        std::copy_n(lane.pending.begin(), n, lane.burst.begin());
        int result = lane.sender->send(lane.burst.data(), n);
        if (result > 0)
            sent(lane, result);
        else
            done = handle_error(lane, -result);
    }
    lane.sending = false;
    lane.waiting.set(lane.pending.size());
    return done;
}

void ToDevice::sent(Lane &lane, int n)
{
    lane.retries = 0;
    uint64_t bytes = 0, gso = 0;
    for (int i = 0; i < n; ++i) {
        Packet *packet = lane.pending.front();
        lane.pending.pop_front();
        bytes += packet->length();
        gso += is_gso(packet);
        checked_output_push(0, packet);
    }
    lane.count.add(static_cast<uint64_t>(n));
    lane.bytes.add(bytes);
    lane.gso.add(gso);
}

// The first pending frame could not be sent. True to go on with the next try at once.
bool ToDevice::handle_error(Lane &lane, int error)
{
    switch (error) {
    case EINTR:
        return true;
    case EAGAIN:
        wait_for_device(lane, false);
        return false;
    case ENOBUFS:
    case ENOMEM:
        // The socket says it is writable, so select would not help: come back a little later.
        if (++lane.retries <= most_retries) {
            wait_for_device(lane, true);
            return false;
        }
        drop_first(lane, drop_no_buffers);
        return true;
    case EMSGSIZE:
        drop_first(lane, drop_too_big);
        return true;
    case ENETDOWN:
    case ENXIO:
    case ENODEV:
        drop_first(lane, drop_link_down);
        return true;
    default:
        drop_first(lane, drop_refused);
        return true;
    }
}

void ToDevice::wait_for_device(Lane &lane, bool by_timer)
{
    lane.blocked = true;
    lane.busy.add(1);
    if (by_timer)
        lane.timer.schedule_after(Timestamp::make_usec(retry_after_us));
    else
        lane.again.thread()->select_set().add_select(lane.sender->fd(), this, SELECT_WRITE);
}

void ToDevice::resume(Lane &lane)
{
    lane.blocked = false;
    if (flush(lane) && _pull)
        _task.reschedule();
}

bool ToDevice::resume_callback(Task *, void *user_data)
{
    Lane *lane = static_cast<Lane *>(user_data);
    lane->owner->resume(*lane);
    return true;
}

void ToDevice::selected(int fd, int)
{
    for (auto &lane : _lanes)
        if (lane->sender->fd() == fd) {
            lane->again.thread()->select_set().remove_select(fd, this, SELECT_WRITE);
            resume(*lane);
        }
}

template <typename F>
uint64_t ToDevice::sum(F &&value) const
{
    uint64_t total = 0;
    for (auto &lane : _lanes)
        total += value(*lane);
    return total;
}

String ToDevice::drops_text() const
{
    StringAccum sa;
    for (int i = 0; i < ndrops; ++i)
        sa << drop_names[i] << ' ' << sum([i](const Lane &lane) { return lane.drops[static_cast<size_t>(i)].value(); }) << '\n';
    return sa.take_string();
}

String ToDevice::method_text() const
{
    StringAccum sa;
    if (_lanes.empty())
        return String();
    const FrameSender &first = *_lanes[0]->sender;
    sa << "method " << first.method() << "\nmethod_reason " << _method_reason << "\nvnet_header "
       << (first.vnet_header() ? "yes" : "no") << '\n' << first.details() << "lanes " << static_cast<int>(_lanes.size()) << '\n';
    return sa.take_string();
}

String ToDevice::read_handler(Element *element, void *user_data)
{
    ToDevice *t = static_cast<ToDevice *>(element);
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_count:
        return String(t->sum([](const Lane &lane) { return lane.count.value(); }));
    case h_bytes:
        return String(t->sum([](const Lane &lane) { return lane.bytes.value(); }));
    case h_gso:
        return String(t->sum([](const Lane &lane) { return lane.gso.value(); }));
    case h_busy:
        return String(t->sum([](const Lane &lane) { return lane.busy.value(); }));
    case h_drops:
        return String(t->sum([](const Lane &lane) {
            uint64_t total = 0;
            for (auto &n : lane.drops)
                total += n.value();
            return total;
        }));
    case h_details:
        return t->drops_text();
    case h_method:
        return t->method_text();
    default:
        return String(t->sum([](const Lane &lane) { return lane.waiting.value(); }));
    }
}

int ToDevice::reset_handler(const String &, Element *element, void *, ErrorHandler *)
{
    for (auto &lane : static_cast<ToDevice *>(element)->_lanes) {
        for (RelaxedCounter *counter : {&lane->count, &lane->bytes, &lane->gso, &lane->busy})
            counter->reset();
        for (RelaxedCounter &counter : lane->drops)
            counter.reset();
    }
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
    add_read_handler("method", read_handler, h_method);
    add_write_handler("reset_counts", reset_handler, 0, Handler::BUTTON);
    add_task_handlers(&_task);
}

EXPORT_ELEMENT(ToDevice)
ELEMENT_REQUIRES(userlevel)

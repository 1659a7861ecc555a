// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/elements/standard/stallmeter.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packetbatch.hh>
#include <click/timestamp.hh>
#include <ctime>

int StallMeter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Timestamp threshold = Timestamp::make_msec(1);
    if (Args(conf, this, errh).read_p("THRESHOLD", threshold).read("WORK", _work).complete() < 0)
        return -1;
    if (threshold <= Timestamp())
        return errh->error("THRESHOLD: expected a time longer than 0, found %s", threshold.unparse().c_str());
    _threshold_ns = threshold.nsecval();
    return 0;
}

void StallMeter::raise(std::atomic<int64_t> &longest, int64_t value)
{
    for (int64_t most = longest.load(std::memory_order_relaxed); value > most;)
        if (longest.compare_exchange_weak(most, value, std::memory_order_relaxed))
            break;
}

inline void StallMeter::note()
{
    int64_t work = 0, last_work = 0;
    if (_work) {
        timespec t;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        work = t.tv_sec * int64_t{1000000000} + t.tv_nsec;
        last_work = _last_work_ns.exchange(work, std::memory_order_relaxed);
    }
    const int64_t now = Timestamp::now_steady().nsecval();
    const int64_t last = _last_ns.exchange(now, std::memory_order_relaxed);
    _pushes.fetch_add(1, std::memory_order_relaxed);
    if (last == 0)
        return;
    const int64_t pause = now - last;
    if (pause > _threshold_ns)
        _stalls.fetch_add(1, std::memory_order_relaxed);
    raise(_longest_ns, pause);
    raise(_longest_work_ns, work - last_work);
}

void StallMeter::push(int, Packet *p)
{
    note();
    output(0).push(p);
}

void StallMeter::push_batch(int, PacketBatch *batch)
{
    note();
    output_push_batch(0, batch);
}

String StallMeter::read_handler(Element *element, void *which)
{
    auto *meter = static_cast<StallMeter *>(element);
    switch (reinterpret_cast<intptr_t>(which)) {
    case h_longest:
        return String(meter->_longest_ns.load() / 1000);
    case h_work:
        return String(meter->_longest_work_ns.load() / 1000);
    case h_stalls:
        return String(meter->_stalls.load());
    default:
        return String(meter->_pushes.load());
    }
}

int StallMeter::reset_handler(const String &, Element *element, void *, ErrorHandler *)
{
    auto *meter = static_cast<StallMeter *>(element);
    meter->_last_ns = 0;
    meter->_longest_ns = 0;
    meter->_longest_work_ns = 0;
    meter->_stalls = 0;
    meter->_pushes = 0;
    return 0;
}

void StallMeter::add_handlers()
{
    add_read_handler("longest_us", read_handler, h_longest);
    add_read_handler("longest_work_us", read_handler, h_work);
    add_read_handler("stalls", read_handler, h_stalls);
    add_read_handler("pushes", read_handler, h_pushes);
    add_write_handler("reset", reset_handler, h_reset, Handler::f_button);
}

EXPORT_ELEMENT(StallMeter)

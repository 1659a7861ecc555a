// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "timesortedsched.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet.hh>
#include <click/router.hh>
#include <algorithm>
#include <cstring>

// For heaps whose top is the earliest.
static bool later(const Packet *a, const Packet *b)
{
    return a->timestamp_anno() > b->timestamp_anno();
}

void *TimeSortedSched::cast(const char *name)
{
    if (strcmp(name, Notifier::EMPTY_NOTIFIER) == 0)
        return static_cast<Notifier *>(&_note);
    return Element::cast(name);
}

int TimeSortedSched::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (Args(conf, this, errh).read("STOP", _stop).read("BUFFER", _buffer).complete() < 0)
        return -1;
    return _buffer > 0 ? 0 : errh->error("BUFFER must be at least 1");
}

int TimeSortedSched::initialize(ErrorHandler *)
{
    _note.initialize(Notifier::EMPTY_NOTIFIER, router());
    for (int i = 0; i < ninputs(); ++i)
        _inputs.push_back(Input{Notifier::upstream_empty_signal(this, i, &_note), {}});
    return 0;
}

void TimeSortedSched::cleanup(CleanupStage)
{
    for (Input &input : _inputs)
        for (Packet *packet : input.window)
            packet->kill();
    _inputs.clear();
}

// Fills the windows. False when there is nothing to give and nothing to expect.
bool TimeSortedSched::fill()
{
    bool hope = false;
    for (size_t i = 0; i < _inputs.size(); ++i) {
        Input &in = _inputs[i];
        while (in.window.size() < _buffer && in.signal) {
            Packet *packet = input(static_cast<int>(i)).pull();
            if (!packet)
                break;
            in.window.push_back(packet);
            std::push_heap(in.window.begin(), in.window.end(), later);
        }
        hope = hope || !in.window.empty() || in.signal;
    }
    return hope;
}

Packet *TimeSortedSched::pull(int)
{
    bool hope = fill();
    Input *best = nullptr;
    for (Input &in : _inputs)
        if (!in.window.empty() && (!best || later(best->window.front(), in.window.front())))
            best = &in;
    _note.set_active(hope);
    if (!best) {
        if (!hope && _stop)
            router()->please_stop_driver();
        return nullptr;
    }
    std::pop_heap(best->window.begin(), best->window.end(), later);
    Packet *packet = best->window.back();
    best->window.pop_back();
    if (packet->timestamp_anno() < _last)
        _well_ordered = false;
    _last = std::max(_last, packet->timestamp_anno());
    return packet;
}

void TimeSortedSched::add_handlers()
{
    add_data_handlers("well_ordered", Handler::OP_READ, &_well_ordered);
}

EXPORT_ELEMENT(TimeSortedSched)

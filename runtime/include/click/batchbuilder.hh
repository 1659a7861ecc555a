// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_BATCHBUILDER_HH
#define CLICK_BATCHBUILDER_HH
#include <click/ipflowid.hh>
#include <click/packetbatch.hh>

// A list of packets that becomes a batch. Not an owner: what was appended and not taken out is lost.
struct PacketList {
    Packet *first = nullptr;
    Packet *tail = nullptr;
    int count = 0;

    bool empty() const { return !first; }
    Packet *front() const { return first; }
    void append(Packet *p)
    {
        if (first)
            tail->set_next(p);
        else
            first = p;
        tail = p;
        ++count;
    }
    Packet *pop_front()
    {
        Packet *p = first;
        first = p == tail ? nullptr : p->next();
        --count;
        return p;
    }
    // All packets as a batch, null when there are none. Before the list is used again: init(), or pop_all() instead.
    PacketBatch *finish() { return first ? PacketBatch::make_from_list(first, tail, static_cast<unsigned>(count)) : nullptr; }
    PacketBatch *pop_all()
    {
        PacketBatch *batch = finish();
        first = tail = nullptr;
        count = 0;
        return batch;
    }
};

// The same with a note of where its packets go: an output and a flow.
struct BatchBuilder : PacketList {
    int last = -1;
    IPFlowID last_id;

    void init()
    {
        first = tail = nullptr;
        count = 0;
    }
};

#endif

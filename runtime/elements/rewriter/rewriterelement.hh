// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_REWRITERELEMENT_HH
#define CLICK_REWRITERELEMENT_HH
#include "headerrewrite.hh"
#include "iprewriterbase.hh"

// The packet path of a rewriter, one packet or a batch, without virtual calls per packet. The rewriter R has
//
//   bool read_key(const Packet *p, Key &key) const        false: no packet of a flow
//   uint8_t rewrite(WritablePacket *p, const Key &key, uint32_t number, FlowRecord &r, bool reply, uint8_t marks)
//                                                         returns the flow's new marks
//
// and may hide find(), prefetch() and may_begin().
//
// A batch is handled in groups: hash all keys and ask for their index lines; then look at the index and ask for the records,
// or, for what is not there, for the index line that the new flow's reply key will need; then do the work.
template <class R>
class RewriterElement : public IPRewriterBase {
  public:
    void push(int port, Packet *p) override
    {
        Key key;
        const int64_t now = now_ms();
        int out;
        if (self().read_key(p, key)) {
            key.hash = _store->hash(key.table->number, key.tuple);
            out = handle(port, p, key, 0, now);
        } else
            out = unrelated(port);
        if (p)
            checked_output_push(out, p);
    }

    void push_batch(int port, PacketBatch *batch) override
    {
        const int n = noutputs();
        Leaving leaving[n + 1];
        const int64_t now = now_ms();
        for (Packet *p = batch->first(); p;)
            p = handle_group(port, p, now, leaving, n);
        for (int i = 0; i < n; ++i)
            if (leaving[i].count)
                output(i).push_batch(PacketBatch::make_from_list(leaving[i].head, leaving[i].tail, leaving[i].count));
        if (leaving[n].count)
            PacketBatch::make_from_list(leaving[n].head, leaving[n].tail, leaving[n].count)->kill();
    }

  protected:
    struct Key {
        mimi::FlowTuple tuple;
        uint32_t hash;
        const Table *table;
        uint8_t proto;
        uint32_t daddr;  // for those whose key does not say it
    };

    mimi::FlowStore::Ref find(const Key &key) const { return _store->find(key.hash, key.table->number, key.tuple); }
    void prefetch(const Key &key) const { _store->prefetch(key.hash); }
    // Whether this packet may begin a flow.
    bool may_begin(const Packet *) const { return true; }

    void annotate(WritablePacket *p, const mimi::FlowRecord &r, bool reply, uint32_t daddr) const
    {
        if (_annos & anno_dst)
            p->set_dst_ip_anno(IPAddress(daddr));
        if (reply && (_annos & anno_reply))
            p->set_anno_u8(_reply_anno_at, r.reply_anno);
    }

  private:
    static constexpr int group_size = 32;
    struct Leaving {
        Packet *head = nullptr;
        Packet *tail = nullptr;
        unsigned count = 0;
        void append(Packet *p)
        {
            if (count++)
                tail->set_next(p);
            else
                head = p;
            tail = p;
        }
    };

    R &self() { return *static_cast<R *>(this); }

    // The output for the packet, or -1. `p` becomes what is to leave; null without memory. `hint` is the flow that it most
    // likely belongs to, 0 if nobody knows.
    int handle(int port, Packet *&p, const Key &key, mimi::FlowStore::Ref hint, int64_t now)
    {
        mimi::FlowStore::Ref ref = hint && _store->is(hint, key.table->number, key.tuple) ? hint : self().find(key);
        if (!ref) {
            if (!self().may_begin(p))
                return unrelated(port);
            const int out = miss(port, p, key.proto, *key.table, key.tuple, key.hash, now, ref);
            if (!ref)
                return out;
        }
        WritablePacket *q = p->uniqueify();
        p = q;
        if (!q)
            return -1;
        const uint32_t number = mimi::FlowStore::number(ref);
        const bool reply = mimi::FlowStore::is_reply(ref);
        mimi::FlowRecord &r = _store->at(number);
        const uint16_t number_of_route = r.route.load(std::memory_order_relaxed);
        if (!number_of_route)
            return -1;  // forgotten at this moment by another thread
        const mimi::FlowRoute &route = _store->route(number_of_route);
        const int out = reply ? route.routput : route.foutput;
        const uint8_t seen = r.marks.load(std::memory_order_relaxed);
        const uint8_t marks = self().rewrite(q, key, number, r, reply, seen);
        _store->refresh(number, r, key.table->number, seen, marks, now);
        return out;
    }

    // Returns the first packet of the next group.
    Packet *handle_group(int port, Packet *p, int64_t now, Leaving *leaving, int n)
    {
        Packet *packets[group_size];
        Key keys[group_size];
        mimi::FlowStore::Ref hints[group_size];
        int count = 0;
        for (; p && count < group_size; p = p->next(), ++count) {
            packets[count] = p;
            Key &key = keys[count];
            key.table = nullptr;
            if (!self().read_key(p, key))
                continue;
            key.hash = _store->hash(key.table->number, key.tuple);
            self().prefetch(key);
        }
        for (int i = 0; i < count; ++i) {
            hints[i] = keys[i].table ? _store->peek(keys[i].hash) : 0;
            if (keys[i].table && !hints[i])
                prefetch_reply(port, *keys[i].table, keys[i].tuple);
        }
        for (int i = 0; i < count; ++i) {
            Packet *q = packets[i];
            const int out = keys[i].table ? handle(port, q, keys[i], hints[i], now) : unrelated(port);
            if (q)
                leaving[out >= 0 && out < n ? out : n].append(q);
        }
        return p;
    }
};

#endif

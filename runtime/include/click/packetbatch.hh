// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PACKETBATCH_HH
#define CLICK_PACKETBATCH_HH
#include <click/packet.hh>
#include <cstdint>

// Packets that travel together: a list through next(), never empty. The batch IS its first packet, which also notes the
// number of packets and the last of them. So a batch is made without memory, and must not be used under its old
// pointer after its first packet was taken away. Like packets, batches are owned by whoever holds them.
class PacketBatch : public WritablePacket {
  public:
    // Makes a batch of one. The packet is on no list.
    static PacketBatch *make_from_packet(Packet *p)
    {
        p->set_next(nullptr);
        return make_from_list(p, p, 1);
    }
    // Of a list that ends with `tail`.
    static PacketBatch *make_from_list(Packet *head, Packet *tail, unsigned count)
    {
        PacketBatch *batch = static_cast<PacketBatch *>(head);
        tail->set_next(nullptr);
        batch->set_tail(tail);
        batch->set_count(count);
        return batch;
    }
    static PacketBatch *make_from_simple_list(Packet *head, Packet *tail, unsigned count)
    {
        return make_from_list(head, tail, count);
    }
    // Of a list that ends with a null next().
    static PacketBatch *make_from_list(Packet *head)
    {
        Packet *tail = head;
        unsigned n = 1;
        for (; tail->next(); tail = tail->next())
            ++n;
        return make_from_list(head, tail, n);
    }
    // For filling a batch by hand: finish with make_tail().
    static PacketBatch *start_head(Packet *p) { return static_cast<PacketBatch *>(p); }
    PacketBatch *make_tail(Packet *tail, unsigned count) { return make_from_list(this, tail ? tail : this, count); }

    Packet *first() { return this; }
    const Packet *first() const { return this; }
    Packet *tail() const { return _prev; }
    Packet *last() const { return _prev; }
    unsigned count() const { return _batch_count; }
    void set_tail(Packet *p) { _prev = p; }
    void set_count(unsigned count) { _batch_count = count; }
    uint64_t length() const = delete;  // of which packet?

    void append_packet(Packet *p)
    {
        p->set_next(nullptr);
        tail()->set_next(p);
        set_tail(p);
        ++_batch_count;
    }
    void append_batch(PacketBatch *other)
    {
        Packet *end = other->tail();
        tail()->set_next(other->first());
        set_tail(end);
        _batch_count += other->count();
    }
    void append_simple_list(Packet *head, Packet *end, unsigned count) { append_batch(make_from_list(head, end, count)); }

    // Keeps the first `count` packets, of which `last_kept` is the last. `rest` becomes the others, null if there are none.
    void split(Packet *last_kept, PacketBatch *&rest, unsigned count)
    {
        Packet *next = last_kept->next();
        rest = next ? make_from_list(next, tail(), _batch_count - count) : nullptr;
        make_from_list(this, last_kept, count);
    }
    void cut(Packet *last_kept, unsigned count, PacketBatch *&rest) { split(last_kept, rest, count); }
    void split(unsigned count, PacketBatch *&rest)
    {
        Packet *last_kept = this;
        for (unsigned i = 1; i < count && last_kept->next(); ++i)
            last_kept = last_kept->next();
        split(last_kept, rest, count < _batch_count ? count : _batch_count);
    }
    // Takes the first packet out. `batch` becomes the others, null if there are none.
    static Packet *pop_front(PacketBatch *&batch)
    {
        Packet *p = batch;
        PacketBatch *rest;
        batch->split(p, rest, 1);
        batch = rest;
        return p;
    }

    // The packets counted one by one: what count() says.
    unsigned find_count() const
    {
        unsigned n = 0;
        for (const Packet *p = first(); p; p = p->next())
            ++n;
        return n;
    }
    PacketBatch *clone_batch();
    // Of `n` clones of a packet, or as many as there is memory for; null without any.
    static PacketBatch *make_clones(Packet *p, unsigned n);
    void kill();
    void fast_kill() { kill(); }

  private:
    PacketBatch() = delete;
};

// A list that is no batch (yet).
#define FOR_EACH_PACKET_LL(head, p) for (Packet *p = (head); p != nullptr; p = p->next())
#define FOR_EACH_PACKET_LL_SAFE(head, p)                                                     \
    for (Packet *p = (head), *fep_next = p ? p->next() : nullptr; p != nullptr;              \
         p = fep_next, fep_next = p ? p->next() : nullptr)

// The body must not remove packets from the list (SAFE: it may pass on or kill `p` itself).
#define FOR_EACH_PACKET(batch, p) for (Packet *p = (batch)->first(); p != nullptr; p = p->next())
#define FOR_EACH_PACKET_SAFE(batch, p)                                                                       \
    for (Packet *p = (batch)->first(), *fep_next = p ? p->next() : nullptr; p != nullptr;                    \
         p = fep_next, fep_next = p ? p->next() : nullptr)

// Replaces each packet by fn(packet), which is never null.
#define EXECUTE_FOR_EACH_PACKET(fn, batch)                                    \
    do {                                                                      \
        unsigned efep_count = (batch)->count();                               \
        Packet *efep_head = nullptr, *efep_tail = nullptr;                    \
        FOR_EACH_PACKET_SAFE(batch, efep_p) {                                 \
            Packet *efep_q = fn(efep_p);                                      \
            if (efep_tail)                                                    \
                efep_tail->set_next(efep_q);                                  \
            else                                                              \
                efep_head = efep_q;                                           \
            efep_tail = efep_q;                                               \
        }                                                                     \
        batch = PacketBatch::make_from_list(efep_head, efep_tail, efep_count); \
    } while (0)

// Replaces each packet by fn(packet). Where that is null, the packet is gone: on_drop(packet) is told its former address.
// `batch` becomes null when nothing is left.
#define EXECUTE_FOR_EACH_PACKET_DROPPABLE(fn, batch, on_drop)                                              \
    do {                                                                                                   \
        unsigned efepd_count = 0;                                                                          \
        Packet *efepd_head = nullptr, *efepd_tail = nullptr;                                               \
        FOR_EACH_PACKET_SAFE(batch, efepd_p) {                                                             \
            Packet *efepd_q = fn(efepd_p);                                                                 \
            if (!efepd_q) {                                                                                \
                on_drop(efepd_p);                                                                          \
                continue;                                                                                  \
            }                                                                                              \
            if (efepd_tail)                                                                                \
                efepd_tail->set_next(efepd_q);                                                             \
            else                                                                                           \
                efepd_head = efepd_q;                                                                      \
            efepd_tail = efepd_q;                                                                          \
            ++efepd_count;                                                                                 \
        }                                                                                                  \
        batch = efepd_head ? PacketBatch::make_from_list(efepd_head, efepd_tail, efepd_count) : nullptr;   \
    } while (0)

// Calls fn(packet), which takes the packet by reference and may replace it, until it answers false; then on_stop(batch, packet,
// next packet) decides what becomes of the batch, which is whole. Nothing is killed here.
#define EXECUTE_FOR_EACH_PACKET_UNTIL_DO(fn, batch, on_stop)                        \
    do {                                                                            \
        unsigned efepu_count = (batch)->count();                                    \
        Packet *efepu_tail = (batch)->tail(), *efepu_before = nullptr, *efepu_next; \
        for (Packet *efepu_p = (batch)->first(); efepu_p; efepu_p = efepu_next) {   \
            efepu_next = efepu_p->next();                                           \
            Packet *efepu_q = efepu_p;                                              \
            bool efepu_goes_on = fn(efepu_q);                                       \
            if (efepu_q != efepu_p) {                                               \
                efepu_q->set_next(efepu_next);                                      \
                if (!efepu_next)                                                    \
                    efepu_tail = efepu_q;                                           \
                if (efepu_before)                                                   \
                    efepu_before->set_next(efepu_q);                                \
                else                                                                \
                    batch = static_cast<PacketBatch *>(efepu_q);                    \
                batch->set_count(efepu_count);                                      \
                batch->set_tail(efepu_tail);                                        \
            }                                                                       \
            if (!efepu_goes_on) {                                                   \
                on_stop(batch, efepu_q, efepu_next);                                \
                break;                                                              \
            }                                                                       \
            efepu_before = efepu_q;                                                 \
        }                                                                           \
    } while (0)

// Kills the whole batch when fn answers false; `batch` is null then.
#define EXECUTE_FOR_EACH_PACKET_UNTIL(fn, batch)                                                 \
    EXECUTE_FOR_EACH_PACKET_UNTIL_DO(fn, batch, [](PacketBatch *&efepu_b, Packet *, Packet *) {  \
        efepu_b->kill();                                                                         \
        efepu_b = nullptr;                                                                       \
    })

// Kills what comes after the packet for which fn answers false.
#define EXECUTE_FOR_EACH_PACKET_UNTIL_DROP(fn, batch)                                                        \
    EXECUTE_FOR_EACH_PACKET_UNTIL_DO(fn, batch, [](PacketBatch *&efepu_b, Packet *efepu_last, Packet *efepu_n) { \
        if (!efepu_n)                                                                                        \
            return;                                                                                          \
        unsigned efepu_kept = 1;                                                                             \
        for (Packet *efepu_k = efepu_b->first(); efepu_k != efepu_last; efepu_k = efepu_k->next())           \
            ++efepu_kept;                                                                                    \
        PacketBatch *efepu_rest;                                                                             \
        efepu_b->split(efepu_last, efepu_rest, efepu_kept);                                                  \
        efepu_rest->kill();                                                                                  \
    })

// Replaces each packet by fn(packet). Where that is null, what came before goes to on_flush(batch), then on_drop(packet) is told
// its former address; so does the last batch.
#define EXECUTE_FOR_EACH_PACKET_SPLITTABLE(fn, batch, on_drop, on_flush)           \
    do {                                                                           \
        Packet *efeps_head = nullptr, *efeps_tail = nullptr;                       \
        unsigned efeps_count = 0;                                                  \
        auto efeps_flush = [&] {                                                   \
            if (efeps_head)                                                        \
                on_flush(PacketBatch::make_from_list(efeps_head, efeps_tail, efeps_count)); \
            efeps_head = efeps_tail = nullptr;                                     \
            efeps_count = 0;                                                       \
        };                                                                         \
        FOR_EACH_PACKET_SAFE(batch, efeps_p) {                                     \
            Packet *efeps_q = fn(efeps_p);                                         \
            if (!efeps_q) {                                                        \
                efeps_flush();                                                     \
                on_drop(efeps_p);                                                  \
                continue;                                                          \
            }                                                                      \
            if (efeps_tail)                                                        \
                efeps_tail->set_next(efeps_q);                                     \
            else                                                                   \
                efeps_head = efeps_q;                                              \
            efeps_tail = efeps_q;                                                  \
            ++efeps_count;                                                         \
        }                                                                          \
        efeps_flush();                                                             \
    } while (0)

// Replaces each packet by any number of packets: fn(packet, add) calls add(other) for each. `batch` is null when none is left.
#define EXECUTE_FOR_EACH_PACKET_ADD(fn, batch)                                                           \
    do {                                                                                                 \
        Packet *efepa_head = nullptr, *efepa_tail = nullptr;                                             \
        unsigned efepa_count = 0;                                                                        \
        auto efepa_add = [&](Packet *efepa_q) {                                                          \
            if (efepa_tail)                                                                              \
                efepa_tail->set_next(efepa_q);                                                           \
            else                                                                                         \
                efepa_head = efepa_q;                                                                    \
            efepa_tail = efepa_q;                                                                        \
            ++efepa_count;                                                                               \
        };                                                                                               \
        FOR_EACH_PACKET_SAFE(batch, efepa_p)                                                             \
            fn(efepa_p, efepa_add);                                                                      \
        batch = efepa_head ? PacketBatch::make_from_list(efepa_head, efepa_tail, efepa_count) : nullptr; \
    } while (0)

// As above; what is dropped (fn returns null but leaves the packet alone) is collected in `dropped`.
#define EXECUTE_FOR_EACH_PACKET_DROP_LIST(fn, batch, dropped)                        \
    PacketBatch *dropped = nullptr;                                                  \
    {                                                                                \
        auto efepl_on_drop = [&dropped](Packet *efepl_p) {                           \
            if (dropped)                                                             \
                dropped->append_packet(efepl_p);                                     \
            else                                                                     \
                dropped = PacketBatch::make_from_packet(efepl_p);                    \
        };                                                                           \
        EXECUTE_FOR_EACH_PACKET_DROPPABLE(fn, batch, efepl_on_drop);                 \
    }

// Sorts the packets by fn(packet) into batches and hands each to on_finish(number, batch), in the order of numbers. Numbers
// outside 0 ... n - 2 count as n - 1. Packets with the same number keep their order.
#define CLASSIFY_EACH_PACKET(n, fn, batch, on_finish)                              \
    do {                                                                           \
        const int cep_n = (n);                                                     \
        PacketBatch *cep_batches[cep_n];                                           \
        for (int cep_i = 0; cep_i < cep_n; ++cep_i)                                \
            cep_batches[cep_i] = nullptr;                                          \
        FOR_EACH_PACKET_SAFE(batch, cep_p) {                                       \
            int cep_i = fn(cep_p);                                                 \
            if (cep_i < 0 || cep_i >= cep_n)                                       \
                cep_i = cep_n - 1;                                                 \
            if (cep_batches[cep_i])                                                \
                cep_batches[cep_i]->append_packet(cep_p);                          \
            else                                                                   \
                cep_batches[cep_i] = PacketBatch::make_from_packet(cep_p);         \
        }                                                                          \
        for (int cep_i = 0; cep_i < cep_n; ++cep_i)                                \
            if (cep_batches[cep_i])                                                \
                on_finish(cep_i, cep_batches[cep_i]);                              \
    } while (0)

// The same, but packets with other numbers stay with nobody: fn has dealt with them.
#define CLASSIFY_EACH_PACKET_IGNORE(n, fn, batch, on_finish)                       \
    do {                                                                           \
        const int cep_n = (n);                                                     \
        PacketBatch *cep_batches[cep_n];                                           \
        for (int cep_i = 0; cep_i < cep_n; ++cep_i)                                \
            cep_batches[cep_i] = nullptr;                                          \
        FOR_EACH_PACKET_SAFE(batch, cep_p) {                                       \
            int cep_i = fn(cep_p);                                                 \
            if (cep_i < 0 || cep_i >= cep_n)                                       \
                continue;                                                          \
            if (cep_batches[cep_i])                                                \
                cep_batches[cep_i]->append_packet(cep_p);                          \
            else                                                                   \
                cep_batches[cep_i] = PacketBatch::make_from_packet(cep_p);         \
        }                                                                          \
        for (int cep_i = 0; cep_i < cep_n; ++cep_i)                                \
            if (cep_batches[cep_i])                                                \
                on_finish(cep_i, cep_batches[cep_i]);                              \
    } while (0)

// Sets `batch` to up to `max` packets that the expression `fn` yields, null when the first one is null.
#define MAKE_BATCH(fn, batch, max)                                  \
    do {                                                            \
        int mb_left = static_cast<int>(max);                        \
        batch = nullptr;                                            \
        while (mb_left-- != 0) {                                    \
            Packet *mb_p = fn;                                      \
            if (!mb_p)                                              \
                break;                                              \
            if (batch)                                              \
                batch->append_packet(mb_p);                         \
            else                                                    \
                batch = PacketBatch::make_from_packet(mb_p);        \
        }                                                           \
    } while (0)

#define BATCH_CREATE_INIT(batch) PacketBatch *batch = nullptr
#define BATCH_CREATE_APPEND(batch, p)                      \
    do {                                                   \
        if (batch)                                         \
            batch->append_packet(p);                       \
        else                                               \
            batch = PacketBatch::make_from_packet(p);      \
    } while (0)
#define BATCH_CREATE_FINISH(batch) \
    do {                           \
    } while (0)

#endif

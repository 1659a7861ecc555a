// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BOXFAMILY_HH
#define MIMI_BOXFAMILY_HH
#include <click/config.h>
#include <atomic>
#include <string>
#include <vector>
#if HAVE_BATCH
# include <click/packetbatch.hh>
#endif
#include "bindingtable.hh"
#include "flowreader.hh"
#include "fragmentroutes.hh"
#include "minionbox.hh"
#include "packetrewrite.hh"
CLICK_DECLS

// What a box has for each version of IP (minionbox.hh): the table of its bindings, and the way of its packets.
//
//   BoxFamily             what the box asks of any of its families, whatever their addresses are
//   BoxFamilyOf<A>        everything that depends on the type of address, but not on the records: import, export, fragments, and
//                         what may become of a packet
//   BoxPath<Family, R>    the way of a packet through a table of R (boxpath.hh), made for one type of family at compile time, so
//                         that an established flow costs no virtual call
//
// A type of family derives from BoxPath and says
//
//   which bindings it may own        owner_of(): others are refused on import
//   what a packet without one means  handle_miss(): not its business, a beginning, the middle of an unknown flow
//   how a flow begins                begin(): the binding, under the table's lock
//
// Fragments. Only the first of a datagram has ports; the others follow it (fragmentroutes.hh).
//
// The box calls a family once for a packet, or for a batch, which is sorted on the way: a family leaves what is of another version to
// the box. So a batch of one version costs nothing more than if there were no other.

// What leaves a box, by output.
#if HAVE_BATCH
struct BoxDepartures {
    PacketBatch *batch[3] = {nullptr, nullptr, nullptr};

    void add(int to, Packet *p)
    {
        p->set_next(nullptr);
        if (batch[to])
            batch[to]->append_packet(p);
        else
            batch[to] = PacketBatch::make_from_packet(p);
    }
};
#endif

class BoxFamily {
  public:
    explicit BoxFamily(MinionBox &box) : _box(box), _growing(false) {}
    virtual ~BoxFamily() {}
    BoxFamily(const BoxFamily &) = delete;
    BoxFamily &operator=(const BoxFamily &) = delete;

    virtual unsigned version() const = 0;

    // ---- packets of an input
    virtual void push(int port, Packet *p) = 0;
#if HAVE_BATCH
    // Those from `first` on. Returns the first of those of another version, chained like it, or null.
    virtual Packet *push_chain(int port, Packet *first, BoxDepartures &out) = 0;
#endif
    // See MinionBox; all of them are this family's.
    virtual void sort_own(int port, Packet *const *packets, unsigned n, bool *own) = 0;

    // ---- handlers, beside the packets. Each takes the table's lock, now and then.
    // Removes what is over, looking at no more than `budget` records. True: nothing is left to do for this second.
    virtual bool expire(uint32_t now, size_t budget) = 0;
    // All of it.
    virtual void reap() = 0;
    virtual uint32_t count() = 0;
    virtual uint32_t count_own() = 0;
    virtual mimi::AnyBindingStore::Digest digest() = 0;
    virtual void write_all(StringAccum &out) = 0;
    virtual void clear() = 0;
    struct Sizes {
        uint64_t expired, collisions, bytes;
    };
    virtual Sizes sizes() = 0;

  protected:
    MinionBox &_box;
    uint64_t _last_seq = 0;      // under the table's lock
    std::atomic<bool> _growing;  // somebody makes the table's next chunk

    // The clock that drivers stamp records with, made strictly increasing.
    uint64_t next_seq(uint64_t clock, uint64_t after)
    {
        uint64_t seq = clock;
        if (seq <= _last_seq)
            seq = _last_seq + 1;
        if (seq <= after)
            seq = after + 1;
        return _last_seq = seq;
    }
};

// The version of the IP packet; 0 where there is no byte that says so.
inline unsigned version_of(const Packet *p)
{
    if (!p->has_network_header() || p->network_header() < p->data() || p->network_header() >= p->end_data())
        return 0;
    return p->network_header()[0] >> 4;
}

template <class A> class BoxFamilyOf : public BoxFamily {
  public:
    typedef mimi::BindingStoreOf<A> Store;
    typedef mimi::FlowWatchOf<A> Watch;
    typedef mimi::FlowUpdateOf<A> Update;
    typedef mimi::PacketViewOf<A> View;
    typedef typename Store::Outcome Outcome;
    typedef typename Store::Prepared Prepared;
    typedef mimi::FlowTupleOf<A> Tuple;
    typedef mimi::FlowKeyOf<A> Key;
    typedef mimi::FlowBindingOf<A> Binding;
    typedef mimi::BindingRecordOf<A> PlainRecord;
    typedef MinionBox::Group Group;

    unsigned version() const { return mimi::AddressFamily<A>::version; }

    // The table, whatever its records are; null before the box is configured. Its lock is the caller's to take.
    Store *store() const { return _store; }

    // ---- handlers
    void import(const std::vector<Update> &updates);
    void remove(const std::vector<Key> &keys);
    // The live binding of that original tuple; proto 0 if there is none.
    Binding lookup(const Key &key);
    bool expire(uint32_t now, size_t budget);
    void reap();
    uint32_t count();
    uint32_t count_own();
    mimi::AnyBindingStore::Digest digest();
    void write_all(StringAccum &out);
    void clear();
    Sizes sizes();

    // ---- for who carries flows past us (mimi/flowcarrier.hh)
    const MinionBox::Terms &terms() const { return _box.terms(); }
    // Whether packets of established flows need nothing but another tuple, so that somebody else may forward them.
    virtual bool carries() const { return false; }
    // Of such a flow: the input that its packets of a direction come in by, and leave by the other side; -1: they are for us alone.
    virtual int carried_side(const PlainRecord &, mimi::Direction d) const { return int(d); }
    // Whether forward packets may come in by either input.
    virtual bool begins_on_either_side() const { return false; }
    virtual uint32_t carried_lifetime(const PlainRecord &r) const { return terms().lifetime(r.proto, r.state()); }
    // So many packets of a binding were forwarded, not by us.
    virtual void count_carried(const PlainRecord &r, mimi::Direction d, uint64_t packets);

  protected:
    // A packet under way. `to` is the output that `p` leaves by, or one of MinionBox::Fate. `mark` is the type's own.
    struct Item {
        Packet *p;
        View view;
        typename Store::Probe probe;
        uint32_t mark;
        mimi::Direction direction;
        int to;
    };

    Store *_store = nullptr;  // the table, which the type owns
    mimi::FragmentRoutes<A> _fragments;

    explicit BoxFamilyOf(MinionBox &box) : BoxFamily(box) {}

    // ---- what a type of family says of itself
    // The tag of a binding that may be imported; no_owner: it is refused. With the table's lock held.
    virtual uint16_t owner_of(const Binding &b) const = 0;
    // Puts an imported binding into the table, with its lock held.
    virtual Outcome adopt(const Binding &b, const Prepared &hashes, uint16_t owner, uint32_t now);
    // Memory beside the table's. With its lock held.
    virtual size_t own_bytes() const { return 0; }
    // Who is told of records that come and go.
    virtual Watch *watch() { return nullptr; }

    // ---- what may become of a packet. Each changes it, or replaces it, and returns its `to`.
    int drop(const Group &g, Item &item, int reason) const { return _box.drop(g, item.p, reason); }
    int pass(const Group &g, Item &item) const { return _box.pass(g, item.p); }
    // The middle of a TCP flow that nobody knows: what UNKNOWN says.
    int handle_mid_flow(const Group &g, Item &item) const;
    static bool begins_flow(const View &view);
    // A later fragment goes where the first of its datagram went, or waits for that.
    int follow_first(const Group &g, Item &item);
    // The first fragment of a datagram is about to leave: so do those that waited for it.
    void lead_others(Group &g, const Item &item);
    // The table's next chunk of records takes long to make: where there is a thread for that, packets do not wait for it.
    void grow_beside();

  private:
    void apply(const Update *updates, size_t n, uint32_t now);
};

CLICK_ENDDECLS
#endif

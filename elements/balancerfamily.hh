// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BALANCERFAMILY_HH
#define MIMI_BALANCERFAMILY_HH
#include "backendpool.hh"
#include "boxpath.hh"
CLICK_DECLS

// What MinionLB does with packets of one version of IP (minionlb.hh has the theory): the VIPs of that version, their backends and
// flows.
template <class A>
class BalancerFamily final : public BoxPath<BalancerFamily<A>, mimi::BindingRecordOf<A>>, private mimi::FlowWatchOf<A> {
  public:
    typedef BoxPath<BalancerFamily<A>, mimi::BindingRecordOf<A>> Path;
    typedef typename Path::Record Record;
    typedef typename Path::Binding Binding;
    typedef typename Path::Prepared Prepared;
    typedef typename Path::Outcome Outcome;
    typedef MinionBox::Group Group;
    typedef mimi::BackendPoolOf<A> Pool;
    typedef typename Pool::Change Change;

    explicit BalancerFamily(MinionBox &box) : Path(box) {}

    // ---- before packets flow
    Pool &pool() { return _pool; }
    // So many backends there may be, whose packets are counted from the box's counter `first_count` on.
    void begin_with(size_t slots, size_t first_count);
    // Flows to a backend that left the configuration go on to it; flows of a VIP that left are over.
    void succeed(BalancerFamily &old);

    // ---- handlers
    // The lines of `vips` about one of them and its backends.
    void write_vip(uint16_t vip, StringAccum &out);
    // `PROTO ADDR:PORT[-PORT] BACKEND[:PORT] [WEIGHT]` in words; what is wrong, or nothing. at_least, at_most: so many words.
    std::string parse_change(const std::vector<std::string> &words, size_t at_least, size_t at_most, Change &change) const;
    // All of them, or none: what is wrong, or nothing; then they can be applied. `pending` keeps others from changing backends.
    std::string prepare(const std::vector<Change> &changes, typename Pool::Pending &pending);
    void apply(typename Pool::Pending &pending) { _pool.apply(pending, this->_table->lock()); }
    // Forgets every binding of the backends. check_purge: what is wrong with them, or nothing.
    std::string check_purge(const std::vector<Change> &named);
    void purge(const std::vector<Change> &named);

    bool carries() const { return true; }
    void count_carried(const mimi::BindingRecordOf<A> &r, mimi::Direction d, uint64_t packets);

  protected:
    uint16_t owner_of(const Binding &b) const;
    Outcome adopt(const Binding &b, const Prepared &hashes, uint16_t owner, uint32_t now);
    mimi::FlowWatchOf<A> *watch() { return this; }
    void flow_entered(mimi::BindingRecordOf<A> &r) { _pool.flow_began(r.tag.load(std::memory_order_relaxed)); }
    void flow_left(const mimi::BindingRecordOf<A> &r) { _pool.flow_ended(r.tag.load(std::memory_order_relaxed)); }

  private:
    typedef typename Path::Item Item;
    friend Path;
    enum { two_sided = 0, queries = 0 };

    Pool _pool;
    size_t _first_count = 0;
    uint64_t _source_secret = 0;  // gives each client its address
    uint64_t _source_chance = 0;  // under the table's lock

    size_t count_of(uint16_t backend, mimi::Direction d) const { return _first_count + 2 * size_t(backend) + size_t(d); }

    // What BoxPath asks for.
    int handle_miss(const Group &g, Item &item, Record *ended);
    int handle_icmp_error(const Group &g, Item &item, Record *r);
    int rewrite(const Group &g, Item &item, Record *r);
    bool begin(const Group &g, Item &item, uint64_t clock, const Record *before, Binding &b, uint16_t &slot);
    bool settle(const Group &g, Item &item, Binding &b, Prepared &hashes, uint16_t &slot);
    bool is_own_error(const Group &g, const Item &item) const;
    bool is_own_fragment(const Group &g, const Item &item) const;
    bool restarts(const Group &g, const Item &item, const Record &r) const;
    void forwarded(const Group &g, const Item &item, const Record &r) const;

    static bool is_direct(const Record &r);
    int send_direct(const Group &g, Item &item, Record *r);
    void aim(Binding &b, uint16_t slot) const;
    uint16_t flags_for(uint16_t vip, uint16_t flags) const;
    bool is_taken(const Group &g, const Binding &b, uint32_t reverse_hash) const;
    bool fits(const Group &g, Binding &b, Prepared &hashes, uint16_t slot);
    bool find_source(const Group &g, Binding &b, Prepared &hashes, uint16_t slot);

    void take_backends(const BalancerFamily &old);
    std::string backend_line(uint16_t slot) const;
};

CLICK_ENDDECLS
#endif

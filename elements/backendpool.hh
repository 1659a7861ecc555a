// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BACKENDPOOL_HH
#define MIMI_BACKENDPOOL_HH
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mimi/graceperiod.hh>
#include <mimi/tablelock.hh>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>
#include <arpa/inet.h>
#include "choicehash.hh"
#include "chooser.hh"
#include "servicemap.hh"
#include "vipspec.hh"

// The VIPs of a load balancer, the backends behind each, what state they are in, and the choice among them.
//
// Theory of operation
//
// VIPs are given once. Backends come, go and change while packets flow. A backend has a *slot*, a number that records carry as
// their tag; a slot is used again only when no flow has it any more. A backend is
//
//   active    gets new flows
//   draining  gets none, until it is added again; what it has goes on
//   down      the same, but by its health: it comes back by itself
//   removed   draining for good: it leaves the pool with its last flow, and records of others that name it are refused
//
// A change is checked whole before anything happens (plan), prepared where nobody waits (new choosers, new names) and then
// takes effect at once (commit), with the table's lock held. Who chooses holds that lock, and so does who counts flows. Packets
// ask the *names*, without a lock, whether an address is a backend's; names are never changed but replaced, and freed after a
// grace period (mimi/graceperiod.hh). No change ever touches a flow.

namespace mimi {

template <class A> struct BackendOf : BackendSpecOf<A> {
    static const uint32_t added_live = 0xffffffff;

    uint16_t vip;
    bool used;
    bool removed, draining, down;
    uint32_t configured;    // the weight that the configuration gives, or added_live
    uint64_t chosen;        // flows
    uint64_t counted[2];    // packets that the slot's counters held when the backend got it

    bool eligible() const { return used && !removed && !draining && !down && this->weight != 0; }
    const char *state() const { return removed ? "removed" : draining ? "draining" : down ? "down" : "active"; }
};

typedef BackendOf<uint32_t> Backend;

// One change of one backend.
struct BackendAction {
    enum Kind : uint8_t { add, drain, remove, weigh, down, up } kind;
    uint16_t vip;
    bool weighed;  // add: a weight is given
    int line;      // for what is wrong with it
};

template <class A> struct BackendChangeOf : BackendAction {
    BackendSpecOf<A> backend;
};
typedef BackendChangeOf<uint32_t> BackendChange;

// `A`: the type of all addresses, of clients, VIPs and backends.
template <class A> class BackendPoolOf {
  public:
    typedef BackendOf<A> Backend;
    typedef BackendSpecOf<A> Spec;
    typedef BackendChangeOf<A> Change;
    typedef ChooserOf<A> Choosing;
    static const uint16_t none = 0xffff;
    enum : size_t { most_backends = none };

    BackendPoolOf();
    ~BackendPoolOf();

    // ---- before packets flow
    // A VIP split into words (vipspec.hh). Returns what is wrong, or nothing.
    std::string add_vip(const std::vector<std::string> &words);
    // So many slots there will ever be; from here on backends can be chosen.
    void begin(size_t slots);
    // Takes over what happened to the pool before, where the configuration says nothing else; from(i) is what slot i of the
    // other is here, afterwards.
    void succeed(const BackendPoolOf &before, std::vector<uint16_t> &from);

    // ---- at any time, without a lock
    size_t n_vips() const { return _vips.size(); }
    size_t n_slots() const { return _backends.size(); }
    const VipSpecOf<A> &vip(uint16_t i) const { return _vips[i].spec; }
    // `none` when there is none.
    uint16_t vip_of(uint8_t proto, const A &addr, uint16_t port) const { return _services.find(proto, addr, ntohs(port)); }
    bool is_vip_address(const A &addr) const { return has_address(_services, addr); }
    uint16_t vip_named(const VipSpecOf<A> &name) const;

    // ---- by packets, or with the table's lock held
    bool is_backend_address(const A &addr) const { return has_address(names().services, addr); }
    bool is_backend_service(uint8_t proto, const A &addr, uint16_t port) const
    {
        return names().services.find(proto, addr, ntohs(port)) != none;
    }
    // The slot that a flow to `port` of the VIP has when it goes to this address and port.
    uint16_t backend_of(uint16_t vip, uint16_t port, const A &to, uint16_t to_port) const;

    // ---- with the table's lock held
    const Backend &backend(uint16_t slot) const { return _backends[slot]; }
    const std::vector<uint16_t> &backends_of(uint16_t vip) const { return _vips[vip].slots; }
    uint64_t chosen(uint16_t vip) const { return _vips[vip].chosen; }
    uint32_t flows(uint16_t slot) const { return _flows[slot]; }
    void flow_began(uint16_t slot) { count_flow(slot, 1); }
    void flow_ended(uint16_t slot) { count_flow(slot, uint32_t(-1)); }

    // The slot for a new flow; `none` when no backend takes it. Where flows count, it counts as one until choice_settled(), since
    // several may be chosen for before the first is in the table.
    uint16_t choose(uint16_t vip, const FlowKeyOf<A> &key)
    {
        const uint16_t slot = _vips[vip].chooser->choose(key);
        if (slot != none && _counting[slot])
            flow_began(slot);
        return slot;
    }
    // What choose() returned cannot have the flow: the next in line that is not taken(slot).
    template <class Taken> uint16_t next_in_line(uint16_t after, Taken taken) const
    {
        const std::vector<uint16_t> &slots = _vips[_backends[after].vip].slots;
        const size_t at = size_t(std::find(slots.begin(), slots.end(), after) - slots.begin());
        for (size_t i = 1; i < slots.size(); ++i) {
            const uint16_t slot = slots[(at + i) % slots.size()];
            if (_backends[slot].eligible() && !taken(slot))
                return slot;
        }
        return none;
    }
    // What choose() returned, and what became of it.
    void choice_settled(uint16_t chosen, uint16_t instead)
    {
        if (_counting[chosen])
            flow_ended(chosen);
        if (instead == none)
            return;
        ++_backends[instead].chosen;
        ++_vips[_backends[instead].vip].chosen;
    }
    // The slot of a backend by its name.
    uint16_t slot_of(uint16_t vip, const Spec &name) const;
    // Whether nothing is left of the backend: it was added and removed, and its last flow has ended.
    bool is_gone(uint16_t slot) const;

    // ---- changes, one at a time
    // All of them, or none. While it lives nobody else changes the pool.
    class Pending;
    // Checks them. `counted(slot, direction)` is the number of packets that the slot's counters hold.
    template <class Counted>
    std::string prepare(const std::vector<Change> &changes, TableLock &lock, Counted counted, Pending &pending)
    {
        pending._guard = std::unique_lock<std::mutex>(_changing);
        const std::string wrong = plan(changes, lock, pending._plan);
        for (uint16_t slot : pending._plan.fresh)
            for (int d = 0; d != 2; ++d)
                pending._plan.backends[slot].counted[d] = counted(slot, d);
        return wrong;
    }
    // What prepare() found nothing wrong with.
    void apply(Pending &pending, TableLock &lock) { commit(pending._plan, lock); }
    template <class Counted> std::string change(const std::vector<Change> &changes, TableLock &lock, Counted counted)
    {
        Pending pending;
        const std::string wrong = prepare(changes, lock, counted, pending);
        if (wrong.empty())
            apply(pending, lock);
        return wrong;
    }

  private:
    struct Vip {
        VipSpecOf<A> spec;
        std::vector<uint16_t> slots;  // in the order of the configuration, then of addition
        std::unique_ptr<Choosing> chooser;
        uint64_t chosen;
    };
    typedef std::unordered_map<EndpointOf<A>, uint16_t, EndpointHash> Owners;
    // What packets ask. Never changed once it can be found.
    struct Names {
        ServiceMapOf<A> services;  // of backends that have, or may get, flows
        std::vector<Owners> owners;  // of each VIP: slot by address and port, 0 if kept
    };
    struct Plan {
        std::vector<Backend> backends;
        std::vector<std::vector<uint16_t>> slots;
        std::vector<std::unique_ptr<Choosing>> choosers;  // null: the VIP's stays
        std::unique_ptr<Names> names;
        std::vector<uint16_t> fresh;  // slots that have a new backend
    };

  public:
    class Pending {
        friend class BackendPoolOf;
        std::unique_lock<std::mutex> _guard;
        Plan _plan;
    };

  private:
    std::vector<Vip> _vips;
    std::vector<Backend> _backends;  // by slot
    std::vector<uint32_t> _flows;    // live, by slot
    std::vector<Choosing *> _counting;  // of a slot whose chooser goes by live flows; else null
    ServiceMapOf<A> _services;
    std::atomic<Names *> _names;
    Retired<std::unique_ptr<Names>> _retired;
    std::mutex _changing;

    const Names &names() const { return *_names.load(std::memory_order_acquire); }
    static EndpointOf<A> endpoint(const A &addr, uint16_t port) { return EndpointOf<A>{addr, port}; }
    static bool has_address(const ServiceMapOf<A> &services, const A &addr)
    {
        return services.has_address(proto_tcp, addr) || services.has_address(proto_udp, addr);
    }
    void count_flow(uint16_t slot, uint32_t by)
    {
        if (slot == none)
            return;
        _flows[slot] += by;
        if (_counting[slot])
            _counting[slot]->flows_changed(slot, _flows[slot]);
    }
    std::string plan(const std::vector<Change> &changes, TableLock &lock, Plan &p);
    std::string apply(const Change &c, Plan &p, std::vector<bool> &touched) const;
    std::string place(const Change &c, Plan &p) const;
    void commit(Plan &p, TableLock &lock);
    void inherit(const BackendPoolOf &before, uint16_t old_vip, uint16_t vip, Plan &p, std::vector<uint16_t> &from);
    std::unique_ptr<Choosing> make_chooser(uint16_t vip, const Plan &p) const;
    std::unique_ptr<Names> make_names(const Plan &p) const;
    Plan current() const;
};
typedef BackendPoolOf<uint32_t> BackendPool;
typedef BackendPoolOf<Address6> BackendPool6;

}  // namespace mimi
#endif

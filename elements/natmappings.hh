// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_NATMAPPINGS_HH
#define MIMI_NATMAPPINGS_HH
#include <cstdint>
#include <mimi/flowhash.hh>
#include <mimi/flowindex.hh>
#include "natrules.hh"
#include "slab.hh"

// The mappings of a NAT: which outside endpoint an inside endpoint is seen as, and by whom (RFC 4787).
//
// Theory of operation
//
// A mapping is what living flows of an inside endpoint have in common. It is there as long as one of them is, so it needs no
// timer of its own, imported flows make it as those that begin here do, and nothing of it is written anywhere.
//
//   MAPPING    endpoint-independent: one for all remote endpoints; address-dependent: one for each remote address;
//              address-and-port-dependent: one for each remote endpoint. What does not count is 0 in `remote`
//   FILTERING  endpoint-independent: whoever sends to the outside endpoint of a mapping is let in; address-dependent: whoever's
//              address has a flow in it (a *peer*); address-and-port-dependent: nobody begins a flow from outside
//
// An inside endpoint may have several mappings that a new flow could use, and an outside endpoint may be that of several inside
// ones: a primary that maps in another way has told us so. Everything is found by three indices and a hash of its own for each:
// by inside endpoint and remote, by outside endpoint, and the peers.
//
// *Pairs* say which outside addresses the mappings of an inside host have, for paired pooling (RFC 4787, REQ-2).
//
// For one thread at a time.

namespace mimi {

enum class Dependence : uint8_t { none, address, address_and_port };

struct NatMapping {
    Endpoint inside, outside, remote;
    uint32_t flows;
    uint8_t proto;
    bool listed;  // can be found by its outside endpoint
};

class NatMappings {
  public:
    NatMappings(Dependence mapping, Dependence filtering) : _mapping(mapping), _filtering(filtering) {}

    void prefetch(uint8_t proto, const Endpoint &inside, const Endpoint &remote) const
    {
        _inside_index.prefetch(inside_hash(proto, inside, counted(remote)));
        _pair_index.prefetch(pair_hash(inside.addr));
    }
    // The number of a mapping that a new flow to `remote` shares, or 0.
    uint32_t find(uint8_t proto, const Endpoint &inside, const Endpoint &remote) const;
    const NatMapping &operator[](uint32_t number) const { return _mappings[number]; }
    // The inside endpoint that a new flow from `remote` may reach. False: none.
    bool admits(uint8_t proto, const Endpoint &outside, const Endpoint &remote, Endpoint &inside) const;
    bool uses(uint8_t proto, const Endpoint &outside) const { return by_outside(proto, outside) != 0; }
    // The first outside address of the host for which wanted(address) holds, or 0.
    template <class Wanted> uint32_t pair_of(uint32_t host, Wanted wanted) const
    {
        const uint32_t number = _pair_index.find(pair_hash(host), [&](uint32_t i) {
            return _pairs[i].inside == host && wanted(_pairs[i].outside);
        });
        return number ? _pairs[number].outside : 0;
    }

    // One more flow, or one less. let_go() of a number, or of what hold() was given; true: that was the last flow of any mapping
    // with this outside endpoint. hold() returns the mapping's number; 0: out of memory. A new one asks for the memory that
    // list() will want, which lets it be found from outside.
    void list(uint32_t number);
    uint32_t hold(uint8_t proto, const Endpoint &inside, const Endpoint &outside, const Endpoint &remote);
    bool let_go(uint32_t number);
    bool let_go(uint8_t proto, const Endpoint &inside, const Endpoint &outside, const Endpoint &remote);
    // The same for the remote address of a flow in it, where that counts.
    void add_peer(uint32_t number, uint32_t remote);
    void remove_peer(uint32_t number, uint32_t remote);

    uint32_t exact(uint8_t proto, const Endpoint &inside, const Endpoint &outside, const Endpoint &remote) const;
    uint32_t size() const { return _mappings.size(); }
    size_t bytes() const;
    // Calls visit(mapping) for the next `budget` numbers. `place` starts at 0; false at the end.
    template <class Visit> bool walk(uint32_t &place, uint32_t budget, Visit visit) const
    {
        for (place = place ? place : 1; place <= _most && budget; ++place, --budget)
            if (_mappings[place].flows)
                visit(_mappings[place]);
        return place <= _most;
    }

  private:
    struct Peer {
        uint32_t mapping, remote, flows;
    };
    struct Pair {
        uint32_t inside, outside, mappings;
    };
    enum Kind : uint8_t { k_inside, k_outside, k_peer, k_pair };
    Dependence _mapping, _filtering;
    Slab<NatMapping> _mappings;
    Slab<Peer> _peers;
    Slab<Pair> _pairs;
    FlowIndex _inside_index, _outside_index, _peer_index, _pair_index;
    FlowHash _hash;
    uint32_t _most = 0;  // numbers of mappings that were ever used

    Endpoint counted(const Endpoint &remote) const
    {
        switch (_mapping) {
        case Dependence::none: return Endpoint{0, 0};
        case Dependence::address: return Endpoint{remote.addr, 0};
        case Dependence::address_and_port: break;
        }
        return remote;
    }
    uint32_t inside_hash(uint8_t proto, const Endpoint &inside, const Endpoint &counted) const
    {
        return _hash(inside.addr, counted.addr, inside.port, counted.port, proto, k_inside);
    }
    uint32_t outside_hash(uint8_t proto, const Endpoint &outside) const
    {
        return _hash(outside.addr, 0, outside.port, 0, proto, k_outside);
    }
    uint32_t peer_hash(uint32_t mapping, uint32_t remote) const { return _hash(mapping, remote, 0, 0, 0, k_peer); }
    uint32_t pair_hash(uint32_t host) const { return _hash(host, 0, 0, 0, 0, k_pair); }
    uint32_t by_outside(uint8_t proto, const Endpoint &outside) const;
    uint32_t peer(uint32_t mapping, uint32_t remote) const;
    void add_pair(uint32_t inside, uint32_t outside);
    void remove_pair(uint32_t inside, uint32_t outside);
};

}  // namespace mimi
#endif

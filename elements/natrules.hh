// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_NATRULES_HH
#define MIMI_NATRULES_HH
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>
#include "flowbinding.hh"

// What a NAT's configuration says of addresses: which are inside, which are its own outside, and which are bound for good.

namespace mimi {

// Network order, as packets carry them.
struct Endpoint {
    uint32_t addr;
    uint16_t port;

    bool operator==(const Endpoint &o) const { return addr == o.addr && port == o.port; }
};
inline Endpoint source_of(const FlowTuple &t) { return Endpoint{t.saddr, t.sport}; }
inline Endpoint destination_of(const FlowTuple &t) { return Endpoint{t.daddr, t.dport}; }

class NatRules {
  public:
    // Host order.
    struct Pool {
        uint32_t first, last;  // addresses
        uint16_t low, high;    // ports
    };
    // `count` ports of an outside and of an inside address; one-to-one: proto 0, every port.
    struct Static {
        uint8_t proto;
        Endpoint outside, inside;
        uint32_t count;
    };
    enum : uint32_t { pool_limit = 1 << 16 };  // addresses of all pools

    // Each takes an argument split into words, and returns what is wrong with it, or nothing.
    std::string add_pool(const std::vector<std::string> &words);      // ADDR, ADDR-ADDR or ADDR/BITS, [PORT-PORT]
    std::string add_static(const std::vector<std::string> &words);    // PROTO ADDR:PORT[-PORT] ADDR:PORT[-PORT], any ADDR ADDR
    std::string add_inside(const std::vector<std::string> &words);    // ADDR/BITS, or none: nothing is translated
    // What is wrong with all of them together, or nothing.
    std::string check() const;

    const std::vector<Pool> &pools() const { return _pools; }
    const std::vector<Static> &statics() const { return _statics; }

    bool is_inside(uint32_t addr) const;
    const Pool *pool_of(uint32_t addr) const;
    bool is_outside(uint32_t addr) const { return pool_of(addr) || _by_outside.count(addr); }

    // The other end of a static translation; false if there is none.
    bool static_inside(uint8_t proto, const Endpoint &outside, Endpoint &inside) const;
    bool static_outside(uint8_t proto, const Endpoint &inside, Endpoint &outside) const;

    // The sides of a binding's initiator and of its responder, if a NAT of these rules may have made it.
    struct Sides {
        bool owned, initiator_inside, responder_inside;
    };
    Sides sides_of(const FlowBinding &b) const;

  private:
    struct Prefix {
        uint32_t value, mask;  // network order
    };
    typedef std::unordered_map<uint32_t, std::vector<uint32_t>> ByAddress;
    std::vector<Pool> _pools;
    std::vector<Static> _statics;
    std::vector<Prefix> _inside;
    ByAddress _by_outside, _by_inside;
    bool _nothing = false;

    bool may_be(uint8_t proto, const Endpoint &inside, const Endpoint &outside) const;
};

}  // namespace mimi
#endif

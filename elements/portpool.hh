// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_PORTPOOL_HH
#define MIMI_PORTPOOL_HH
#include <cstdint>
#include <memory>
#include <vector>
#include "natrules.hh"
#include "secretrandom.hh"

// Which ports of which outside addresses are in use, and the choice of a free one. For one thread at a time.
//
// Every address has 65536 bits for each protocol that is used on it, and counts of what is free among low (below 1024) and
// high, even and odd ports. So whether there is a port of the wanted kind is known at once, also when there is none; where there
// are, a few random tries nearly always find one, and the bits are searched from a random place when the address is nearly
// full. Ports of static translations are never free. An address of which nothing is free leaves the list that new hosts are
// given theirs from.

namespace mimi {

class PortPool {
  public:
    // The kind of port wanted: as near to `port` as may be had.
    struct Wish {
        uint16_t port;    // network order
        bool preserve;    // that port itself, if it is free
        bool range;       // low for low and high for high (RFC 4787, REQ-3a)
        bool parity;      // even for even and odd for odd (REQ-4)
    };
    static const uint32_t none = 0xffffffff;

    void configure(const NatRules &rules);

    uint32_t size() const { return uint32_t(_addresses.size()); }
    uint32_t number_of(uint32_t addr) const;  // none: of no pool
    uint32_t address(uint32_t number) const { return _addresses[number].addr; }

    uint32_t free_ports(uint32_t number, uint8_t proto) const;
    uint32_t used_ports(uint32_t number, uint8_t proto) const;
    // An address, at random, where something is free; none: there is none.
    uint32_t any_address(uint8_t proto);
    // A port of that address, marked as used. False: none is free.
    bool allocate(uint32_t number, uint8_t proto, const Wish &wish, uint16_t &port);
    // For ports that others have chosen: nothing happens to one that is not of the pool, or is what it should be already.
    void mark(const Endpoint &outside, uint8_t proto, bool used);
    size_t bytes() const;

  private:
    enum { n_protos = 3, low_ports = 1024, n_kinds = 4, words = 65536 / 64 };
    struct Ports {
        uint64_t taken[words];  // by whomever, or not of the pool
        uint32_t free[n_kinds];
        uint32_t used;
    };
    struct Address {
        uint32_t addr;
        uint16_t low, high;
        bool bound;                          // one-to-one: nothing to give out
        std::vector<NatRules::Static> held;  // its static translations
        uint32_t initially;                  // free
        std::unique_ptr<Ports> ports[n_protos];
        uint32_t place[n_protos];            // in _open
    };
    std::vector<Address> _addresses;
    std::vector<uint32_t> _first;    // number of the first address of each pool
    std::vector<NatRules::Pool> _pools;
    std::vector<uint32_t> _open[n_protos];
    SecretRandom _random;

    static int slot(uint8_t proto) { return proto == proto_tcp ? 0 : proto == proto_udp ? 1 : 2; }
    static int kind(uint16_t port) { return (port < low_ports ? 0 : 2) | (port & 1); }
    static bool may_give(const Address &a, uint16_t port);
    static bool is_taken(const Ports &p, uint16_t port) { return p.taken[port / 64] >> (port % 64) & 1; }
    static void fill(Ports &p, uint32_t first, uint32_t last, bool taken);
    static std::unique_ptr<Ports> make_ports(const Address &a);
    static uint32_t count_free(const std::unique_ptr<Ports> &p);
    Ports &ports(Address &a, int s);
    void take(uint32_t number, int s, uint16_t port);
    void give_back(uint32_t number, int s, uint16_t port);
    void close(uint32_t number, int s);
    uint16_t search(const Address &a, const Ports &p, bool low, bool high, uint64_t parity);
};

}  // namespace mimi
#endif

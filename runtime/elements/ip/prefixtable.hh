// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_PREFIXTABLE_HH
#define MIMI_PREFIXTABLE_HH
#include <click/config.h>
#include <click/ipaddress.hh>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

// Routes by IPv4 prefix; the longest prefix that covers an address wins.
//
// A trie of 8-bit strides answers lookups in at most four steps: each slot of a node names the route of the longest prefix,
// ending inside that node, that covers the slot; a lookup remembers the last route it saw on its way down. The exact routes are
// also kept in order, for listing and to find what a removed route had hidden.
class PrefixTable {
  public:
    struct Route {
        IPAddress gateway;  // zero: the destination itself
        int port = -1;
        bool operator==(const Route &) const = default;
    };
    struct Prefix {
        uint32_t address;  // host order, masked
        int length;
        auto operator<=>(const Prefix &) const = default;
    };
    typedef std::map<Prefix, Route> Routes;

    PrefixTable();

    // Null when no prefix covers the address.
    const Route *find(IPAddress address) const
    {
        uint32_t bits = ntohl(address.addr());
        const Route *best = _default;
        for (const Node *node = _root.get(); node; node = node->children[bits >> 24].get(), bits <<= 8)
            if (const Route *route = node->slots[bits >> 24].route)
                best = route;
        return best;
    }
    const Route *exact(const Prefix &prefix) const;
    // Adds, or replaces the route of the same prefix.
    void set(const Prefix &prefix, const Route &route);
    bool erase(const Prefix &prefix);
    void clear();

    const Routes &routes() const { return _routes; }
    static Prefix make_prefix(IPAddress address, IPAddress mask);
    static bool is_prefix_mask(IPAddress mask) { return mask.mask_to_prefix_len() >= 0; }

  private:
    struct Slot {
        const Route *route = nullptr;
        int length = 0;
    };
    struct Node {
        std::array<Slot, 256> slots;
        std::array<std::unique_ptr<Node>, 256> children;
    };

    Node *node_for(const Prefix &prefix);
    void paint(const Prefix &prefix, const Route *route, int length, int replaces);

    Routes _routes;
    const Route *_default = nullptr;
    std::unique_ptr<Node> _root;
};

#endif

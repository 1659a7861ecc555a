// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_PREFIXTABLE_HH
#define MIMI_PREFIXTABLE_HH
#include <click/config.h>
#include <click/glue.hh>
#include <click/ipaddress.hh>
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

// Routes by IPv4 prefix; the longest prefix that covers an address wins.
//
// A trie of 8-bit strides answers lookups in at most four steps: each slot of a node names the *hop* (what a route says) of the
// longest prefix, ending inside that node, that covers the slot, and the node below; a lookup remembers the last hop it saw on
// its way down. A slot is 8 bytes, read at once. The exact routes are also kept in order, for listing and to find what a removed
// route had hidden; many routes share one hop.
//
// Any thread may look up while one thread at a time changes the table. A reader takes no lock: it notes the table's version
// before and after, which is odd during a change, and looks again when they differ. What it reads in between may be
// half changed but is always memory of the table: arrays that were outgrown, and nodes, are kept until the table goes.
class PrefixTable {
  public:
    struct Route {
        IPAddress gateway;  // zero: the destination itself
        int port = -1;
        unsigned serial = 0;  // when its prefix got into the table, among all
        bool operator==(const Route &other) const { return gateway == other.gateway && port == other.port; }
        explicit operator bool() const { return port >= 0; }
    };
    struct Prefix {
        uint32_t address;  // host order, masked
        int length;
        auto operator<=>(const Prefix &) const = default;
    };
    typedef std::map<Prefix, Route> Routes;

    PrefixTable();

    // False (port -1) when no prefix covers the address.
    Route find(IPAddress address) const
    {
        for (;;) {
            const uint32_t version = _version.load(std::memory_order_acquire);
            const Hop index = walk(ntohl(address.addr()));
            const uint64_t hop = _hops.get()[index].load(std::memory_order_acquire);
            if (likely(_version.load(std::memory_order_relaxed) == version && !(version & 1)))
                return unpack(hop);
            click_relax_fence();
        }
    }
    // Adds, or replaces the route of the same prefix.
    void set(const Prefix &prefix, const Route &route);
    bool erase(const Prefix &prefix);
    void clear();

    // For who changes the table.
    const Routes &routes() const { return _routes; }
    static Prefix make_prefix(IPAddress address, IPAddress mask);
    static bool is_prefix_mask(IPAddress mask) { return mask.mask_to_prefix_len() >= 0; }

  private:
    typedef uint32_t Hop;  // an index; 0 is no route at all

    // An array that readers may be in while it grows.
    template <typename T>
    class Array {
      public:
        T *get() const { return _items.load(std::memory_order_acquire); }
        T &operator[](size_t i) { return _generations.back()[i]; }
        size_t size() const { return _size; }
        void push_back();

      private:
        std::atomic<T *> _items{nullptr};
        std::vector<std::unique_ptr<T[]>> _generations;
        size_t _size = 0, _capacity = 0;
    };

    // Loads and stores need no more than this to keep their order around those of _version.
    struct Word {
        std::atomic<uint64_t> value{0};
        uint64_t load(std::memory_order order) const { return value.load(order); }
        Word &operator=(uint64_t x) { return value.store(x, std::memory_order_release), *this; }
        Word &operator=(const Word &w) { return *this = w.load(std::memory_order_relaxed); }
    };
    struct Node {
        std::array<Word, 256> slots;  // hop, and the node below in the upper half; 0: none
    };
    struct Lengths {
        std::array<uint8_t, 256> of;  // of the prefix that gave a slot its hop
    };
    // Makes the version odd while it lives.
    class Change;

    Hop walk(uint32_t bits) const
    {
        const Node *nodes = _nodes.get();
        Hop best = _default.load(std::memory_order_acquire);
        for (uint32_t node = 0;; bits <<= 8) {
            const uint64_t slot = nodes[node].slots[bits >> 24].load(std::memory_order_acquire);
            if (static_cast<Hop>(slot))
                best = static_cast<Hop>(slot);
            if (!(node = static_cast<uint32_t>(slot >> 32)))
                return best;
        }
    }
    static uint64_t pack(const Route &route) { return uint64_t{static_cast<uint32_t>(route.port)} << 32 | route.gateway.addr(); }
    static Route unpack(uint64_t hop)
    {
        return Route{IPAddress(static_cast<uint32_t>(hop)), static_cast<int>(static_cast<uint32_t>(hop >> 32)), 0};
    }

    uint32_t node_for(const Prefix &prefix);
    uint32_t take_node();
    void paint(const Prefix &prefix, Hop hop, int length, int replaces);
    Hop take_hop(const Route &route);
    void give_hop(const Route &route);

    std::atomic<uint32_t> _version{0};
    std::atomic<Hop> _default{0};
    Array<Node> _nodes;  // the first is the root
    Array<Word> _hops;

    Routes _routes;
    std::vector<Lengths> _lengths;                          // of each node
    std::map<uint64_t, std::pair<Hop, size_t>> _hop_users;  // of each packed route: its hop, and how many prefixes have it
    std::vector<Hop> _free_hops;
    uint32_t _used_nodes = 0;
    unsigned _next_serial = 0;
};

#endif

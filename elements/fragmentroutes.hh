// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FRAGMENTROUTES_HH
#define MIMI_FRAGMENTROUTES_HH
#include <click/config.h>
#include <click/packet.hh>
#include <atomic>
#include <cstdint>
#include <mimi/flowhash.hh>
#include <mutex>
#include <vector>
#include "flowbinding.hh"

// Where the fragments of a datagram go: only the first of them has ports.
//
// Theory of operation
//
// The first fragment is a packet of its flow like any other; where it went is noted under its source, destination, protocol,
// identification, and the side it came from (IPv6: without the protocol, which is that of the first fragment alone, RFC 8200, section
// 4.5). The others follow it. One that comes before the first is held until that arrives;
// nothing is put together, so a fragment's data is never copied and its offset never looked at.
//
// Fragments are cheap to send and easy to forge, so everything has a bound: a place is one of `ways` in the line that a secret hash
// chooses, and the oldest of the line makes room; so many packets are held for a datagram, so many for all; nothing stays longer
// than `lifetime_s`. Whoever floods this table loses fragments to others, never whole packets.
//
// Threads. A lock of its own, held for some instructions. Without fragments nobody takes it.

namespace mimi {

template <class A> class FragmentRoutes {
  public:
    enum : uint32_t { lifetime_s = 15, lines = 256, ways = 4, held_for_one = 64, held_for_all = 1024 };

    struct Key {
        A saddr, daddr;
        uint32_t id;    // as it lies in memory
        uint8_t proto;  // IPv6: 0
        uint8_t side;

        bool operator==(const Key &o) const
        {
            return saddr == o.saddr && daddr == o.daddr && id == o.id && proto == o.proto && side == o.side;
        }
    };
    // What becomes of a datagram's fragments: the addresses they get, and the output.
    struct Route {
        A saddr, daddr, next_hop;
        int to;
    };
    enum Answer { follow, held, full };
    static Key key_of(const Packet *p, const A &saddr, const A &daddr, int side);

    FragmentRoutes();
    ~FragmentRoutes();

    // A later fragment: where it goes, or it is held, or there is no room and it stays the caller's. Packets that made room
    // for it are killed, and counted in `lost`.
    Answer find_or_hold(const Key &key, Packet *p, uint32_t now, Route &route, uint64_t &lost);
    // The first fragment has left. What was held for it goes to `released`.
    void learn(const Key &key, const Route &route, uint32_t now, std::vector<Packet *> &released, uint64_t &lost);
    // Forgets what is too old; returns how many packets waited in vain.
    uint64_t expire(uint32_t now);

  private:
    struct Entry {
        Key key;
        Route route;
        uint32_t deadline;  // 0: not in use
        bool known;         // else fragments wait for the first
        std::vector<Packet *> held;
    };
    std::mutex _lock;
    std::vector<Entry> _entries;
    std::atomic<uint32_t> _used;
    uint32_t _held;
    FlowHash _hash;

    Entry &place(const Key &key, uint32_t now, uint64_t &lost);
    uint64_t forget(Entry &e);
};

}  // namespace mimi
#endif

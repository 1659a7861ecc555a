// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_ARPCACHE_HH
#define MIMI_ARPCACHE_HH
#include <click/config.h>
#include <click/etheraddress.hh>
#include <click/ipaddress.hh>
#include <click/timestamp.hh>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

class Packet;

// Which Ethernet address an IP address has, and the packets that wait to learn it. Knows nothing of elements or frames.
//
// An entry is unresolved (packets may wait in it), fresh, or stale: it still answers, but its owner should ask again. An
// entry nobody confirmed for `timeout` is forgotten. Times are on the steady clock.
class ArpCache {
  public:
    struct Limits {
        unsigned packets = 2048;           // that wait, over all entries
        unsigned packets_per_entry = 128;
        unsigned entries = 16384;
        Timestamp timeout = Timestamp(300, 0);
        Timestamp poll = Timestamp(60, 0);
    };
    struct Entry {
        EtherAddress ether;
        bool known = false;
        Timestamp confirmed;   // when last heard of
        Timestamp next_query;  // not to ask before
        int queries = 0;       // without an answer
        std::deque<Packet *> waiting;
    };
    typedef std::unordered_map<uint32_t, Entry> Map;  // by address in network order

    ArpCache() = default;
    ~ArpCache() { clear(); }
    ArpCache(const ArpCache &) = delete;
    ArpCache &operator=(const ArpCache &) = delete;

    Limits &limits() { return _limits; }
    const Map &entries() const { return _map; }
    unsigned waiting() const { return _waiting; }

    Entry *find(IPAddress address)
    {
        auto it = _map.find(address.addr());
        return it == _map.end() ? nullptr : &it->second;
    }
    bool stale(const Entry &entry, const Timestamp &now) const { return now - entry.confirmed >= _limits.poll; }

    // The entry for an address, made when missing: another makes way when the cache is full. Null if it may hold none.
    Entry *obtain(IPAddress address, const Timestamp &now);
    // Keeps the packet. Returns one that had to make way (maybe the same), or null.
    Packet *wait(Entry &entry, Packet *packet);
    // Records an answer; returns the packets that waited for it, in order.
    std::vector<Packet *> learn(IPAddress address, const EtherAddress &ether, const Timestamp &now);
    // True when it is time to ask (again); then the next time is further away: 0.1 s doubling to 1 s (RFC 1122, 2.3.2.1).
    static bool may_query(Entry &entry, const Timestamp &now);

    // Takes out what has expired; returns how many waiting packets were killed with it.
    unsigned expire(const Timestamp &now, const Timestamp &patience);
    bool erase(IPAddress address);
    void clear();
    // Moves everything over from another cache.
    void take(ArpCache &other);

  private:
    void kill_waiting(Entry &entry);

    Limits _limits;
    Map _map;
    unsigned _waiting = 0;
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_ARPCACHE_HH
#define MIMI_ARPCACHE_HH
#include <click/config.h>
#include <click/etheraddress.hh>
#include <click/ipaddress.hh>
#include <click/timestamp.hh>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>
#include "linkanswers.hh"

class Packet;

// Told, by whoever holds the cache, that an IP address is no longer, or need no longer be, at this Ethernet address. Packets on
// other threads may have been framed for it a moment ago.
class ArpWatch {
  public:
    virtual void address_left(const EtherAddress &ether) = 0;

  protected:
    ~ArpWatch() {}
};

// Which Ethernet address an IP address has, and the packets that wait to learn it. Knows nothing of elements or frames.
//
// An entry is known, or unresolved: packets may wait in it. A known entry that nobody confirmed for `timeout` becomes
// unresolved; an unresolved one that nobody asks for is forgotten. Times are on the steady clock.
//
// Everything is for one thread at a time, answers() excepted: what is known is there for all threads (linkanswers.hh).
class ArpCache {
  public:
    struct Limits {
        unsigned packets = 2048;  // that wait, over all entries; 0: no limit
        unsigned packets_per_entry = 128;
        unsigned entries = 16384;
        unsigned slim_factor = 2;  // when too many wait, this part of `packets` makes way
        Timestamp timeout = Timestamp(300, 0);
    };
    struct Entry {
        EtherAddress ether = EtherAddress::make_broadcast();
        bool known = false;
        Timestamp confirmed;    // when last heard of, or made
        Timestamp unresolved;   // since when packets wait
        Timestamp next_query;   // not to ask before
        int queries = 0;        // without an answer
        std::deque<Packet *> waiting;
        std::list<uint32_t>::iterator age;  // among the known or the sought
        ArpAnswers::Number answer = 0;  // where others find it; 0: nowhere
    };
    typedef std::unordered_map<uint32_t, Entry> Map;  // by address in network order
    struct Lost {
        uint64_t backlog = 0, unresolved = 0;
    };

    ArpCache() { set_limits(Limits()); }
    ~ArpCache() { clear(); }
    ArpCache(const ArpCache &) = delete;
    ArpCache &operator=(const ArpCache &) = delete;

    void set_limits(const Limits &limits);
    const Limits &limits() const { return _limits; }
    const ArpAnswers &answers() const { return *_answers; }
    const Map &entries() const { return _map; }
    unsigned waiting() const { return _waiting; }
    const Lost &lost() const { return _lost; }

    Entry *find(IPAddress address)
    {
        auto it = _map.find(address.addr());
        return it == _map.end() ? nullptr : &it->second;
    }

    // Whether the entry answers now.
    bool known(Entry &entry, const Timestamp &now);

    // The entry for an address, made when missing. When the cache is full, the one made longest ago that is not known makes way, and
    // only without such the one not heard of for longest: whoever walks through a network's free addresses must not drive out its
    // neighbours. Null if it may hold none.
    Entry *obtain(IPAddress address, const Timestamp &now);
    // Keeps the packet, or loses it; others may have to make way.
    void wait(Entry &entry, Packet *packet, const Timestamp &now);
    // Records an answer. deliver() gets the packets that waited for it, in order; only then do other threads find it, so
    // that none of their packets overtakes these.
    template <typename Deliver>
    void learn(IPAddress address, const EtherAddress &ether, const Timestamp &now, Deliver deliver)
    {
        const Entry *known = find(address);
        const EtherAddress before = known ? known->ether : ether;
        deliver(note(address, ether, now));
        if (Entry *entry = find(address))
            publish(*entry);
        if (before != ether)
            tell_left(before);
    }
    // For what keeps frames' headers. Twice is once.
    void add_watch(ArpWatch *watch);
    // Like erase() and clear(), and those who keep frames' headers are told.
    void forget(IPAddress address);
    void forget_all();
    // True when it is time to ask (again): every 0.1 s, and after ten questions without an answer every 2 s.
    bool may_query(Entry &entry, const Timestamp &now);

    // Takes out what has expired, and packets that waited in vain.
    void expire(const Timestamp &now);
    // When expire() has something to do with an entry, or any; zero: never.
    Timestamp end_of(const Entry &entry) const;
    Timestamp next_expiry() const;
    bool erase(IPAddress address);
    void clear();
    // Moves everything over from another cache.
    void take(ArpCache &other);

  private:
    static constexpr int patience_s = 3;  // packets wait that long

    std::vector<Packet *> note(IPAddress address, const EtherAddress &ether, const Timestamp &now);
    void tell_left(const EtherAddress &ether) const;
    void publish(Entry &entry);
    void withdraw(Entry &entry);
    void doubt(Entry &entry, const Timestamp &since);
    unsigned kill_waiting(Entry &entry);
    void erase(Map::iterator it);
    void slim();

    Limits _limits;
    std::unique_ptr<ArpAnswers> _answers = std::make_unique<ArpAnswers>();
    Map _map;
    typedef std::list<uint32_t> Ages;
    Ages _known, _sought;  // addresses of known entries and of others, the one not heard of for longest first
    std::vector<ArpWatch *> _watches;
    unsigned _waiting = 0;
    Lost _lost;
};

#endif

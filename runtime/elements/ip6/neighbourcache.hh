// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_NEIGHBOURCACHE_HH
#define MIMI_NEIGHBOURCACHE_HH
#include <click/etheraddress.hh>
#include <click/ip6address.hh>
#include <click/packet.hh>
#include <click/timestamp.hh>
#include <list>
#include <unordered_map>
#include <vector>
#include "../ethernet/linkanswers.hh"

// The link-layer addresses of IPv6 neighbours, and the packets that wait for them (RFC 4861, section 5.1). Knows nothing of
// messages. Everything is for one thread at a time, answers() excepted: what is known is there for all threads (linkanswers.hh).
//
// Who is unknown is asked for again after 20 ms, 40 ms and so on, at last once a second, and forgotten after three seconds, with the
// packets that wait. So soon because, when a minion takes over, the first question may be lost in a switch that has not turned yet.
// An answer serves until it is `timeout` old; in use it is asked for again from `poll` on, once a second while it still serves, three times.
//
// No more than `sought` are asked for at a time: the one asked for in vain for longest makes way. When the cache is full, it does so
// too, and only without such the one not heard of for longest. So whoever walks through a network's free addresses neither drives out
// its neighbours nor takes all places to wait (RFC 6583, section 7).

class NeighbourCache {
  public:
    struct Limits {
        uint32_t packets = 2048;       // that wait, in all
        uint32_t packets_of_one = 128;
        uint32_t entries = 16384;
        uint32_t sought = 512;         // of them, unknown
        uint32_t timeout_s = 300;      // 0: never
        uint32_t poll_s = 60;          // 0: never
    };
    struct Entry {
        EtherAddress ether;
        bool known = false;
        int questions = 0;       // since the last answer
        Timestamp asked, heard;  // steady clock
        Timestamp sought;        // when it was asked for first, while it is unknown
        std::vector<Packet *> waiting;
        std::list<IP6Address>::iterator place;  // among the found or the sought
        LinkAnswers<IP6Address>::Number answer = 0;  // where others find it; 0: nowhere
    };
    // What a message says of an address.
    struct News {
        enum Creates { never, if_room, always };
        EtherAddress ether;
        Creates creates;  // whether it counts even if nobody asked; if_room: what others say by themselves drives nobody out
        bool overrides;   // what is known so far does not stay
        bool resolves;    // it says where an unknown one is; else it only confirms
    };

    NeighbourCache() {}
    ~NeighbourCache() { clear(); }
    NeighbourCache(const NeighbourCache &) = delete;
    NeighbourCache &operator=(const NeighbourCache &) = delete;

    void set_limits(const Limits &limits);
    const LinkAnswers<IP6Address> &answers() const { return _answers; }
    // Where packets to the address go. False: unknown; then hold(). `ask` says whether to ask now.
    bool find(const IP6Address &address, const Timestamp &now, EtherAddress &ether, bool &ask);
    // The packet waits, or is lost.
    void hold(const IP6Address &address, Packet *packet);
    // deliver() gets each packet that waited for the address, in order; only then do other threads find it, so that none of their
    // packets overtakes these.
    template <class Deliver> void learn(const IP6Address &address, const News &news, const Timestamp &now, Deliver deliver)
    {
        Entry *entry = note(address, news, now);
        if (!entry)
            return;
        std::vector<Packet *> ready;
        ready.swap(entry->waiting);
        _held -= uint32_t(ready.size());
        for (Packet *p : ready)
            deliver(p);
        if ((entry = known(address)))
            publish(address, *entry);
    }
    // Forgets what is too old, and what never was answered. `again`: whom to ask for again.
    void tick(const Timestamp &now, std::vector<IP6Address> &again);
    // When tick() has something to do next; zero: never. Walks through those who are asked for.
    Timestamp next_tick(const Timestamp &now) const;
    // When at the earliest it has something to do with one who has just been asked for.
    static Timestamp first_tick(const Timestamp &now) { return now + Timestamp::make_msec(first_wait_ms); }
    bool erase(const IP6Address &address);
    void clear();

    size_t size() const { return _entries.size(); }
    uint32_t length() const { return _held; }
    uint64_t lost() const { return _lost; }
    template <class F> void for_each(F f) const
    {
        for (const auto &e : _entries)
            f(e.first, e.second);
    }

  private:
    struct Hash {
        size_t operator()(const IP6Address &a) const { return a.hashcode(); }
    };
    typedef std::unordered_map<IP6Address, Entry, Hash> Map;
    // RFC 4861, section 10, but for the RetransTimer of the first questions: MAX_UNICAST_SOLICIT; three times the RetransTimer.
    enum { most_polls = 3, patience_s = 3, first_wait_ms = 20, wait_ms = 1000 };

    Limits _limits;
    Map _entries;
    LinkAnswers<IP6Address> _answers;
    std::list<IP6Address> _found, _sought;  // the known and the others, not heard of or asked for in vain for longest first
    uint32_t _held = 0;
    uint64_t _lost = 0;

    // When it may be asked for again.
    static Timestamp next_question(const Entry &entry);
    Entry &obtain(const IP6Address &address);
    Entry *known(const IP6Address &address);
    Entry *note(const IP6Address &address, const News &news, const Timestamp &now);
    void doubt(const IP6Address &address, Entry &entry);
    void publish(const IP6Address &address, Entry &entry);
    void withdraw(const IP6Address &address, Entry &entry);
    void drop_waiting(Entry &entry);
    Map::iterator erase(Map::iterator it);
};

#endif

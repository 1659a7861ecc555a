// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_NEIGHBOURCACHE_HH
#define MIMI_NEIGHBOURCACHE_HH
#include <click/etheraddress.hh>
#include <click/ip6address.hh>
#include <click/packet.hh>
#include <click/timestamp.hh>
#include <unordered_map>
#include <vector>

// The link-layer addresses of IPv6 neighbours, and the packets that wait for them (RFC 4861, section 5.1). Knows nothing of
// messages; not locked.
//
// An entry is asked for at most once a second. One that was never answered is forgotten after three questions, with its packets. An
// answer serves until it is `timeout` old; in use it is asked for again from `poll` on, while it still serves, three times.

class NeighbourCache {
  public:
    struct Limits {
        uint32_t packets = 2048;       // that wait, in all
        uint32_t packets_of_one = 128;
        uint32_t entries = 16384;
        uint32_t timeout_s = 300;      // 0: never
        uint32_t poll_s = 60;          // 0: never
    };
    struct Entry {
        EtherAddress ether;
        bool known = false;
        int questions = 0;       // since the last answer
        Timestamp asked, heard;  // steady clock
        std::vector<Packet *> waiting;
    };
    typedef std::vector<std::pair<IP6Address, EtherAddress>> Questions;  // whom to ask for, and where it was; all-zero: unknown

    NeighbourCache() {}
    ~NeighbourCache() { clear(); }
    NeighbourCache(const NeighbourCache &) = delete;
    NeighbourCache &operator=(const NeighbourCache &) = delete;

    void set_limits(const Limits &limits) { _limits = limits; }
    // Where packets to the address go. False: unknown; then hold(). `ask` says whether to ask now.
    bool find(const IP6Address &address, const Timestamp &now, EtherAddress &ether, bool &ask);
    // The packet waits, or is killed. Returns how many were.
    uint64_t hold(const IP6Address &address, Packet *packet);
    // What is said of an address; what waited for it goes to `released`. `create`: whether one that nobody asked for counts. Unless
    // `overrides`, what is known stays.
    void learn(const IP6Address &address, const EtherAddress &ether, bool create, bool overrides, const Timestamp &now,
               std::vector<Packet *> &released);
    // Forgets what is too old, and what never was answered; returns how many packets waited in vain. `again`: whom to ask for again.
    uint64_t tick(const Timestamp &now, Questions &again);
    bool erase(const IP6Address &address);
    void clear();

    size_t size() const { return _entries.size(); }
    uint32_t length() const { return _held; }
    template <class F> void for_each(F f) const
    {
        for (const auto &e : _entries)
            f(e.first, e.second);
    }

  private:
    struct Hash {
        size_t operator()(const IP6Address &a) const { return a.hashcode(); }
    };
    enum { most_questions = 3 };  // RFC 4861, section 10: MAX_MULTICAST_SOLICIT

    Limits _limits;
    std::unordered_map<IP6Address, Entry, Hash> _entries;
    uint32_t _held = 0;

    uint64_t drop_waiting(Entry &entry);
    void make_room();
};

#endif

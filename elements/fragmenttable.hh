// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FRAGMENTTABLE_HH
#define MIMI_FRAGMENTTABLE_HH
#include <cstdint>
#include <mimi/flowhash.hh>
#include <mutex>
#include <vector>

// Which fragmented packets may pass: the first fragment has ports and is judged, the later ones, which have none, follow it.
//
// A packet is named by source, destination, protocol and identification (RFC 791). There is room for a fixed number of them;
// in a bucket of four the one that has waited longest makes way. So someone who sends endless first fragments can crowd out
// others' later fragments, and never more than that.

namespace mimi {

class FragmentTable {
  public:
    struct Name {
        uint32_t saddr;
        uint32_t daddr;
        uint16_t id;
        uint8_t proto;

        bool operator==(const Name &o) const { return saddr == o.saddr && daddr == o.daddr && id == o.id && proto == o.proto; }
    };
    enum : uint32_t { lifetime_s = 30 };  // what hosts wait for the rest of a packet (RFC 1122, section 3.3.2: 60 to 120; Linux: 30)

    FragmentTable() : _entries(buckets * ways) {}

    void allow(const Name &name, uint32_t now)
    {
        std::lock_guard<std::mutex> guard(_mutex);
        Entry *oldest = bucket(name);
        for (Entry *e = oldest, *end = oldest + ways; e != end; ++e) {
            if (e->name == name) {
                oldest = e;
                break;
            }
            if (e->until < oldest->until)
                oldest = e;
        }
        oldest->name = name;
        oldest->until = now + lifetime_s;
    }
    bool allows(const Name &name, uint32_t now)
    {
        std::lock_guard<std::mutex> guard(_mutex);
        for (const Entry *e = bucket(name), *end = e + ways; e != end; ++e)
            if (e->name == name)
                return e->until >= now && e->until != 0;
        return false;
    }

  private:
    enum : uint32_t { buckets = 1024, ways = 4 };
    struct Entry {
        Name name = {0, 0, 0, 0};
        uint32_t until = 0;  // 0: never used
    };
    FlowHash _hash;
    std::mutex _mutex;
    std::vector<Entry> _entries;

    Entry *bucket(const Name &n) { return &_entries[(_hash(n.saddr, n.daddr, n.id, 0, n.proto, 0) % buckets) * ways]; }
};

}  // namespace mimi
#endif

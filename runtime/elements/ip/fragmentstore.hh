// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FRAGMENTSTORE_HH
#define MIMI_FRAGMENTSTORE_HH
#include <click/config.h>
#include <click/timestamp.hh>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <vector>

class Packet;
struct click_ip;

// Fragments of IPv4 datagrams on their way to becoming whole (RFC 791, RFC 815). Knows nothing of elements.
//
// A datagram is a string of payload bytes and the list of its holes. Bytes that came first stay: a fragment that overlaps them
// fills holes only. The packet with offset 0, or else the last one, lends headers and annotations.
class FragmentStore {
  public:
    FragmentStore() = default;
    ~FragmentStore() { clear(); }
    FragmentStore(const FragmentStore &) = delete;
    FragmentStore &operator=(const FragmentStore &) = delete;

    // Takes the packet, a fragment with its IP header marked. Returns the whole datagram when this was its last hole. Null
    // otherwise; `bad` says that the fragment was none and is gone.
    Packet *add(Packet *packet, const Timestamp &now, bool &bad, unsigned &largest);
    // The oldest incomplete datagram that was not added to since `before`, as far as it came; null when there is none.
    Packet *take_older(const Timestamp &before);
    // The oldest one; null when there is none, or no memory.
    Packet *take_oldest();

    bool empty() const { return _map.empty(); }
    size_t bytes() const { return _bytes; }
    size_t datagrams() const { return _map.size(); }
    void clear();

  private:
    struct Key {
        uint32_t source, destination;
        uint32_t id_protocol;
        auto operator<=>(const Key &) const = default;
    };
    typedef std::list<Key> Ages;  // the one not added to for longest first
    struct Hole {
        unsigned start, end;
    };
    struct Datagram {
        Packet *head = nullptr;
        std::string payload;
        std::vector<Hole> holes{{0, 65536}};
        bool have_start = false;
        unsigned total = 65536;  // until the last fragment says
        unsigned largest = 0;    // fragment, with its header
        Timestamp last;
        Ages::iterator age;
    };
    typedef std::map<Key, Datagram> Map;

    Packet *finish(Map::iterator it);
    void erase(Map::iterator it);

    Map _map;
    Ages _ages;
    size_t _bytes = 0;
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_LINKANSWERS_HH
#define MIMI_LINKANSWERS_HH
#include <click/config.h>
#include <click/etheraddress.hh>
#include <click/ip6address.hh>
#include <click/ipaddress.hh>
#include <click/timestamp.hh>
#include <mimi/flowindex.hh>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

// What an answer keeps of its address beside the fingerprint.
template <typename A> struct LinkAddress;

template <> struct LinkAddress<IPAddress> {
    // Neighbours in a network spread over the whole range, and no two addresses share a fingerprint.
    static uint32_t fingerprint(const IPAddress &address) { return ntohl(address.addr()) * 0x9E3779B1U; }
    void set(const IPAddress &) {}
    bool is(const IPAddress &) const { return true; }
};

template <> struct LinkAddress<IP6Address> {
    std::atomic<uint64_t> words[2] = {0, 0};

    static uint64_t word(const IP6Address &address, int i)
    {
        uint64_t value;
        memcpy(&value, address.data() + 8 * i, 8);
        return value;
    }
    static uint32_t fingerprint(const IP6Address &address)
    {
        return static_cast<uint32_t>(((word(address, 0) * 0x9E3779B97F4A7C15U) ^ word(address, 1)) * 0xD6E8FEB86659FD93U >> 32);
    }
    void set(const IP6Address &address)
    {
        for (int i = 0; i < 2; ++i)
            words[i].store(word(address, i), std::memory_order_relaxed);
    }
    bool is(const IP6Address &address) const
    {
        return words[0].load(std::memory_order_relaxed) == word(address, 0) && words[1].load(std::memory_order_relaxed) == word(address, 1);
    }
};

// The known entries of a cache of neighbours (ARP's, or IPv6's neighbour discovery's) once more, for threads that only want an answer:
// they take no lock.
//
// Theory of operation
//
// An *answer* is an Ethernet address, when it was last confirmed, and when it may be asked for again. One thread at a time
// adds, changes and removes answers; the cache's lock sees to that. Any number look them up meanwhile. The index (flowindex.hh)
// leads from an address, mixed into a fingerprint, to an answer's number. No two IPv4 addresses share one; an answer about IPv6
// has the address itself besides. The words of an answer are single atomic words. Whoever changes one writes the Ethernet address first, and whoever reads reads it last: it
// is never older than the time that came with it. A number is given out again when its grace period has passed
// (graceperiod.hh): nobody can take one address's answer for another's.
//
//   writer: 10.0.0.1 is answer 5        reader: 10.0.0.1 -> 5, confirmed just now
//   writer: 10.0.0.1 is forgotten       reader: 5 still says what 10.0.0.1 was, until it turns to its next packets
//   writer: 10.0.0.2 is known: not 5 yet, that reader has not turned
//
// A reader may miss an answer that is there while another is removed. It looks in the cache then, under the lock.
template <typename A> class LinkAnswers {
  public:
    typedef uint32_t Number;  // from 1 on
    enum Verdict {
        none,    // not known
        serves,  // known, and nothing else to do
        ask      // known, but old: the cache must look after it
    };

    LinkAnswers() : _timeout(0) {}
    LinkAnswers(const LinkAnswers &) = delete;
    LinkAnswers &operator=(const LinkAnswers &) = delete;

    // For any thread. An answer not confirmed for `poll` is to be asked for again; 0: never.
    Verdict find(const A &address, const Timestamp &now, const Timestamp &poll, EtherAddress &ether) const;

    // For one thread at a time. Answers not confirmed for that long do not serve; 0: they always do.
    void set_timeout(const Timestamp &timeout) { _timeout.store(timeout.nsecval(), std::memory_order_relaxed); }
    // A new answer's number, or 0 when there is no memory for it.
    Number add(const A &address, const EtherAddress &ether, const Timestamp &confirmed, const Timestamp &next_query);
    void change(Number number, const EtherAddress &ether, const Timestamp &confirmed, const Timestamp &next_query);
    void remove(const A &address, Number number);

    // How many records there are, those that wait to be used again included.
    Number capacity() const { return _made; }

  private:
    struct Answer {
        std::atomic<uint64_t> ether{0};
        std::atomic<int64_t> confirmed{0}, next_query{0};
        LinkAddress<A> address;
    };
    static constexpr unsigned chunks = 32;

    // Chunk k holds the numbers from 2^k on, and never moves.
    static unsigned chunk_of(Number number) { return 31U - static_cast<unsigned>(__builtin_clz(number)); }
    Answer &at(Number number) const { return _chunks[chunk_of(number)][number - (Number{1} << chunk_of(number))]; }
    Number fresh_number();

    mimi::FlowIndex _index;
    std::atomic<int64_t> _timeout;
    std::unique_ptr<Answer[]> _chunks[chunks];
    Number _made = 0;
    std::vector<Number> _free;
    mimi::Retired<Number> _retired;
};

extern template class LinkAnswers<IPAddress>;
extern template class LinkAnswers<IP6Address>;
typedef LinkAnswers<IPAddress> ArpAnswers;

#endif

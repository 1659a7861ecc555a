// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_TCPTRACK_HH
#define MIMI_TCPTRACK_HH
#include <atomic>
#include <cstdint>
#include "flowlife.hh"

// What a firewall knows of the sequence space of one TCP flow, and whether a segment can belong to it.
//
// Theory of operation
//
// Of each *end* of a flow the firewall keeps four numbers (the idea is Guido van Rooij's, of 2000):
//
//   end      one past the highest sequence number the end has sent
//   limit    one past the highest that the other end has allowed it to send: acknowledgement + window, the largest so far
//   acked    the highest acknowledgement the end has sent
//   window   the largest window the end has offered, scaled as both agreed in their SYNs (RFC 7323)
//
// A segment of S, whose peer is R, is believed if (all modulo 2^32)
//
//   1  seq <= S.limit                      no data beyond R's window. "<=": a probe of a closed window begins at its edge
//   2  seq + length >= S.end - R.window    no data so old that R has let go of it long ago
//   3  ack <= R.end                        nothing acknowledged that was never sent
//   4  ack >= R.end - max(S.window, 66000) no acknowledgement so old that S must have sent newer ones
//
// and 2 and 4 bear two more, since a probe or a FIN may lie one beyond a window, and a keep-alive one before it.
//
// Every number is the largest so far: a window that shrinks, a segment that is late or sent again, change nothing. A segment that
// fits is a witness of the flow: it moves the numbers, the state and the lifetime. One that does not is refused.
//
// Learning. Of a flow that was imported, or picked up in its middle, nothing is known at first: an end becomes known by its first
// segment. The minion must not cut such a flow, so what it does not know it does not hold against a segment:
//
//   - the scale of windows was agreed upon earlier: the largest possible, 14, is taken;
//   - it may have been allowed to send more than now, by a window that has shrunk since: 66000 beyond the limit are borne;
//   - an end may have sent more through the primary than we have seen: an acknowledgement beyond `end` is believed as far as the
//     acknowledging end's window reaches, and moves `end`. (A retransmission is often the first that the minion sees; the receiver
//     then acknowledges everything it has had.) An end whose SYN we have seen is *exact*, and gets no such credit.
//
// What is learned may be wrong: someone who knows a flow's addresses and ports may have sent its first segment, or hit a window that is
// held to be a gigabyte. So a flow is held to its numbers only if both ends are exact. Of any other, what does not fit is *borne*: it
// goes through, and says nothing; the ends judge it, as they did before there was a firewall. No forgery can cut a flow that way.
//
// Beginnings and ends are where attacks and accidents meet:
//
//   SYN ACK   answers a SYN: it must acknowledge that very SYN. One that does not goes through, *aside*: it says nothing, but the
//             client must see it, to answer with the reset that clears up an old half-open connection (RFC 9293, 3.5.1).
//   SYN       on a flow that lives: a host that has lost its memory, or a forgery. The other end knows better than we (it sends a
//             challenge, RFC 5961): `ask`, whether the rules would let the flow begin, and then aside. If it is answered by a SYN ACK
//             that does not fit what we know, both ends have forgotten the old connection: the flow is *renewed* from it.
//   RST       ends a flow only if the receiver would believe it at once: at the number it expects next, which is between what it
//             has acknowledged and what was sent. Elsewhere in the window the receiver asks back (RFC 5961): it goes through, aside.
//
// Threads. Words are atomic and only ever raised, or set anew by a handshake. Two segments at the same time may each miss what
// the other says; the next one repeats it.

namespace mimi {

struct TcpSegment {
    enum : int8_t { no_scale = -1 };

    uint32_t seq;
    uint32_t ack;
    uint32_t length;  // of sequence numbers: SYN and FIN count
    uint16_t window;
    uint8_t flags;
    int8_t scale;  // of a SYN

    uint32_t end() const { return seq + length; }
};

// From a TCP header that is whole; `ack_shift` is added to the acknowledgement. For SYNs the options are read.
TcpSegment read_segment(const unsigned char *tcp, unsigned tcp_bytes, uint32_t ack_shift);

// Combinations of flags that no TCP sends: none at all, SYN with FIN, and so on.
bool sound_flags(uint8_t flags);

enum class TcpVerdict : uint8_t {
    pass,     // a witness of the flow
    aside,    // let it through, but it says nothing of the flow
    bear,     // let it through: it does not fit what was learned, which may be wrong. The flow lives, and its state stays
    refuse,   // not of this flow
    ask,      // a SYN on a living flow: aside if the flow might begin now, and then await()
    renewed   // the flow is a new one, answered by this segment
};

struct TcpEnd {
    std::atomic<uint32_t> end;
    std::atomic<uint32_t> limit;
    std::atomic<uint32_t> acked;
    std::atomic<uint32_t> window;
    std::atomic<uint32_t> start;  // the sequence number of its SYN; of an exact end
    std::atomic<uint32_t> marks;
};

class TcpTrack {
  public:
    // Nothing is known.
    void reset();
    // A flow begins with this segment of its initiator: a SYN, or whatever is first in the middle of one.
    void begin(const TcpSegment &s);
    // `life` as the record has it.
    TcpVerdict judge(uint32_t life, Direction d, const TcpSegment &s);
    // The same where windows are not tracked: only SYNs are looked at.
    static TcpVerdict judge_state(uint32_t life, Direction d, const TcpSegment &s);
    // A SYN of this direction went through aside.
    void await(Direction d) { mark(_ends[int(d)], awaits); }
    // An end has sent more than a segment told: its packet was cut in fragments.
    void doubt(Direction d) { _ends[int(d)].marks.fetch_and(~uint32_t(exact), std::memory_order_relaxed); }
    // Whether an end can have sent `seq`, as far as is known: for errors that quote it.
    bool plausible(Direction d, uint32_t seq) const;

  private:
    enum : uint32_t {
        seen = 1 << 8,      // `end` is known
        exact = 1 << 9,     // and nothing was ever sent beyond it
        limited = 1 << 10,  // `limit` is known
        acks = 1 << 11,     // `acked` is known
        offers = 1 << 12,   // its SYN offered to scale windows
        awaits = 1 << 13,   // sent a SYN that is not the one of `start`
        scale_mask = 15,
        scale_most = 14,
        slack = 66000,        // the least tolerance for what is old: a window of 65535 and a bit
        edges = 2,            // a probe or a FIN may lie one beyond a window, and a keep-alive one before it
        far = uint32_t(1) << 30
    };
    TcpEnd _ends[2];

    static uint32_t marks(const TcpEnd &e) { return e.marks.load(std::memory_order_acquire); }
    static void mark(TcpEnd &e, uint32_t m) { e.marks.fetch_or(m, std::memory_order_release); }
    static uint32_t scaled(const TcpEnd &e, const TcpSegment &s);
    void begin_end(TcpEnd &e, const TcpSegment &s);
    void learn_peer(TcpEnd &peer, const TcpSegment &s);
    void agree_on_scale(TcpEnd &a, TcpEnd &b);
    void answer(TcpEnd &sender, TcpEnd &peer, const TcpSegment &s);
    bool is_exact() const { return marks(_ends[0]) & marks(_ends[1]) & exact; }
    bool acknowledges_syn(const TcpEnd &peer, const TcpSegment &s) const;
    bool fits(const TcpEnd &sender, const TcpEnd &peer, const TcpSegment &s) const;
    bool ack_fits(const TcpEnd &sender, const TcpEnd &peer, const TcpSegment &s) const;
    void witness(TcpEnd &sender, TcpEnd &peer, const TcpSegment &s);
    TcpVerdict judge_syn(uint32_t life, Direction d, const TcpSegment &s);
    TcpVerdict judge_syn_ack(uint32_t life, Direction d, const TcpSegment &s);
    TcpVerdict judge_reset(uint32_t life, Direction d, const TcpSegment &s) const;
    TcpVerdict judge_early_reset(Direction d, const TcpSegment &s) const;
    TcpVerdict judge_rest(uint32_t life, Direction d, const TcpSegment &s);
};

}  // namespace mimi
#endif

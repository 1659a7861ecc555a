// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "tcptrack.hh"
#include <arpa/inet.h>
#include <cstring>

namespace mimi {

namespace {

const unsigned header_least = 20;
const uint8_t option_end = 0, option_nop = 1, option_scale = 3;

uint32_t get32(const unsigned char *at)
{
    uint32_t n;
    memcpy(&n, at, sizeof(n));
    return ntohl(n);
}

// The shift count of the window scale option (RFC 7323, section 2).
int8_t find_scale(const unsigned char *tcp, unsigned header_bytes)
{
    for (unsigned at = header_least; at < header_bytes;) {
        if (tcp[at] == option_end)
            break;
        if (tcp[at] == option_nop) {
            ++at;
            continue;
        }
        if (at + 1 >= header_bytes || tcp[at + 1] < 2 || at + tcp[at + 1] > header_bytes)
            break;
        if (tcp[at] == option_scale && tcp[at + 1] == 3)
            return int8_t(tcp[at + 2] > 14 ? 14 : tcp[at + 2]);
        at += tcp[at + 1];
    }
    return TcpSegment::no_scale;
}

// a before b, as sequence numbers go.
bool before(uint32_t a, uint32_t b) { return int32_t(a - b) < 0; }
bool within(uint32_t low, uint32_t n, uint32_t high) { return !before(n, low) && !before(high, n); }

uint32_t get(const std::atomic<uint32_t> &word) { return word.load(std::memory_order_relaxed); }
void set(std::atomic<uint32_t> &word, uint32_t n) { word.store(n, std::memory_order_relaxed); }

void raise(std::atomic<uint32_t> &word, uint32_t n)
{
    uint32_t now = get(word);
    while (before(now, n) && !word.compare_exchange_weak(now, n, std::memory_order_relaxed)) {
    }
}

// The first value is taken as it is.
void raise(std::atomic<uint32_t> &word, uint32_t n, bool known)
{
    if (known)
        raise(word, n);
    else
        set(word, n);
}

void widen(TcpEnd &e, uint32_t window)
{
    if (get(e.window) < window)
        set(e.window, window);
}

bool is_syn(const TcpSegment &s) { return (s.flags & (flag_syn | flag_ack)) == flag_syn; }

bool unanswered(uint32_t life)
{
    return BindingRecord::state_of(life) == FlowState::fresh && !(BindingRecord::flags_of(life) & answered);
}

}  // namespace

TcpSegment read_segment(const unsigned char *tcp, unsigned tcp_bytes, uint32_t ack_shift)
{
    const unsigned header_bytes = unsigned(tcp[12] >> 4) * 4;
    TcpSegment s;
    s.flags = tcp[13];
    s.seq = get32(tcp + 4);
    s.ack = get32(tcp + 8) + ack_shift;
    s.length = tcp_bytes - header_bytes + !!(s.flags & flag_syn) + !!(s.flags & flag_fin);
    s.window = uint16_t(tcp[14] << 8 | tcp[15]);
    s.scale = s.flags & flag_syn ? find_scale(tcp, header_bytes) : int8_t(TcpSegment::no_scale);
    return s;
}

bool sound_flags(uint8_t flags)
{
    const uint8_t urg = 0x20;
    switch (flags & (flag_fin | flag_syn | flag_rst | flag_ack | urg)) {
    case flag_syn:
    case flag_syn | urg:
    case flag_syn | flag_ack:
    case flag_rst:
    case flag_rst | flag_ack:
    case flag_ack:
    case flag_ack | urg:
    case flag_fin | flag_ack:
    case flag_fin | flag_ack | urg:
        return true;
    }
    return false;
}

void TcpTrack::reset()
{
    for (TcpEnd &e : _ends) {
        set(e.end, 0);
        set(e.limit, 0);
        set(e.acked, 0);
        set(e.window, 0);
        set(e.start, 0);
        e.marks.store(scale_most, std::memory_order_release);
    }
}

uint32_t TcpTrack::scaled(const TcpEnd &e, const TcpSegment &s)
{
    if (s.window == 0)
        return 1;  // which may be probed
    return s.flags & flag_syn ? s.window : uint32_t(s.window) << (marks(e) & scale_mask);
}

// The SYN of an end: everything about it is known from here on.
void TcpTrack::begin_end(TcpEnd &e, const TcpSegment &s)
{
    set(e.start, s.seq);
    set(e.end, s.end());
    set(e.window, scaled(e, s));
    e.marks.store(seen | exact | (s.scale >= 0 ? offers | uint32_t(s.scale) : 0), std::memory_order_release);
}

void TcpTrack::begin(const TcpSegment &s)
{
    reset();
    TcpEnd &sender = _ends[int(Direction::forward)];
    if (is_syn(s))
        begin_end(sender, s);
    else
        witness(sender, _ends[int(Direction::reverse)], s);
}

// Windows are scaled if both SYNs say so (RFC 7323, section 2.2).
void TcpTrack::agree_on_scale(TcpEnd &a, TcpEnd &b)
{
    if (!(marks(a) & offers) || !(marks(b) & offers)) {
        a.marks.fetch_and(~uint32_t(scale_mask), std::memory_order_relaxed);
        b.marks.fetch_and(~uint32_t(scale_mask), std::memory_order_relaxed);
    }
}

bool TcpTrack::acknowledges_syn(const TcpEnd &peer, const TcpSegment &s) const
{
    return within(get(peer.start) + 1, s.ack, get(peer.end));
}

// The end that a SYN ACK answers, when its SYN is another than the one we know. It scales windows if the SYN ACK does, nobody
// knows by how much. If nobody saw that SYN the answer may be an old one, and the end have sent more already.
void TcpTrack::learn_peer(TcpEnd &peer, const TcpSegment &s)
{
    const uint32_t m = marks(peer);
    const bool anew = m & awaits;
    raise(peer.end, s.ack, (m & seen) && !anew);
    set(peer.start, s.ack - 1);
    set(peer.window, slack);
    const uint32_t scales = s.scale >= 0 ? offers | uint32_t(scale_most) : 0;
    peer.marks.store(seen | (anew ? exact : m & (limited | acks)) | scales, std::memory_order_release);
}

// A SYN ACK: it says where both ends are.
void TcpTrack::answer(TcpEnd &sender, TcpEnd &peer, const TcpSegment &s)
{
    const bool known = (marks(peer) & exact) && acknowledges_syn(peer, s);
    if (!known)
        learn_peer(peer, s);
    const bool again = (marks(sender) & exact) && get(sender.start) == s.seq;
    if (!again)
        begin_end(sender, s);
    widen(sender, scaled(sender, s));
    agree_on_scale(sender, peer);
    set(sender.acked, s.ack);
    raise(sender.limit, s.seq + 1 + get(peer.window), marks(sender) & limited);
    raise(peer.limit, s.ack + scaled(sender, s), again && (marks(peer) & limited));
    mark(sender, acks | limited);
    mark(peer, limited);
    peer.marks.fetch_and(~uint32_t(awaits), std::memory_order_relaxed);
}

TcpVerdict TcpTrack::judge_syn(uint32_t life, Direction d, const TcpSegment &s)
{
    TcpEnd &sender = _ends[int(d)];
    const FlowState state = BindingRecord::state_of(life);
    if ((marks(sender) & exact) && get(sender.start) == s.seq)
        return state == FlowState::fresh ? TcpVerdict::pass : TcpVerdict::aside;
    // Imported at its very beginning.
    const bool early = state == FlowState::unknown || state == FlowState::fresh;
    if (early && d == Direction::forward && !(marks(sender) & seen)) {
        begin_end(sender, s);
        return TcpVerdict::pass;
    }
    if (!unanswered(life))
        return TcpVerdict::ask;
    // Another attempt of the client, or the other end begins at the same time (RFC 9293, figure 8).
    const bool again = marks(sender) & seen;
    begin_end(sender, s);
    if (again)
        await(d);
    return TcpVerdict::pass;
}

TcpVerdict TcpTrack::judge_syn_ack(uint32_t life, Direction d, const TcpSegment &s)
{
    TcpEnd &sender = _ends[int(d)], &peer = _ends[1 - int(d)];
    const bool fresh = BindingRecord::state_of(life) == FlowState::fresh;
    const bool peer_exact = marks(peer) & exact;
    if (fresh && (!peer_exact || acknowledges_syn(peer, s))) {
        answer(sender, peer, s);
        return TcpVerdict::pass;
    }
    if (!fresh && (marks(sender) & exact) && get(sender.start) == s.seq) {
        if (!fits(sender, peer, s))
            return TcpVerdict::refuse;
        witness(sender, peer, s);
        return TcpVerdict::pass;
    }
    const bool nothing_known = !((marks(sender) | marks(peer)) & seen);
    if ((marks(peer) & awaits) || nothing_known) {
        answer(sender, peer, s);
        return TcpVerdict::renewed;
    }
    return unanswered(life) ? TcpVerdict::aside : TcpVerdict::refuse;
}

// Before the handshake is through. A client that gets an answer to another SYN than its own resets that.
TcpVerdict TcpTrack::judge_early_reset(Direction d, const TcpSegment &s) const
{
    const TcpEnd &sender = _ends[int(d)], &peer = _ends[1 - int(d)];
    if (d == Direction::forward) {
        const bool own = (marks(sender) & exact) && within(get(sender.start), s.seq, get(sender.end));
        return own ? TcpVerdict::pass : TcpVerdict::aside;
    }
    if (!(marks(peer) & exact) || (marks(peer) & awaits))
        return TcpVerdict::aside;
    return (s.flags & flag_ack) && acknowledges_syn(peer, s) ? TcpVerdict::pass : TcpVerdict::refuse;
}

TcpVerdict TcpTrack::judge_reset(uint32_t life, Direction d, const TcpSegment &s) const
{
    if (unanswered(life))
        return judge_early_reset(d, s);
    const TcpEnd &sender = _ends[int(d)], &peer = _ends[1 - int(d)];
    const uint32_t m = marks(sender), n = marks(peer);
    const uint32_t window = get(peer.window) > slack ? get(peer.window) : uint32_t(slack);
    if (!(m & seen) && !(n & acks))
        return TcpVerdict::aside;
    const uint32_t sent = m & seen ? get(sender.end) : get(peer.acked);
    const uint32_t expected = n & acks ? get(peer.acked) : sent;
    if (within(expected, s.seq, sent))
        return TcpVerdict::pass;
    const uint32_t last = m & limited ? get(sender.limit) : sent + window;
    return within(expected - slack, s.seq, last) || !is_exact() ? TcpVerdict::aside : TcpVerdict::refuse;
}

bool TcpTrack::ack_fits(const TcpEnd &sender, const TcpEnd &peer, const TcpSegment &s) const
{
    const uint32_t m = marks(sender), n = marks(peer);
    if (!(n & seen))
        return true;
    const uint32_t offered = scaled(sender, s);
    uint32_t window = m & seen ? get(sender.window) : uint32_t(far);
    window = window > offered ? window : offered;
    window = window > slack ? window : uint32_t(slack);
    const uint32_t sent = get(peer.end);
    return within(sent - window - edges, s.ack, n & exact ? sent : sent + window);
}

bool TcpTrack::fits(const TcpEnd &sender, const TcpEnd &peer, const TcpSegment &s) const
{
    const uint32_t m = marks(sender), n = marks(peer);
    uint32_t window = get(peer.window) + edges;
    if ((m & n & exact) == 0 && window < slack)
        window = slack;
    if ((m & limited) && before(get(sender.limit) + (m & exact ? 0u : uint32_t(slack)), s.seq))
        return false;
    if ((m & seen) && (n & seen) && before(s.end(), get(sender.end) - window))
        return false;
    if (!(m & seen) && (n & acks) && before(s.end(), get(peer.acked) - window))
        return false;
    return ack_fits(sender, peer, s);
}

void TcpTrack::witness(TcpEnd &sender, TcpEnd &peer, const TcpSegment &s)
{
    const uint32_t m = marks(sender), n = marks(peer);
    const uint32_t offered = scaled(sender, s);
    raise(sender.end, s.end(), m & seen);
    raise(sender.acked, s.ack, m & acks);
    raise(peer.limit, s.ack + offered, n & limited);
    widen(sender, offered);
    if ((n & seen) && !(n & exact))
        raise(peer.end, s.ack);
    if ((m & (seen | acks)) != (seen | acks))
        mark(sender, seen | acks);
    if (!(n & limited))
        mark(peer, limited);
}

TcpVerdict TcpTrack::judge_rest(uint32_t life, Direction d, const TcpSegment &s)
{
    TcpEnd &sender = _ends[int(d)], &peer = _ends[1 - int(d)];
    if (unanswered(life) && (marks(_ends[0]) & exact))
        return d == Direction::reverse ? TcpVerdict::aside : TcpVerdict::refuse;
    if (!fits(sender, peer, s))
        return is_exact() ? TcpVerdict::refuse : TcpVerdict::bear;
    witness(sender, peer, s);
    // The other end knows this connection after all: it has not forgotten it for the SYN that went by.
    if (marks(peer) & awaits)
        peer.marks.fetch_and(~uint32_t(awaits), std::memory_order_relaxed);
    return TcpVerdict::pass;
}

TcpVerdict TcpTrack::judge(uint32_t life, Direction d, const TcpSegment &s)
{
    if (s.flags & flag_rst)
        return judge_reset(life, d, s);
    if (s.flags & flag_syn)
        return s.flags & flag_ack ? judge_syn_ack(life, d, s) : judge_syn(life, d, s);
    return judge_rest(life, d, s);
}

TcpVerdict TcpTrack::judge_state(uint32_t life, Direction d, const TcpSegment &s)
{
    const FlowState state = BindingRecord::state_of(life);
    if (!is_syn(s) || unanswered(life) || (state == FlowState::unknown && d == Direction::forward))
        return TcpVerdict::pass;
    return state == FlowState::fresh && d == Direction::forward ? TcpVerdict::pass : TcpVerdict::ask;
}

bool TcpTrack::plausible(Direction d, uint32_t seq) const
{
    const TcpEnd &sender = _ends[int(d)], &peer = _ends[1 - int(d)];
    const uint32_t m = marks(sender), n = marks(peer);
    if (!(m & n & exact))
        return true;
    const uint32_t window = get(peer.window) > slack ? get(peer.window) : uint32_t(slack);
    return within(get(sender.end) - window, seq, get(sender.end));
}

}  // namespace mimi

ELEMENT_PROVIDES(TcpTrack)

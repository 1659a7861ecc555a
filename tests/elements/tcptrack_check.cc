// SPDX-License-Identifier: Apache-2.0
// Two hosts speak TCP through a tracker: windows of all sizes that open, close and shrink, loss, duplicates, packets that overtake
// each other, retransmissions, probes, keep-alives, sequence numbers that wrap, and a takeover in the middle. Whatever a host sends
// must go through; what no host can have sent must not. The hosts count in 64 bits, so nothing here knows how to wrap.
// Usage: tcptrack_check SEED STEPS. Prints the first wrong verdict and ends with 1.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include "elements/tcptrack.hh"

using namespace mimi;

namespace {

typedef uint64_t Number;  // of a byte, from a host's SYN on; what is on the wire is its lower half

std::mt19937 random_bits;
unsigned below(unsigned n) { return unsigned(random_bits() % n); }

struct Wire {
    TcpSegment s;
    Number seq, ack, right_edge;  // of what the window allows
    bool keep_alive;
};

struct Host {
    Number start, unacked, next, edge;  // sending: what is out, and how far it may go
    Number expects = 0, offered_edge = 0;
    uint32_t buffer;
    int8_t scale;  // no_scale: does not offer
    bool established = false, finished = false;
    unsigned shift = 0;  // as agreed

    Host()
    {
        static const uint32_t buffers[] = {1, 500, 4000, 65535, 1000000, 200000000};
        start = unacked = next = edge = (Number(1 + below(1000)) << 32) - below(3000000);
        buffer = buffers[below(6)];
        scale = int8_t(below(4) ? int(below(15)) : int(TcpSegment::no_scale));
    }
};

Wire kept_alive(Wire w)
{
    w.keep_alive = true;
    return w;
}

struct Link {
    std::deque<Wire> to_box, from_box;
};

class Scene {
  public:
    Scene() { _track.reset(); }
    bool run(unsigned steps);

  private:
    Host _hosts[2];  // 0 begins
    Link _links[2];  // by sender
    TcpTrack _track;
    uint32_t _life = BindingRecord::make_life(FlowState::fresh, 0);
    bool _learned = false;                        // there was a takeover
    Number _highest_sent[2] = {0, 0}, _highest_edge[2] = {0, 0}, _highest_ack[2] = {0, 0};  // as the box saw them, by the host that sent it

    Wire segment(int i, Number seq, uint32_t length, uint8_t flags);
    void send(int i, const Wire &w);
    void act(int i);
    void send_data(int i);
    void deliver(int i);
    void receive(int i, const Wire &w);
    bool through_box(int i);
    bool forge();
    void take_over();
};

Wire Scene::segment(int i, Number seq, uint32_t length, uint8_t flags)
{
    Host &h = _hosts[i];
    const bool syn = flags & flag_syn;
    const uint32_t full = below(8) ? 0 : below(h.buffer < 60000 ? h.buffer + 1 : 60000);  // a window that shrinks
    uint32_t window = h.buffer - full;
    const unsigned shift = syn ? 0 : h.shift;
    const uint32_t most = uint32_t(65535) << shift;
    window = (window > most ? most : window) >> shift;
    Wire w;
    w.s.seq = uint32_t(seq);
    w.s.ack = uint32_t(h.expects);
    w.s.length = length + syn + !!(flags & flag_fin);
    w.s.window = uint16_t(window);
    w.s.flags = flags;
    w.s.scale = syn ? h.scale : int8_t(TcpSegment::no_scale);
    w.seq = seq;
    w.ack = h.expects;
    w.keep_alive = false;
    w.right_edge = h.expects + (Number(window) << shift);
    if (flags & flag_ack && w.right_edge > h.offered_edge)
        h.offered_edge = w.right_edge;
    return w;
}

void Scene::send(int i, const Wire &w)
{
    _links[i].to_box.push_back(w);
    if (below(20) == 0)
        _links[i].to_box.push_back(w);
}

void Scene::send_data(int i)
{
    Host &h = _hosts[i];
    const Number room = h.edge > h.next ? h.edge - h.next : 0;
    uint32_t length = 1 + below(room < 500000 || below(3) ? 1460 : 65000);
    if (Number(length) > room)
        length = uint32_t(room);
    const bool last = length && below(400) == 0 && length < room;
    if (h.finished || length == 0)
        return;
    send(i, segment(i, h.next, length, uint8_t(flag_ack | (last ? flag_fin : 0))));
    h.next += length + last;
    h.finished = last;
}

void Scene::act(int i)
{
    Host &h = _hosts[i];
    if (!h.established) {
        if (i == 0 && h.unacked == h.start) {
            send(0, segment(0, h.start, 0, flag_syn));
            h.next = h.start + 1;
        }
        return;
    }
    switch (below(8)) {
    case 0:  // again, from the first byte that was not acknowledged
        if (h.unacked != h.next) {
            const Number out = h.next - h.unacked - h.finished;
            const uint32_t length = out ? uint32_t(1 + below(unsigned(out > 65000 ? 65000 : out))) : 0;
            const bool last = h.finished && length == out;
            send(i, segment(i, h.unacked, length, uint8_t(flag_ack | (last ? flag_fin : 0))));
        }
        break;
    case 1:  // a keep-alive, with or without a byte of garbage
        if (h.unacked == h.next && h.unacked > h.start + 1)
            send(i, kept_alive(segment(i, h.next - 1, below(2), flag_ack)));
        break;
    case 2:
        send(i, segment(i, h.next, 0, flag_ack));
        break;
    case 3:  // a probe of a window that is closed
        if (h.edge <= h.next && !h.finished)
            send(i, segment(i, h.next, 1, flag_ack));
        break;
    default:
        send_data(i);
    }
}

void Scene::receive(int i, const Wire &w)
{
    Host &h = _hosts[i], &other = _hosts[1 - i];
    if (w.s.flags & flag_syn) {
        if (h.expects == 0)
            h.expects = w.seq + 1;
        const bool both = h.scale >= 0 && other.scale >= 0;
        h.shift = both ? unsigned(h.scale) : 0;
        if (i == 1) {
            send(1, segment(1, h.start, 0, flag_syn | flag_ack));
            h.next = h.next == h.start ? h.start + 1 : h.next;
            return;
        }
    }
    if (!(w.s.flags & flag_ack))
        return;
    if (w.ack > h.unacked && w.ack <= h.next)
        h.unacked = w.ack;
    if (h.unacked > h.start)
        h.established = true;
    if (w.right_edge > h.edge)
        h.edge = w.right_edge;
    const Number end = w.seq + w.s.length;
    if (w.seq <= h.expects && end > h.expects)
        h.expects = end < h.offered_edge + 1 ? end : h.offered_edge + 1;  // a FIN may lie on the edge
    if (w.s.length || below(4) == 0)
        send(i, segment(i, h.next, 0, flag_ack));
}

// From the box to the other host: some are lost, some overtake.
void Scene::deliver(int i)
{
    std::deque<Wire> &queue = _links[i].from_box;
    if (queue.empty())
        return;
    const size_t which = queue.size() > 1 && below(6) == 0;
    const Wire w = queue[which];
    queue.erase(queue.begin() + long(which));
    if (below(12))
        receive(1 - i, w);
}

bool Scene::through_box(int i)
{
    std::deque<Wire> &queue = _links[i].to_box;
    if (queue.empty())
        return true;
    const size_t which = queue.size() > 1 && below(6) == 0;
    const Wire w = queue[which];
    queue.erase(queue.begin() + long(which));
    if (below(12) == 0)
        return true;
    const Direction d = i == 0 ? Direction::forward : Direction::reverse;
    TcpVerdict verdict = TcpVerdict::pass;
    if (_highest_sent[0] == 0 && !_learned)
        _track.begin(w.s);
    else
        verdict = _track.judge(_life, d, w.s);
    const bool says_nothing = w.seq + w.s.length <= _highest_ack[1 - i] && w.ack <= _highest_ack[i];
    if (verdict == TcpVerdict::refuse || verdict == TcpVerdict::ask) {
        if (says_nothing && !(w.keep_alive && w.seq + 1 >= _highest_sent[i]))
            return true;  // so late that the other end has had all of it
        printf("%s: flags %02x seq %llu length %u ack %llu: verdict %d\n", i ? "server" : "client", w.s.flags,
               static_cast<unsigned long long>(w.seq), w.s.length, static_cast<unsigned long long>(w.ack), int(verdict));
        return false;
    }
    if (verdict != TcpVerdict::aside)
        _life = next_life(_life, d, w.s.flags);
    if (w.seq + w.s.length > _highest_sent[i])
        _highest_sent[i] = w.seq + w.s.length;
    const Number edge = w.s.flags & flag_ack ? w.right_edge : _hosts[1 - i].start + 1 + w.s.window;
    if (edge > _highest_edge[i])
        _highest_edge[i] = edge;
    if ((w.s.flags & flag_ack) && w.ack > _highest_ack[i])
        _highest_ack[i] = w.ack;
    _links[i].from_box.push_back(w);
    return true;
}

// What nobody can have sent, on a flow whose beginning was seen; the verdict of a copy, so that nothing is learned from it.
bool Scene::forge()
{
    if (_learned || !_hosts[0].established || !_hosts[1].established || !_highest_edge[0] || !_highest_edge[1]
        || BindingRecord::state_of(_life) != FlowState::established)
        return true;
    const int i = int(below(2));
    const Direction d = i == 0 ? Direction::forward : Direction::reverse;
    Wire w = segment(i, _hosts[i].next, below(1000), flag_ack);
    const char *what;
    const uint32_t far = 2 + below(1u << 29);
    switch (below(4)) {
    case 0:
        what = "data beyond the window";
        w.s.seq = uint32_t(_highest_edge[1 - i]) + far + 1;
        break;
    case 1:
        what = "an acknowledgement of what was never sent";
        w.s.ack = uint32_t(_highest_sent[1 - i]) + far;
        break;
    case 2:
        what = "a reset from nowhere";
        w.s.seq = uint32_t(_highest_edge[1 - i]) + far + 1;
        w.s.flags = flag_rst;
        break;
    default:
        what = "a reset in the window, not at its beginning";
        w.s.seq = uint32_t(_highest_sent[i]) + 1 + below(1000);
        w.s.flags = flag_rst;
    }
    unsigned char copy[sizeof(TcpTrack)];
    memcpy(copy, &_track, sizeof(copy));
    const TcpVerdict verdict = reinterpret_cast<TcpTrack *>(copy)->judge(_life, d, w.s);
    if (verdict == TcpVerdict::refuse || (w.s.flags == flag_rst && verdict == TcpVerdict::aside && strstr(what, "beginning")))
        return true;
    printf("%s of the %s: verdict %d\n", what, i ? "server" : "client", int(verdict));
    return false;
}

void Scene::take_over()
{
    _learned = true;
    _track.reset();
    const bool lost = below(2);
    const FlowState state = BindingRecord::state_of(_life);
    if (state == FlowState::fresh)
        _life = BindingRecord::make_life(below(2) ? FlowState::unknown : FlowState::fresh, adopted_flags(state));
    else
        _life = BindingRecord::make_life(below(4) ? state : FlowState::unknown, adopted_flags(state));
    for (Link &link : _links) {
        if (lost)
            link.to_box.clear();
        link.from_box.clear();
    }
}

bool Scene::run(unsigned steps)
{
    const unsigned when = below(3) ? below(steps) : steps;
    for (unsigned step = 0; step != steps; ++step) {
        if (step == when)
            take_over();
        const int i = int(below(2));
        switch (below(3)) {
        case 0:
            if (_links[i].to_box.size() < 8)
                act(i);
            break;
        case 1:
            if (!through_box(i))
                return false;
            break;
        default:
            deliver(i);
        }
        if (!forge())
            return false;
    }
    return true;
}

}  // namespace

int main(int, char **argv)
{
    random_bits.seed(unsigned(atoi(argv[1])));
    for (int scene = 0; scene != 200; ++scene) {
        Scene s;
        if (!s.run(unsigned(atoi(argv[2])))) {
            printf("scene %d\n", scene);
            return 1;
        }
    }
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "aggregateipflows.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>
#include <clicknet/icmp.h>
#include <clicknet/tcp.h>
#include <cstring>

namespace {

// The header of the packet that an ICMP error is about; null when there is none.
const click_ip *header_in_error(const Packet *packet)
{
    if (packet->transport_length() < static_cast<int>(sizeof(click_icmp) + sizeof(click_ip)))
        return nullptr;
    switch (packet->icmp_header()->icmp_type) {
    case ICMP_UNREACH:
    case ICMP_TIMXCEED:
    case ICMP_PARAMPROB:
    case ICMP_SOURCEQUENCH:
    case ICMP_REDIRECT:
        break;
    default:
        return nullptr;
    }
    const click_ip *inner = reinterpret_cast<const click_ip *>(packet->icmp_header() + 1);
    return inner->ip_hl >= 5 ? inner : nullptr;
}

bool has_flows(const click_ip *ip)
{
    return (ip->ip_p == IP_PROTO_TCP || ip->ip_p == IP_PROTO_UDP) && (ip->ip_src.s_addr || ip->ip_dst.s_addr);
}

// The same for both directions.
IPFlowID hosts(const click_ip *ip)
{
    IPAddress a(ip->ip_src), b(ip->ip_dst);
    return a.addr() < b.addr() ? IPFlowID(a, 0, b, 0) : IPFlowID(b, 0, a, 0);
}

uint64_t datagram_key(const click_ip *ip)
{
    return uint64_t{ip->ip_src.s_addr} << 16 | ip->ip_id;
}

// The TCP flags; none where they were not captured or the packet is none of TCP's.
unsigned flags_of(const Packet *packet)
{
    const click_ip *ip = packet->ip_header();
    return ip->ip_p == IP_PROTO_TCP && IP_FIRSTFRAG(ip) && packet->transport_length() >= 14 ? packet->tcp_header()->th_flags : 0;
}

}  // namespace

int AggregateIPFlows::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh)
        .read("TCP_TIMEOUT", SecondsArg(), _tcp_timeout)
        .read("TCP_DONE_TIMEOUT", SecondsArg(), _tcp_done_timeout)
        .read("UDP_TIMEOUT", SecondsArg(), _udp_timeout)
        .read("FRAGMENT_TIMEOUT", SecondsArg(), _fragment_timeout)
        .read("REAP", SecondsArg(), _reap_interval)
        .read("ICMP", _icmp)
        .read("FRAGMENTS", _fragments)
        .read_status(_fragments_given)
        .complete();
}

int AggregateIPFlows::initialize(ErrorHandler *errh)
{
    if (!input_is_pull(0))
        return 0;
    if (_fragments && _fragments_given)
        return errh->error("FRAGMENTS needs packets that are pushed");
    _fragments = false;
    return 0;
}

void AggregateIPFlows::cleanup(CleanupStage)
{
    for (Queues &queues : _queues) {
        for (auto &[pair, queue] : queues)
            for (const Held &held : queue.packets)
                held.packet->kill();
        queues.clear();
    }
}

bool AggregateIPFlows::over(const Flow &flow, bool tcp, const Timestamp &now) const
{
    uint32_t timeout = !tcp ? _udp_timeout : flow.finished == 3 ? _tcp_done_timeout : _tcp_timeout;
    return now - flow.last > Timestamp(timeout, 0);
}

// `begins`: the packet opens a connection.
AggregateIPFlows::Flow &AggregateIPFlows::find_flow(const IPFlowID &key, bool reverse, bool tcp, bool begins, const Timestamp &now)
{
    auto [position, made] = _flows[tcp].try_emplace(key, Flow{_next, now, reverse});
    Flow &flow = position->second;
    if (!made) {
        if (!over(flow, tcp, now) && !(flow.finished == 3 && begins))
            return flow;
        flow = Flow{_next, now, reverse};
    }
    ++_next;
    return flow;
}

// Gives the packet the number of the flow that `ip` is of. False when that header or the ports are not there.
bool AggregateIPFlows::join_flow(Packet *packet, const click_ip *ip, bool error)
{
    const unsigned char *transport = reinterpret_cast<const unsigned char *>(ip) + ip->ip_hl * 4;
    if (!IP_FIRSTFRAG(ip) || packet->end_data() - transport < 4)
        return false;
    uint16_t ports[2];
    memcpy(ports, transport, sizeof(ports));
    IPFlowID key(IPAddress(ip->ip_src), ports[0], IPAddress(ip->ip_dst), ports[1]);
    bool reverse = ip->ip_src.s_addr != ip->ip_dst.s_addr ? ip->ip_src.s_addr > ip->ip_dst.s_addr : ports[0] > ports[1];
    if (reverse)
        key = key.reverse();
    unsigned flags = error ? 0 : flags_of(packet);
    const Timestamp &now = packet->timestamp_anno();
    Flow &flow = find_flow(key, reverse, ip->ip_p == IP_PROTO_TCP, flags & TH_SYN, now);
    flow.last = now;
    int direction = reverse != flow.reverse;
    if (flags & TH_RST)
        flow.finished = 3;
    else if (flags & TH_FIN)
        flow.finished |= 1 << direction;
    else if (flags & TH_SYN)
        flow.finished = 0;
    SET_AGGREGATE_ANNO(packet, flow.aggregate);
    SET_PAINT_ANNO(packet, direction + (error ? 2 : 0));
    return true;
}

AggregateIPFlows::Verdict AggregateIPFlows::handle(Packet *packet, Released &out)
{
    if (!packet->has_network_header() || packet->network_length() < static_cast<int>(sizeof(click_ip)))
        return reject;
    if (!packet->timestamp_anno()) {
        if (!_warned)
            click_chatter("%p{element}: packets without timestamps; those that come are taken as of now", this);
        _warned = true;
        packet->timestamp_anno().assign_now();
    }
    const click_ip *ip = packet->ip_header();
    bool error = _icmp && ip->ip_p == IP_PROTO_ICMP && IP_FIRSTFRAG(ip);
    if (error)
        ip = header_in_error(packet);
    if (!ip || !has_flows(ip))
        return reject;
    const Timestamp now = packet->timestamp_anno();
    if (now >= _next_reap)
        reap(now, out);
    bool fragment = _fragments && !error && IP_ISFRAG(ip);
    bool joined = join_flow(packet, ip, error);
    if (!joined && (!fragment || IP_FIRSTFRAG(ip)))
        return reject;
    if (!joined) {
        SET_AGGREGATE_ANNO(packet, 0);
        SET_PAINT_ANNO(packet, 0);
    }
    Queues &queues = _queues[ip->ip_p == IP_PROTO_TCP];
    IPFlowID pair = hosts(ip);
    auto position = queues.find(pair);
    if (position == queues.end()) {
        if (!fragment)
            return emit;
        position = queues.try_emplace(pair).first;
    }
    hold(packet, fragment, position->second);
    release_due(position->second, now, out);
    if (position->second.packets.empty())
        queues.erase(position);
    return keep;
}

void AggregateIPFlows::hold(Packet *packet, bool fragment, Queue &queue)
{
    queue.packets.push_back(Held{packet, fragment});
    if (!fragment)
        return;
    Datagram &datagram = queue.datagrams[datagram_key(packet->ip_header())];
    ++datagram.held;
    if (AGGREGATE_ANNO(packet)) {
        datagram.aggregate = AGGREGATE_ANNO(packet);
        datagram.paint = PAINT_ANNO(packet);
    }
}

void AggregateIPFlows::release_head(Queue &queue, Released &out)
{
    Held head = queue.packets.front();
    queue.packets.pop_front();
    if (head.fragment) {
        auto position = queue.datagrams.find(datagram_key(head.packet->ip_header()));
        Datagram &datagram = position->second;
        SET_AGGREGATE_ANNO(head.packet, datagram.aggregate);
        SET_PAINT_ANNO(head.packet, datagram.paint);
        if (--datagram.held == 0)
            queue.datagrams.erase(position);
    }
    out.push_back(head.packet);
}

void AggregateIPFlows::release_due(Queue &queue, const Timestamp &now, Released &out) const
{
    const Timestamp timeout(_fragment_timeout, 0);
    while (!queue.packets.empty()
           && (!queue.packets.front().fragment || now - queue.packets.front().packet->timestamp_anno() > timeout))
        release_head(queue, out);
}

void AggregateIPFlows::reap(const Timestamp &now, Released &out)
{
    _next_reap = now + Timestamp(_reap_interval, 0);
    for (int tcp = 0; tcp < 2; ++tcp) {
        for (auto &[pair, queue] : _queues[tcp])
            release_due(queue, now, out);
        std::erase_if(_queues[tcp], [](const auto &entry) { return entry.second.packets.empty(); });
        std::erase_if(_flows[tcp], [&](const auto &entry) { return over(entry.second, tcp, now); });
    }
}

// Aggregate 0: a fragment whose first one never came.
void AggregateIPFlows::push_released(const Released &out)
{
    for (Packet *packet : out)
        if (AGGREGATE_ANNO(packet))
            output(0).push(packet);
        else
            checked_output_push(1, packet);
}

void AggregateIPFlows::push(int, Packet *packet)
{
    Released out;
    Verdict verdict = handle(packet, out);
    push_released(out);
    if (verdict == emit)
        output(0).push(packet);
    else if (verdict == reject)
        checked_output_push(1, packet);
}

Packet *AggregateIPFlows::pull(int)
{
    Released none;  // where packets are pulled, fragments are not held
    Packet *packet = input(0).pull();
    if (!packet || handle(packet, none) == emit)
        return packet;
    checked_output_push(1, packet);
    return nullptr;
}

int AggregateIPFlows::clear_handler(const String &, Element *element, void *, ErrorHandler *)
{
    AggregateIPFlows *a = static_cast<AggregateIPFlows *>(element);
    Released out;
    for (int tcp = 0; tcp < 2; ++tcp) {
        for (auto &[pair, queue] : a->_queues[tcp])
            while (!queue.packets.empty())
                release_head(queue, out);
        a->_queues[tcp].clear();
        a->_flows[tcp].clear();
    }
    a->push_released(out);
    return 0;
}

void AggregateIPFlows::add_handlers()
{
    add_write_handler("clear", clear_handler, 0, Handler::BUTTON);
}

EXPORT_ELEMENT(AggregateIPFlows)

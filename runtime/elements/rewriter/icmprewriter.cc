// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "icmprewriter.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>
#include <clicknet/icmp.h>
#include <algorithm>
#include "headerrewrite.hh"

using mimi::FlowStore;
using mimi::FlowTuple;

int ICMPRewriter::add_map(const String &word, ErrorHandler *errh)
{
    const int colon = word.find_left(':');
    int offset = -1;
    Element *element = nullptr;
    if (colon < 0 || (IntArg().parse(word.substring(colon + 1), offset) && offset >= 0))
        element = cp_element(colon < 0 ? word : word.substring(0, colon), this);
    IPRewriterBase *rewriter = element ? static_cast<IPRewriterBase *>(element->cast("IPRewriterBase")) : nullptr;
    if (!rewriter)
        return errh->error("%s not an IP rewriter", word.c_str());
    if (offset >= 0 && offset + element->noutputs() > noutputs())
        return errh->error("%s port offset requires more than %d %s", word.c_str(), noutputs(),
                           noutputs() == 1 ? "output" : "outputs");
    _maps.push_back(Map{rewriter, offset});
    return 0;
}

int ICMPRewriter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String maps;
    bool reply_anno = false;
    int anno = 0;
    if (Args(conf, this, errh)
            .read_mp("MAPS", AnyArg(), maps)
            .read("DST_ANNO", _dst_anno)
            .read("REPLY_ANNO", AnnoArg(1), anno).read_status(reply_anno)
            .complete() < 0)
        return -1;
    _reply_anno_at = reply_anno ? anno : -1;
    Vector<String> words;
    cp_spacevec(maps, words);
    bool good = true;
    for (int i = 0; i < words.size(); ++i)
        good &= add_map(words[i], errh) >= 0;
    if (!good)
        return -1;
    if (_maps.empty())
        return errh->error("no IP rewriters supplied");
    const bool offsets = std::any_of(_maps.begin(), _maps.end(), [](const Map &m) { return m.offset >= 0; });
    _other = noutputs() > 1 && !offsets ? 1 : -1;
    return 0;
}

// What of the packet inside the error can be told.
struct ICMPRewriter::Quoted {
    unsigned char *ip;
    unsigned char *transport;
    int transport_bytes;
    uint8_t proto;
    bool ports;        // TCP, UDP or DCCP with both
    bool identifier;   // echo request or reply with its identifier
    bool request;
    FlowTuple reversed;  // the tuple a packet the other way would have; the identifier is the source port

    // False: too little of it is there.
    bool read(WritablePacket *p);
};

bool ICMPRewriter::Quoted::read(WritablePacket *p)
{
    const int icmp_header = 8, ip_header_min = 20;
    ip = p->transport_header() + icmp_header;
    const int bytes = p->transport_length() - icmp_header;
    if (bytes < ip_header_min)
        return false;
    const int header_bytes = (ip[0] & 15) * 4;
    if (ip[0] >> 4 != 4 || header_bytes < ip_header_min || header_bytes > bytes)
        return false;
    transport = ip + header_bytes;
    transport_bytes = bytes - header_bytes;
    proto = ip[9];
    const bool first = (mimi::load16(ip + 6) & htons(IP_OFFMASK)) == 0;
    ports = first && transport_bytes >= 8
        && (proto == IP_PROTO_TCP || proto == IP_PROTO_UDP || proto == IP_PROTO_DCCP);
    request = transport_bytes && transport[0] == ICMP_ECHO;
    identifier = first && proto == IP_PROTO_ICMP && transport_bytes >= 6 && (request || transport[0] == ICMP_ECHOREPLY);
    reversed = FlowTuple{mimi::load32(ip + 16), mimi::load32(ip + 12), 0, 0};
    if (ports) {
        reversed.sport = mimi::load16(transport + 2);
        reversed.dport = mimi::load16(transport);
    } else if (identifier)
        reversed.sport = mimi::load16(transport + 4);
    return true;
}

// The quoted checksums follow; so does that of the error, by the difference of all words that may have changed.
void ICMPRewriter::translate(WritablePacket *p, const Quoted &q, const Map &map, FlowStore::Ref ref)
{
    const FlowTuple from = q.reversed.reversed(), back = map.rewriter->rewritten(ref, q.reversed), to = back.reversed();
    const unsigned span = static_cast<unsigned>(q.transport - q.ip) + static_cast<unsigned>(std::min(q.transport_bytes, 20)) / 2 * 2;
    const uint16_t before = mimi::fold(mimi::sum_words(q.ip, span));
    const uint32_t addresses = mimi::change_of_addresses(from, to);
    mimi::store32(q.ip + 12, to.saddr);
    mimi::store32(q.ip + 16, to.daddr);
    mimi::update_sum(q.ip + 10, addresses);
    uint32_t change = addresses;
    if (q.ports) {
        mimi::store16(q.transport, to.sport);
        mimi::store16(q.transport + 2, to.dport);
        change += mimi::change_of_ports(from, to);
        if (q.proto == IP_PROTO_TCP) {
            // The quoted packet left with its sequence number shifted: shift it back.
            const uint32_t number = mimi::load32(q.transport + 4);
            const uint32_t original = htonl(map.rewriter->original_sequence(ref, ntohl(number)));
            mimi::store32(q.transport + 4, original);
            change += mimi::change32(number, original);
        }
        if (q.proto == IP_PROTO_TCP && q.transport_bytes >= mimi::tcp_checksum_end)
            mimi::update_sum(q.transport + 16, change);
        else if (q.proto == IP_PROTO_UDP)
            mimi::update_udp_sum(q.transport + 6, change);
    } else if (q.identifier) {
        const uint16_t identifier = q.request ? back.dport : back.sport;
        mimi::store16(q.transport + 4, identifier);
        mimi::update_sum(q.transport + 2, mimi::change16(q.reversed.sport, identifier));
    }
    unsigned char *icmp_sum = p->transport_header() + 2;
    mimi::update_sum(icmp_sum, mimi::change16(before, mimi::fold(mimi::sum_words(q.ip, span))));

    const FlowTuple outer = {mimi::load32(p->network_header() + 12), mimi::load32(p->network_header() + 16), 0, 0};
    const FlowTuple outer_to = {outer.saddr == q.reversed.saddr ? back.saddr : outer.saddr,
                                outer.daddr == q.reversed.daddr ? back.daddr : outer.daddr, 0, 0};
    mimi::rewrite_addresses_only(p, outer, outer_to);
    if (_dst_anno)
        p->set_dst_ip_anno(IPAddress(outer_to.daddr));
    if (_reply_anno_at >= 0 && FlowStore::is_reply(ref))
        p->set_anno_u8(_reply_anno_at, map.rewriter->store().at(FlowStore::number(ref)).reply_anno);
}

int ICMPRewriter::handle(WritablePacket *p)
{
    const uint8_t type = p->icmp_header()->icmp_type;
    Quoted q;
    if ((type != ICMP_UNREACH && type != ICMP_SOURCEQUENCH && type != ICMP_REDIRECT && type != ICMP_TIMXCEED
         && type != ICMP_PARAMPROB)
        || !q.read(p))
        return _other;
    for (const Map &map : _maps) {
        // A quoted echo reply went like a reply, so its error goes like a request.
        const bool forward = q.identifier && !q.request;
        const FlowStore::Ref ref = forward ? map.rewriter->find_flow(q.proto, q.reversed)
                                           : map.rewriter->find_reply_to(q.proto, q.reversed);
        if (!ref)
            continue;
        translate(p, q, map, ref);
        return map.offset >= 0 ? map.offset + map.rewriter->output_of(ref) : 0;
    }
    return _other;
}

void ICMPRewriter::push(int, Packet *p)
{
    WritablePacket *q = p->uniqueify();
    if (!q)
        return;
    const bool icmp = q->has_network_header() && q->ip_header()->ip_p == IP_PROTO_ICMP && IP_FIRSTFRAG(q->ip_header())
        && q->transport_length() > 0;
    checked_output_push(icmp ? handle(q) : -1, q);
}

void ICMPRewriter::push_batch(int port, PacketBatch *batch)
{
    Element::push_batch(port, batch);
}

EXPORT_ELEMENT(ICMPRewriter)

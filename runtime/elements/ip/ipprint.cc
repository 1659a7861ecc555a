// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipprint.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/ipaddress.hh>
#include <click/packet_anno.hh>
#include <click/router.hh>
#include <click/straccum.hh>
#include <clicknet/icmp.h>
#include <clicknet/ip.h>
#include <clicknet/tcp.h>
#include <clicknet/udp.h>
#include <algorithm>
#include <utility>
#include "transportchecksum.hh"

bool IPPrint::parse_contents(const String &word, Contents &contents)
{
    String upper = word.upper();
    if (upper == "NONE" || upper == "FALSE")
        contents = contents_none;
    else if (upper == "HEX" || upper == "TRUE")
        contents = contents_hex;
    else if (upper == "ASCII")
        contents = contents_ascii;
    else
        return false;
    return true;
}

int IPPrint::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String contents = "NONE", payload = "NONE", length = "false";
    bool swap;
    if (Args(conf, this, errh)
            .read_p("LABEL", _label)
            .read("CONTENTS", WordArg(), contents)
            .read("PAYLOAD", WordArg(), payload)
            .read("MAXLENGTH", _max_length)
            .read("NBYTES", _max_length)
            .read("ID", _id)
            .read("TTL", _ttl)
            .read("TOS", _tos)
            .read("LENGTH", WordArg(), length)
            .read("TIMESTAMP", _timestamp)
            .read("PAINT", _paint)
            .read("AGGREGATE", _aggregate)
            .read("CHECKSUM", _checksum)
            .read("SWAP", swap)
            .read("ACTIVE", _active)
            .read("CHANNEL", WordArg(), _channel_name)
            .complete() < 0)
        return -1;
    if (!BoolArg().parse(length, _length) && !IntArg().parse(length, _max_length))
        return errh->error("LENGTH: expected Boolean or integer");
    if (!parse_contents(contents, _contents) || !parse_contents(payload, _payload))
        return errh->error("CONTENTS and PAYLOAD: expected NONE, HEX or ASCII");
    return 0;
}

int IPPrint::initialize(ErrorHandler *)
{
    _channel = router()->chatter_channel(_channel_name);
    return 0;
}

void IPPrint::print_tcp(StringAccum &sa, const Packet *packet, int length) const
{
    const click_ip *ip = packet->ip_header();
    const click_tcp *tcp = packet->tcp_header();
    if (length < 4) {
        sa << IPAddress(ip->ip_src).unparse() << " > " << IPAddress(ip->ip_dst).unparse() << ": truncated-tcp";
        return;
    }
    sa << IPAddress(ip->ip_src).unparse() << '.' << ntohs(tcp->th_sport) << " > " << IPAddress(ip->ip_dst).unparse() << '.'
       << ntohs(tcp->th_dport) << ": ";
    if (length < 20) {
        sa << "truncated-tcp";
        return;
    }
    static const std::pair<int, char> letters[] = {{TH_SYN, 'S'}, {TH_FIN, 'F'}, {TH_RST, 'R'}, {TH_PUSH, 'P'}};
    int flags = tcp->th_flags, before = sa.length();
    for (const auto &[flag, letter] : letters)
        if (flags & flag)
            sa << letter;
    if (sa.length() == before)
        sa << '.';
    uint32_t sequence = ntohl(tcp->th_seq);
    int payload = ntohs(ip->ip_len) - ip->ip_hl * 4 - tcp->th_off * 4;
    // SYN and FIN take a sequence number each.
    int length_in_sequence = payload + (flags & TH_SYN ? 1 : 0) + (flags & TH_FIN ? 1 : 0);
    sa << ' ' << sequence << ':' << sequence + length_in_sequence << '(' << length_in_sequence << ',' << packet->length() << ',' << ntohs(ip->ip_len) << ')';
    if (flags & TH_ACK)
        sa << " ack " << ntohl(tcp->th_ack);
    sa << " win " << ntohs(tcp->th_win);
    if (flags & TH_URG)
        sa << " urg " << ntohs(tcp->th_urp);
    if (_checksum && check_transport_checksum(packet, tcp->th_sum, length) == ChecksumState::bad)
        sa << " (bad checksum)";
}

void IPPrint::print_udp(StringAccum &sa, const Packet *packet, int length) const
{
    const click_ip *ip = packet->ip_header();
    const click_udp *udp = packet->udp_header();
    if (length < 4) {
        sa << IPAddress(ip->ip_src).unparse() << " > " << IPAddress(ip->ip_dst).unparse() << ": truncated-udp";
        return;
    }
    sa << IPAddress(ip->ip_src).unparse() << '.' << ntohs(udp->uh_sport) << " > " << IPAddress(ip->ip_dst).unparse() << '.'
       << ntohs(udp->uh_dport) << ": ";
    if (length < 8) {
        sa << "truncated-udp";
        return;
    }
    sa << "udp " << ntohs(udp->uh_ulen);
    if (_checksum && check_transport_checksum(packet, udp->uh_sum, length) == ChecksumState::bad)
        sa << " (bad checksum)";
}

static const char *unreachable_code(unsigned code)
{
    static const char *const names[] = {"net", "host", "protocol", "port", "needfrag", "srcroutefail"};
    return code < 6 ? names[code] : "other";
}

void IPPrint::print_icmp(StringAccum &sa, const Packet *packet, int length) const
{
    const click_ip *ip = packet->ip_header();
    const click_icmp *icmp = packet->icmp_header();
    sa << IPAddress(ip->ip_src).unparse() << " > " << IPAddress(ip->ip_dst).unparse() << ": icmp";
    if (length < 8) {
        sa << " truncated-icmp";
        return;
    }
    const click_icmp_sequenced *numbered = reinterpret_cast<const click_icmp_sequenced *>(icmp);
    switch (icmp->icmp_type) {
    case ICMP_ECHO:
    case ICMP_ECHOREPLY:
        sa << (icmp->icmp_type == ICMP_ECHO ? " echo (" : " echo-reply (") << ntohs(numbered->icmp_identifier) << ", "
           << ntohs(numbered->icmp_sequence) << ')';
        break;
    case ICMP_UNREACH:
        // Of whom it speaks: the destination of the packet it quotes.
        if (length >= 8 + static_cast<int>(sizeof(click_ip)))
            sa << ' ' << IPAddress(reinterpret_cast<const click_ip *>(icmp + 1)->ip_dst).unparse();
        sa << " unreachable " << unreachable_code(icmp->icmp_code);
        break;
    case ICMP_TIMXCEED:
        sa << " timeexceeded " << (icmp->icmp_code == 0 ? "transit" : "reassembly");
        break;
    case ICMP_PARAMPROB:
        sa << " parameterproblem";
        break;
    case ICMP_REDIRECT:
        sa << " redirect";
        break;
    case ICMP_SOURCEQUENCH:
        sa << " sourcequench";
        break;
    default:
        sa << " type " << static_cast<int>(icmp->icmp_type);
    }
}

void IPPrint::print_bytes(StringAccum &sa, const unsigned char *data, int length, Contents contents) const
{
    static const char digits[] = "0123456789abcdef";
    length = std::min(length, _max_length);
    int group = contents == contents_hex ? 4 : 8;
    for (int i = 0; i < length; ++i) {
        if (i % (6 * group) == 0)
            sa << "\n  ";
        else if (i % group == 0)
            sa << ' ';
        if (contents == contents_hex)
            sa << digits[data[i] >> 4] << digits[data[i] & 15];
        else
            sa << (data[i] >= 32 && data[i] < 127 ? static_cast<char>(data[i]) : '.');
    }
}

static void print_protocol(StringAccum &sa, const click_ip *ip)
{
    sa << IPAddress(ip->ip_src).unparse() << " > " << IPAddress(ip->ip_dst).unparse() << ": ";
    if (ip->ip_p == IP_PROTO_TCP)
        sa << "tcp";
    else if (ip->ip_p == IP_PROTO_UDP)
        sa << "udp";
    else if (ip->ip_p == IP_PROTO_ICMP)
        sa << "icmp";
    else
        sa << "ip-proto-" << static_cast<int>(ip->ip_p);
}

void IPPrint::print_packet(StringAccum &sa, const Packet *packet) const
{
    const click_ip *ip = packet->ip_header();
    if (_id)
        sa << "id " << ntohs(ip->ip_id) << ' ';
    if (_ttl)
        sa << "ttl " << static_cast<int>(ip->ip_ttl) << ' ';
    if (_tos)
        sa << "tos " << static_cast<int>(ip->ip_tos) << ' ';
    if (_length)
        sa << "length " << ntohs(ip->ip_len) << ' ';
    int length = packet->transport_length();
    bool first = IP_FIRSTFRAG(ip);
    if (first && ip->ip_p == IP_PROTO_TCP)
        print_tcp(sa, packet, length);
    else if (first && ip->ip_p == IP_PROTO_UDP)
        print_udp(sa, packet, length);
    else if (first && ip->ip_p == IP_PROTO_ICMP)
        print_icmp(sa, packet, length);
    else
        print_protocol(sa, ip);
    if (IP_ISFRAG(ip))
        sa << " (frag " << ntohs(ip->ip_id) << ':' << ntohs(ip->ip_len) - ip->ip_hl * 4 << '@'
           << (ntohs(ip->ip_off) & IP_OFFMASK) * 8 << (ip->ip_off & htons(IP_MF) ? "+" : "") << ')';
}

Packet *IPPrint::simple_action(Packet *packet)
{
    if (!_active)
        return packet;
    StringAccum sa;
    if (_label)
        sa << _label << ": ";
    if (_timestamp)
        sa << packet->timestamp_anno().unparse() << ": ";
    if (_aggregate)
        sa << '#' << AGGREGATE_ANNO(packet);
    if (_paint)
        sa << (_aggregate ? "." : "paint ") << static_cast<int>(PAINT_ANNO(packet));
    if (_aggregate || _paint)
        sa << ": ";
    if (!packet->has_network_header()) {
        sa << "(Not an IP packet)";
    } else if (packet->network_length() < 20) {
        sa << "truncated-ip (" << packet->network_length() << ')';
    } else {
        print_packet(sa, packet);
        if (_contents != contents_none)
            print_bytes(sa, packet->data(), packet->length(), _contents);
        if (_payload != contents_none && packet->transport_length() > 0) {
            int header = packet->ip_header()->ip_p == IP_PROTO_TCP && packet->transport_length() >= 20
                             ? packet->tcp_header()->th_off * 4
                             : 8;
            if (header < packet->transport_length())
                print_bytes(sa, packet->transport_header() + header, packet->transport_length() - header, _payload);
        }
    }
    _channel->message("%s", sa.c_str());
    return packet;
}

void IPPrint::add_handlers()
{
    add_data_handlers("active", Handler::OP_READ | Handler::OP_WRITE | Handler::CHECKBOX, &_active);
}

EXPORT_ELEMENT(IPPrint)

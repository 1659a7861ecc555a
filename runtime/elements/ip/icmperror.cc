// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "icmperror.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/confparse.hh>
#include <click/glue.hh>
#include <click/packet_anno.hh>
#include <clicknet/icmp.h>
#include <clicknet/ip.h>
#include <algorithm>
#include <atomic>
#include <cstring>

namespace {

struct Word {
    const char *text;
    int type;  // -1: for every type
    unsigned value;
};

const Word type_words[] = {{"echo-reply", -1, 0},  {"unreachable", -1, 3},   {"sourcequench", -1, 4}, {"redirect", -1, 5},
                           {"echo", -1, 8},        {"timeexceeded", -1, 11}, {"parameterproblem", -1, 12}};
const Word code_words[] = {{"net", ICMP_UNREACH, 0},         {"host", ICMP_UNREACH, 1},        {"protocol", ICMP_UNREACH, 2},
                           {"port", ICMP_UNREACH, 3},        {"needfrag", ICMP_UNREACH, 4},    {"srcroutefail", ICMP_UNREACH, 5},
                           {"net", ICMP_REDIRECT, 0},        {"host", ICMP_REDIRECT, 1},       {"tosnet", ICMP_REDIRECT, 2},
                           {"toshost", ICMP_REDIRECT, 3},    {"transit", ICMP_TIMXCEED, 0},    {"reassembly", ICMP_TIMXCEED, 1},
                           {"erroratptr", ICMP_PARAMPROB, 0}, {"missingopt", ICMP_PARAMPROB, 1}, {"length", ICMP_PARAMPROB, 2}};

template <size_t N>
uint32_t find_word(const Word (&words)[N], int type, const String &text, bool &good)
{
    uint32_t value;
    good = true;
    for (const Word &word : words)
        if (text == word.text && (word.type < 0 || word.type == type))
            return word.value;
    good = IntArg().parse(text, value) && value <= 255;
    return good ? value : 0;
}

// The first sound source route option of a header, or null.
const unsigned char *source_route(const Packet *packet)
{
    const unsigned char *option = packet->network_header() + sizeof(click_ip);
    const unsigned char *end = packet->network_header() + std::min(packet->ip_header()->ip_hl * 4, packet->network_length());
    while (option < end && *option != IPOPT_EOL) {
        if ((*option == IPOPT_LSRR || *option == IPOPT_SSRR) && option + 2 < end && option + option[1] <= end
            && option[2] >= 4 && option[2] % 4 == 0 && option[2] <= option[1] + 1)
            return option;
        if (*option == IPOPT_NOP)
            ++option;
        else if (option + 1 < end && option[1] >= 2)
            option += option[1];
        else
            break;
    }
    return nullptr;
}

// The way back: the addresses that the packet came by, last first, as an option that ends with its word. Returns its length.
unsigned reverse_route(const unsigned char *route, unsigned char *to)
{
    unsigned travelled = route[2] - 4;
    to[0] = route[0];
    to[1] = travelled + 3;
    to[2] = 4;
    for (unsigned i = 0; i < travelled; i += 4)
        memcpy(to + 3 + i, route + 3 + travelled - 4 - i, 4);
    to[3 + travelled] = IPOPT_EOL;
    return travelled + 4;
}

// All errors of the process count on, so that those to one host differ.
std::atomic<uint32_t> last_id{0};

}  // namespace

int ICMPError::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String type_text, code_text = "0", bad;
    if (Args(conf, this, errh)
            .read_mp("SRC", _source)
            .read_mp("TYPE", AnyArg(), type_text)
            .read_p("CODE", AnyArg(), code_text)
            .read_p("BADADDRS", AnyArg(), bad)
            .read_p("MTU", _mtu)
            .read("PMTU", _pmtu)
            .read("SET_FIX_ANNO", _set_fix_anno)
            .complete() < 0)
        return -1;
    bool good;
    _type = find_word(type_words, -1, type_text, good);
    if (!good)
        return errh->error("TYPE: expected an ICMP type, found '%s'", type_text.c_str());
    if (_type != ICMP_UNREACH && _type != ICMP_SOURCEQUENCH && _type != ICMP_REDIRECT && _type != ICMP_TIMXCEED
        && _type != ICMP_PARAMPROB)
        return errh->error("TYPE: '%s' is no error", type_text.c_str());
    _code = find_word(code_words, _type, code_text, good);
    if (!good)
        return errh->error("CODE: '%s' is no code of this type", code_text.c_str());
    if (_mtu < sizeof(click_ip) + 8 + 68)  // a header with all options, and something quoted
        return errh->error("MTU must be at least %d", int(sizeof(click_ip) + 8 + 68));
    Vector<String> words;
    cp_spacevec(bad, words);
    for (int i = 0; i < words.size(); ++i) {
        IPAddress address;
        if (!IPAddressArg().parse(words[i], address, this))
            return errh->error("BADADDRS: expected IP addresses, found '%s'", words[i].c_str());
        _bad_addresses.push_back(address.addr());
    }
    return 0;
}

bool ICMPError::is_bad(uint32_t address) const
{
    return std::find(_bad_addresses.begin(), _bad_addresses.end(), address) != _bad_addresses.end();
}

bool ICMPError::names_one_host(uint32_t address) const
{
    uint32_t a = ntohl(address);
    // This network, loopback, multicast and the reserved class with the limited broadcast name no single remote host.
    if ((a >> 24) == 0 || (a >> 24) == 127 || (a >> 28) >= 0xE)
        return false;
    return !is_bad(address);
}

bool ICMPError::may_answer(const Packet *packet) const
{
    const click_ip *ip = packet->ip_header();
    if (!packet->has_network_header() || !IP_FIRSTFRAG(ip) || !names_one_host(ip->ip_src.s_addr))
        return false;
    int type = packet->packet_type_anno();
    if (type == Packet::BROADCAST || type == Packet::MULTICAST)
        return false;
    if ((ntohl(ip->ip_dst.s_addr) >> 28) == 0xE || ip->ip_dst.s_addr == 0xFFFFFFFFU || is_bad(ip->ip_dst.s_addr))
        return false;
    if (_type == ICMP_REDIRECT && source_route(packet))
        return false;
    if (ip->ip_p != IP_PROTO_ICMP)
        return true;
    if (packet->transport_length() < 4)
        return false;
    // Only queries and their answers may be answered by an error.
    switch (packet->icmp_header()->icmp_type) {
    case ICMP_ECHO:
    case ICMP_ECHOREPLY:
    case ICMP_TSTAMP:
    case ICMP_TSTAMPREPLY:
    case ICMP_IREQ:
    case ICMP_IREQREPLY:
    case ICMP_MASKREQ:
    case ICMP_MASKREQREPLY:
    case ICMP_ROUTERADVERT:
    case ICMP_ROUTERSOLICIT:
        return true;
    default:
        return false;
    }
}

// A packet that came by a source route is answered along it (RFC 1812 4.3.2.6), unless the route is what is wrong.
unsigned ICMPError::way_back(const Packet *packet, unsigned char *option) const
{
    const unsigned char *route = source_route(packet);
    if (!route)
        return 0;
    const unsigned char *problem = packet->network_header() + ICMP_PARAMPROB_ANNO(packet);
    if (_type == ICMP_PARAMPROB && _code == 0 && problem >= route && problem < route + route[1])
        return 0;
    return reverse_route(route, option);
}

Packet *ICMPError::make_error(const Packet *packet)
{
    const click_ip *old = packet->ip_header();
    unsigned char option[40];
    unsigned option_length = way_back(packet, option);
    unsigned header_length = sizeof(click_ip) + option_length;
    unsigned quoted = std::min<unsigned>(packet->network_length(), _mtu - header_length - 8);
    WritablePacket *error = Packet::make(header_length + 8 + quoted);
    if (!error)
        return nullptr;
    memset(error->data(), 0, header_length + 8);
    click_ip *ip = reinterpret_cast<click_ip *>(error->data());
    error->set_ip_header(ip, header_length);
    memcpy(ip + 1, option, option_length);
    ip->ip_v = 4;
    ip->ip_hl = header_length / 4;
    ip->ip_tos = _type == ICMP_SOURCEQUENCH ? old->ip_tos : 0xC0;  // internetwork control, RFC 1812 4.3.2.5
    ip->ip_len = htons(error->length());
    ip->ip_id = htons(static_cast<uint16_t>(++last_id));
    ip->ip_ttl = 255;
    ip->ip_p = IP_PROTO_ICMP;
    ip->ip_src = _source.in_addr();
    ip->ip_dst = old->ip_src;
    ip->ip_sum = click_in_cksum(error->data(), header_length);

    click_icmp *icmp = error->icmp_header();
    icmp->icmp_type = _type;
    icmp->icmp_code = _code;
    if (_type == ICMP_PARAMPROB && _code == 0)
        reinterpret_cast<click_icmp_paramprob *>(icmp)->icmp_pointer = ICMP_PARAMPROB_ANNO(packet);
    else if (_type == ICMP_REDIRECT)
        reinterpret_cast<click_icmp_redirect *>(icmp)->icmp_gateway = packet->dst_ip_anno().in_addr();
    else if (_type == ICMP_UNREACH && _code == 4)
        reinterpret_cast<click_icmp_needfrag *>(icmp)->icmp_nextmtu = htons(_pmtu);
    memcpy(icmp + 1, packet->network_header(), quoted);
    icmp->icmp_cksum = click_in_cksum(reinterpret_cast<unsigned char *>(icmp), 8 + quoted);

    error->set_dst_ip_anno(IPAddress(ip->ip_dst));
    if (_set_fix_anno)
        SET_FIX_IP_SRC_ANNO(error, 1);
    error->set_timestamp_anno(Timestamp::now());
    return error;
}

Packet *ICMPError::simple_action(Packet *packet)
{
    if (!may_answer(packet)) {
        ++_drops;
        checked_output_push(1, packet);
        return nullptr;
    }
    Packet *error = make_error(packet);
    packet->kill();
    _count += error != nullptr;
    return error;
}

void ICMPError::add_handlers()
{
    add_counter_handler(this, "count", &_count);
    add_counter_handler(this, "drops", &_drops);
}

EXPORT_ELEMENT(ICMPError)

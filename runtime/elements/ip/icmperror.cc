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
#include <cstring>
#include <string>

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

// The header's source route option; null when there is none, or it is broken.
const unsigned char *source_route(const click_ip *ip)
{
    const unsigned char *option = reinterpret_cast<const unsigned char *>(ip + 1);
    const unsigned char *end = reinterpret_cast<const unsigned char *>(ip) + ip->ip_hl * 4;
    while (option < end && *option != IPOPT_EOL) {
        if (*option == IPOPT_NOP) {
            ++option;
            continue;
        }
        if (option + 1 >= end || option[1] < 2 || option + option[1] > end)
            return nullptr;
        if (*option == IPOPT_LSRR || *option == IPOPT_SSRR)
            return option[1] >= 3 ? option : nullptr;
        option += option[1];
    }
    return nullptr;
}

// The way back (RFC 1812 section 4.3.2.6): the routers the packet came through, in reverse, as an option padded to words.
std::string way_back(const unsigned char *option)
{
    int visited = std::min<int>(option[2] - 4, option[1] - 3) / 4;
    if (visited < 1)
        return {};
    std::string back{static_cast<char>(option[0]), static_cast<char>(3 + 4 * visited), 4};
    for (int i = visited - 1; i >= 0; --i)
        back.append(reinterpret_cast<const char *>(option + 3 + 4 * i), 4);
    return back.append(1, static_cast<char>(IPOPT_EOL));
}

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
    if (_mtu < sizeof(click_ip) + 8 + 68)
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

bool ICMPError::names_one_host(uint32_t address) const
{
    uint32_t a = ntohl(address);
    // This network, loopback, multicast and the reserved class with the limited broadcast name no single remote host.
    if ((a >> 24) == 0 || (a >> 24) == 127 || (a >> 28) >= 0xE)
        return false;
    return std::find(_bad_addresses.begin(), _bad_addresses.end(), address) == _bad_addresses.end();
}

bool ICMPError::may_answer(const Packet *packet) const
{
    const click_ip *ip = packet->ip_header();
    if (!packet->has_network_header() || !IP_FIRSTFRAG(ip) || !names_one_host(ip->ip_src.s_addr))
        return false;
    int type = packet->packet_type_anno();
    if (type == Packet::BROADCAST || type == Packet::MULTICAST)
        return false;
    if ((ntohl(ip->ip_dst.s_addr) >> 28) == 0xE || ip->ip_dst.s_addr == 0xFFFFFFFFU)
        return false;
    if (_type == ICMP_REDIRECT && source_route(ip))
        return false;
    if (ip->ip_p != IP_PROTO_ICMP)
        return true;
    if (packet->transport_length() < 1)
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

Packet *ICMPError::make_error(const Packet *packet)
{
    const click_ip *old = packet->ip_header();
    const unsigned char *route = packet->network_length() >= old->ip_hl * 4 ? source_route(old) : nullptr;
    const std::string back = route ? way_back(route) : std::string();
    const unsigned header = sizeof(click_ip) + back.length();
    unsigned quoted = std::min<unsigned>(packet->network_length(), _mtu - header - 8);
    WritablePacket *error = Packet::make(header + 8 + quoted);
    if (!error)
        return nullptr;
    memset(error->data(), 0, header + 8);
    click_ip *ip = reinterpret_cast<click_ip *>(error->data());
    memcpy(ip + 1, back.data(), back.length());
    error->set_ip_header(ip, header);
    ip->ip_v = 4;
    ip->ip_hl = header / 4;
    ip->ip_tos = _type == ICMP_SOURCEQUENCH ? old->ip_tos : 0xC0;  // internetwork control, RFC 1812 4.3.2.5
    ip->ip_len = htons(error->length());
    ip->ip_ttl = 255;
    ip->ip_p = IP_PROTO_ICMP;
    ip->ip_src = _source.in_addr();
    ip->ip_dst = old->ip_src;
    ip->ip_sum = click_in_cksum(error->data(), header);

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
    add_data_handlers("count", Handler::OP_READ, &_count);
    add_data_handlers("drops", Handler::OP_READ, &_drops);
}

EXPORT_ELEMENT(ICMPError)

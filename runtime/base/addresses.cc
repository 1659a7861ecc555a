// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/args.hh>
#include <click/etheraddress.hh>
#include <click/ipaddress.hh>
#include <click/ipflowid.hh>
#include <click/nameinfo.hh>
#include <click/packet.hh>
#include <click/straccum.hh>
#include <clicknet/tcp.h>
#include "runtime/base/devicename.hh"
#include <bit>

// ---- IPv4

IPAddress::IPAddress(const String &text) : _addr(0)
{
    IPAddressArg::parse(text, *this);
}

IPAddress IPAddress::make_prefix(int length)
{
    return IPAddress(length <= 0 ? 0 : htonl(0xFFFFFFFFu << (32 - std::min(length, 32))));
}

int IPAddress::mask_to_prefix_len() const
{
    const uint32_t mask = ntohl(_addr);
    const int length = std::countl_one(mask);
    return make_prefix(length)._addr == _addr ? length : -1;
}

String IPAddress::unparse() const
{
    StringAccum sa;
    sa << *this;
    return sa.take_string();
}

String IPAddress::unparse_mask() const
{
    const int length = mask_to_prefix_len();
    return length >= 0 ? String(length) : unparse();
}

String IPAddress::unparse_with_mask(IPAddress mask) const
{
    return unparse() + "/" + mask.unparse_mask();
}

StringAccum &operator<<(StringAccum &sa, IPAddress a)
{
    const unsigned char *p = a.data();
    return sa << int{p[0]} << '.' << int{p[1]} << '.' << int{p[2]} << '.' << int{p[3]};
}

// One to four numbers with dots between them; returns the end of what could be read.
const char *IPAddressArg::basic_parse(const char *begin, const char *end, unsigned char *value, int &nbytes)
{
    const char *s = begin;
    memset(value, 0, 4);
    for (nbytes = 0; nbytes < 4; ++nbytes) {
        const char *digits = s + (nbytes && s < end && *s == '.');
        if (nbytes && digits == s)
            break;
        int byte = 0;
        const char *p = digits;
        for (; p < end && *p >= '0' && *p <= '9' && byte < 256; ++p)
            byte = byte * 10 + *p - '0';
        if (p == digits || byte > 255)
            break;
        value[nbytes] = static_cast<unsigned char>(byte);
        s = p;
    }
    return s;
}

namespace {

bool plain_address(const String &text, IPAddress &result)
{
    unsigned char bytes[4];
    int n;
    if (IPAddressArg::basic_parse(text.begin(), text.end(), bytes, n) != text.end() || n != 4)
        return false;
    result = IPAddress(bytes);
    return true;
}

struct Prefix {
    IPAddress address;
    IPAddress mask;
};

bool named_prefix(const String &name, Prefix &result, const Element *context)
{
    uint32_t value[2];
    if (NameInfo::query(NameInfo::T_IP_PREFIX, context, name, value, sizeof value)) {
        result = {IPAddress(value[0]), IPAddress(value[1])};
        return true;
    }
    return base::device_prefix(name, result.address, result.mask);
}

// NAME, NAME:ip, NAME:bcast or NAME:gw, where NAME is defined or a network device.
bool named_address(const String &text, IPAddress &result, const Element *context)
{
    uint32_t value;
    if (NameInfo::query(NameInfo::T_IP_ADDR, context, text, &value, sizeof value)) {
        result = IPAddress(value);
        return true;
    }
    const int colon = text.find_right(':');
    const String name = text.substring(0, std::max(colon, 0)), kind = text.substring(colon + 1);
    Prefix prefix;
    if (colon <= 0)
        return base::is_device_name(text) && base::device_prefix(text, result, prefix.mask);
    if (kind == "ip" || kind == "ip4") {
        if (NameInfo::query(NameInfo::T_IP_ADDR, context, name, &value, sizeof value)) {
            result = IPAddress(value);
            return true;
        }
        return base::device_prefix(name, result, prefix.mask);
    }
    if (kind == "bcast" && named_prefix(name, prefix, context)) {
        result = prefix.address | ~prefix.mask;
        return true;
    }
    return kind == "gw" && base::device_gateway(name, result);
}

}  // namespace

bool IPAddressArg::parse(const String &text, IPAddress &result, const ArgContext &args)
{
    const String word = cp_unquote(text);
    return plain_address(word, result) || (word && named_address(word, result, args.context()));
}

bool IPAddressArg::parse(const String &text, struct in_addr &result, const ArgContext &args)
{
    IPAddress address;
    if (!parse(text, address, args))
        return false;
    result = address.in_addr();
    return true;
}

bool IPAddressArg::parse(const String &text, Vector<IPAddress> &result, const ArgContext &args)
{
    Vector<String> words;
    cp_spacevec(text, words);
    Vector<IPAddress> addresses;
    for (const String &word : words) {
        IPAddress address;
        if (!parse(word, address, args))
            return false;
        addresses.push_back(address);
    }
    result.swap(addresses);
    return true;
}

bool IPPrefixArg::parse(const String &text, IPAddress &address, IPAddress &mask, const ArgContext &args) const
{
    const String word = cp_unquote(text);
    const int slash = word.find_right('/');
    if (slash < 0) {
        IPAddress bare;
        if (_allow_bare && IPAddressArg::parse(word, bare, args)) {
            address = bare;
            mask = IPAddress::make_broadcast();
            return true;
        }
        Prefix prefix;
        const bool suffixed = word.ends_with(":ipnet") || word.ends_with(":ip4net");
        const String name = suffixed ? word.substring(0, word.find_right(':')) : word;
        if (!word || !named_prefix(name, prefix, args.context()))
            return false;
        address = suffixed ? prefix.address & prefix.mask : prefix.address;
        mask = prefix.mask;
        return true;
    }
    const String front = word.substring(0, slash), back = word.substring(slash + 1);
    unsigned char bytes[4];
    int nbytes, length;
    IPAddress found, found_mask;
    if (IPAddressArg::basic_parse(front.begin(), front.end(), bytes, nbytes) == front.end() && nbytes > 0)
        found = IPAddress(bytes);
    else if (IPAddressArg::parse(front, found, args))
        nbytes = 4;
    else
        return false;
    if (IntArg(10).parse(back, length) && length >= 0 && length <= 32)
        found_mask = IPAddress::make_prefix(length);
    else if (!plain_address(back, found_mask))
        return false;
    address = found;
    mask = found_mask;
    return true;
}

bool IPPrefixArg::parse(const String &text, struct in_addr &address, struct in_addr &mask, const ArgContext &args) const
{
    IPAddress a, m;
    if (!parse(text, a, m, args))
        return false;
    address = a.in_addr();
    mask = m.in_addr();
    return true;
}

bool IPPortArg::parse(const String &text, uint16_t &result, const ArgContext &args) const
{
    uint32_t port;
    if (IntArg().parse(text, port)) {
        if (port > 0xFFFF) {
            args.error("out of range, bound 65535");
            return false;
        }
        result = static_cast<uint16_t>(port);
        return true;
    }
    if (!NameInfo::query_int(NameInfo::T_IP_PORT + static_cast<uint32_t>(_ip_p), args.context(), text, &port) || port > 0xFFFF)
        return false;
    result = static_cast<uint16_t>(port);
    return true;
}

// ---- Ethernet

static String unparse_ether(const unsigned char *p, char separator)
{
    static const char digits[] = "0123456789ABCDEF";
    char text[17];
    for (int i = 0; i < 6; ++i) {
        text[i * 3] = digits[p[i] >> 4];
        text[i * 3 + 1] = digits[p[i] & 15];
        if (i < 5)
            text[i * 3 + 2] = separator;
    }
    return String(text, 17);
}

String EtherAddress::unparse_dash() const
{
    return unparse_ether(data(), '-');
}

String EtherAddress::unparse_colon() const
{
    return unparse_ether(data(), ':');
}

StringAccum &operator<<(StringAccum &sa, const EtherAddress &address)
{
    return sa << address.unparse_dash();
}

// Six numbers of one or two hex digits, with the same separator between them all.
static bool plain_ether(const String &text, unsigned char *result)
{
    const char *s = text.begin(), *end = text.end();
    char separator = 0;
    for (int i = 0; i < 6; ++i) {
        if (i) {
            if (s == end || (*s != ':' && *s != '-') || (separator && *s != separator))
                return false;
            separator = *s++;
        }
        int value = 0;
        const char *digits = s;
        for (; s < end && s < digits + 2 && isxdigit(static_cast<unsigned char>(*s)); ++s)
            value = value * 16 + (*s <= '9' ? *s - '0' : (*s | 32) - 'a' + 10);
        if (s == digits)
            return false;
        result[i] = static_cast<unsigned char>(value);
    }
    return s == end;
}

bool EtherAddressArg::parse(const String &text, EtherAddress &result, const ArgContext &args)
{
    const String word = cp_unquote(text);
    unsigned char bytes[6];
    if (!plain_ether(word, bytes)) {
        String name = word;
        for (const char *suffix : {":eth", ":ethernet"})
            if (word.ends_with(suffix, -1))
                name = word.substring(0, word.length() - static_cast<int>(strlen(suffix)));
        if (!word
            || (!NameInfo::query(NameInfo::T_ETHERNET_ADDR, args.context(), word, bytes, 6)
                && !NameInfo::query(NameInfo::T_ETHERNET_ADDR, args.context(), name, bytes, 6)
                && !base::device_ether(name, bytes)))
            return false;
    }
    result = EtherAddress(bytes);
    return true;
}

bool EtherAddressArg::parse(const String &text, unsigned char *result, const ArgContext &args)
{
    EtherAddress address;
    if (!parse(text, address, args))
        return false;
    memcpy(result, address.data(), 6);
    return true;
}

// ---- flows

IPFlowID::IPFlowID(const Packet *packet, bool reverse) : IPFlowID(packet->ip_header(), reverse)
{
    const click_tcp *ports = packet->tcp_header();  // UDP has them in the same place
    _sport = reverse ? ports->th_dport : ports->th_sport;
    _dport = reverse ? ports->th_sport : ports->th_dport;
}

IPFlowID::IPFlowID(const click_ip *iph, bool reverse)
    : _saddr(reverse ? iph->ip_dst : iph->ip_src), _daddr(reverse ? iph->ip_src : iph->ip_dst)
{
    const unsigned char *transport = reinterpret_cast<const unsigned char *>(iph) + iph->ip_hl * 4;
    memcpy(reverse ? &_dport : &_sport, transport, 2);
    memcpy(reverse ? &_sport : &_dport, transport + 2, 2);
}

String IPFlowID::unparse() const
{
    StringAccum sa;
    sa << *this;
    return sa.take_string();
}

StringAccum &operator<<(StringAccum &sa, const IPFlowID &flow)
{
    return sa << '(' << flow.saddr() << ", " << ntohs(flow.sport()) << ", " << flow.daddr() << ", "
              << ntohs(flow.dport()) << ')';
}

// ---- the function forms

bool cp_ip_address(const String &text, IPAddress *result, const Element *context)
{
    return IPAddressArg::parse(text, *result, ArgContext(context));
}

bool cp_ip_address(const String &text, unsigned char *result, const Element *context)
{
    IPAddress address;
    if (!cp_ip_address(text, &address, context))
        return false;
    memcpy(result, address.data(), 4);
    return true;
}

bool cp_ip_prefix(const String &text, IPAddress *address, IPAddress *mask, bool allow_bare, const Element *context)
{
    return IPPrefixArg(allow_bare).parse(text, *address, *mask, ArgContext(context));
}

bool cp_ip_prefix(const String &text, IPAddress *address, IPAddress *mask, const Element *context)
{
    return cp_ip_prefix(text, address, mask, false, context);
}

bool cp_ethernet_address(const String &text, EtherAddress *result, const Element *context)
{
    return EtherAddressArg::parse(text, *result, ArgContext(context));
}

bool cp_ethernet_address(const String &text, unsigned char *result, const Element *context)
{
    return EtherAddressArg::parse(text, result, ArgContext(context));
}

bool cp_tcpudp_port(const String &text, int ip_p, uint16_t *result, const Element *context)
{
    return IPPortArg(ip_p).parse(text, *result, ArgContext(context));
}

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "vipspec.hh"
#include "addresstext.hh"
#include <cctype>
#include <cstdlib>
#include <arpa/inet.h>

namespace mimi {

namespace {

const char *const mode_words[] = {"dnat", "full-nat", "direct"};

std::string expected(const char *what, const std::string &found)
{
    return std::string("expected ") + what + ", found '" + found + "'";
}

bool number(const std::string &text, uint64_t least, uint64_t most, uint64_t &value)
{
    if (text.empty() || text.size() > 20 || (text[0] == '0' && text.size() != 1))
        return false;
    value = 0;
    for (char c : text) {
        if (!isdigit(static_cast<unsigned char>(c)) || value > (UINT64_MAX - uint64_t(c - '0')) / 10)
            return false;
        value = value * 10 + uint64_t(c - '0');
    }
    return value >= least && value <= most;
}

// `P` or `P-Q`, from 1, in order.
bool port_range(const std::string &text, uint16_t &first, uint16_t &last)
{
    const size_t dash = text.find('-');
    uint64_t a = 0, b = 0;
    if (!number(text.substr(0, dash), 1, 65535, a))
        return false;
    b = a;
    if (dash != std::string::npos && !number(text.substr(dash + 1), a, 65535, b))
        return false;
    first = uint16_t(a);
    last = uint16_t(b);
    return true;
}

// Text and numbers of either family, by overload.

bool address(const std::string &text, uint32_t &addr)
{
    return parse_address(text, addr);
}

bool is_bracketed(const std::string &text)
{
    return text.size() > 2 && text[0] == '[' && text[text.size() - 1] == ']';
}

bool address(const std::string &text, Address6 &addr)
{
    return parse_address(is_bracketed(text) ? text.substr(1, text.size() - 2) : text, addr);
}

// Where the ports of an address, or of a range of them, begin: behind this colon.
size_t colon_of_ports(const std::string &text, const uint32_t &)
{
    return text.find(':');
}

size_t colon_of_ports(const std::string &text, const Address6 &)
{
    const size_t bracket = text.rfind("]:");
    return bracket == std::string::npos ? bracket : bracket + 1;
}

// How many addresses `last` lies behind `first`. False: before it, or too many to count.
bool distance(uint32_t first, uint32_t last, uint32_t &more)
{
    more = ntohl(last) - ntohl(first);
    return ntohl(first) <= ntohl(last);
}

bool distance(const Address6 &first, const Address6 &last, uint32_t &more)
{
    uint32_t d[4];
    uint64_t borrow = 0;
    for (int i = 3; i >= 0; --i) {
        const uint64_t w = uint64_t(ntohl(last.word[i])) - ntohl(first.word[i]) - borrow;
        d[i] = uint32_t(w);
        borrow = w >> 63;
    }
    more = d[3];
    return !borrow && (d[0] | d[1] | d[2]) == 0;
}

// What errors call an endpoint of the family.
const char *const shape_of_service[] = {"ADDRESS:PORT or ADDRESS:PORT-PORT", "[ADDRESS]:PORT or [ADDRESS]:PORT-PORT of IPv6"};
const char *const shape_of_backend[] = {"ADDRESS:PORT or ADDRESS", "[ADDRESS]:PORT or ADDRESS of IPv6, as the VIP's"};
const char *const shape_of_source[] = {"SNAT ADDRESS[-ADDRESS][:PORT-PORT]",
                                       "SNAT ADDRESS[-ADDRESS] or [ADDRESS][-[ADDRESS]]:PORT-PORT of IPv6, 4294967296 addresses at most"};
template <class A> const char *shape(const char *const (&of)[2])
{
    return of[AddressFamily<A>::version == 6];
}

// `A[-B][:P-Q]`
template <class A> bool source_range(const std::string &text, SourceRangeOf<A> &r)
{
    const size_t colon = colon_of_ports(text, r.first);
    const std::string addresses = text.substr(0, colon);
    const size_t dash = addresses.find('-');
    r = SourceRangeOf<A>{A(), 0, 1024, 65535};
    if (!address(addresses.substr(0, dash), r.first))
        return false;
    A last = r.first;
    if (dash != std::string::npos && !address(addresses.substr(dash + 1), last))
        return false;
    return distance(r.first, last, r.more) && (colon == std::string::npos || port_range(text.substr(colon + 1), r.first_port, r.last_port));
}

// Consumes the words between CHOOSE and the first backend.
template <class A> std::string parse_options(const std::vector<std::string> &words, size_t &i, VipSpecOf<A> &vip)
{
    for (; i + 1 < words.size(); i += 2) {
        const std::string &value = words[i + 1];
        if (words[i] == "MODE") {
            unsigned m = 0;
            while (m != 3 && value != mode_words[m])
                ++m;
            if (m == 3)
                return expected("MODE dnat, full-nat or direct", value);
            vip.mode = Mode(m);
        } else if (words[i] == "SNAT") {
            SourceRangeOf<A> r;
            if (!source_range(value, r))
                return expected(shape<A>(shape_of_source), value);
            vip.sources.push_back(r);
        } else if (words[i] == "SEED") {
            if (!number(value, 0, UINT64_MAX, vip.hash.seed))
                return expected("SEED from 0 to 18446744073709551615", value);
            vip.seeded = true;
        } else if (words[i] == "HASH") {
            if (value != "nftables")
                return expected("HASH nftables", value);
            vip.hash.kernel = true;
        } else {
            break;
        }
    }
    if (vip.mode == Mode::full_nat && vip.sources.empty())
        return "MODE full-nat: expected SNAT ADDRESS[-ADDRESS] to send from, found none";
    if (vip.mode != Mode::full_nat && !vip.sources.empty())
        return std::string("SNAT: expected with MODE full-nat only, found MODE ") + mode_word(vip.mode);
    if (vip.hash.kernel && vip.choose != Choose::source_hash && vip.choose != Choose::flow_hash)
        return std::string("HASH: expected with source-hash or flow-hash only, found ") + choose_word(vip.choose);
    if (vip.hash.kernel && (!vip.seeded || vip.hash.seed > 0xffffffff))
        return "HASH nftables: expected the SEED of the primary's rule, from 0 to 4294967295, found "
            + (vip.seeded ? std::to_string(vip.hash.seed) : std::string("none"));
    return std::string();
}

template <class A> std::string parse_backends(const std::vector<std::string> &words, size_t i, VipSpecOf<A> &vip)
{
    while (i != words.size()) {
        BackendSpecOf<A> b;
        std::string wrong = parse_backend(words[i], b);
        if (!wrong.empty())
            return wrong;
        const std::string name = words[i++];
        if (i != words.size() && words[i] == "weight") {
            wrong = i + 1 == words.size() ? expected("weight W", "weight") : parse_weight(words[i + 1], b.weight);
            if (!wrong.empty())
                return wrong;
            i += 2;
        }
        if (vip.mode == Mode::direct && b.port && (vip.first_port != vip.last_port || ntohs(b.port) != vip.first_port))
            return "MODE direct: expected a backend without a port, since packets arrive unchanged, found '" + name + "'";
        for (const BackendSpecOf<A> &other : vip.backends)
            if (vip.clash(b, other))
                return "backend " + name + " is named twice";
        vip.backends.push_back(b);
    }
    return std::string();
}

}  // namespace

const char *mode_word(Mode mode)
{
    return mode_words[unsigned(mode)];
}

int service_version(const std::string &service)
{
    return !service.empty() && service[0] == '[' ? 6 : 4;
}

template <class A> std::string BackendSpecOf<A>::name() const
{
    return port ? endpoint_text(addr, port) : address_text(addr);
}

template <class A> std::string VipSpecOf<A>::name() const
{
    const std::string text = (proto == proto_tcp ? "tcp " : "udp ") + endpoint_text(addr, htons(first_port));
    return first_port == last_port ? text : text + "-" + std::to_string(last_port);
}

template <class A> bool VipSpecOf<A>::clash(const BackendSpecOf<A> &a, const BackendSpecOf<A> &b) const
{
    if (a.addr != b.addr)
        return false;
    if (a.port && b.port)
        return a.port == b.port;
    const uint16_t port = ntohs(a.port ? a.port : b.port);
    return port == 0 || (port >= first_port && port <= last_port);
}

template <class A> std::string parse_backend(const std::string &word, BackendSpecOf<A> &b)
{
    b.weight = 1;
    b.port = 0;
    if (address(word, b.addr) || (parse_endpoint(word, b.addr, b.port) && b.port != 0))
        return std::string();
    return expected(shape<A>(shape_of_backend), word);
}

std::string parse_weight(const std::string &word, uint32_t &weight)
{
    uint64_t value;
    if (!number(word, 0, heaviest_backend, value))
        return expected("a weight from 0 to 65535", word);
    weight = uint32_t(value);
    return std::string();
}

template <class A> std::string parse_vip_name(const std::string &proto, const std::string &service, VipSpecOf<A> &vip)
{
    if (proto != "tcp" && proto != "udp")
        return expected("tcp or udp", proto);
    vip.proto = proto == "tcp" ? proto_tcp : proto_udp;
    const size_t colon = colon_of_ports(service, vip.addr);
    if (colon == std::string::npos || !address(service.substr(0, colon), vip.addr)
        || !port_range(service.substr(colon + 1), vip.first_port, vip.last_port))
        return expected(shape<A>(shape_of_service), service) + (service.find(':') == service.rfind(':') || service[0] == '[' ? "" : "; IPv6 is [ADDRESS]:PORT");
    return std::string();
}

template <class A> std::string parse_vip(const std::vector<std::string> &words, VipSpecOf<A> &vip)
{
    if (words.size() < 4)
        return "expected PROTO ADDRESS:PORT CHOOSE BACKEND:PORT…, found " + std::to_string(words.size()) + " words";
    std::string wrong = parse_vip_name(words[0], words[1], vip);
    if (!wrong.empty())
        return wrong;
    if (!parse_choose(words[2], vip.choose))
        return "expected " + choose_words() + ", found '" + words[2] + "'";
    vip.mode = Mode::dnat;
    vip.seeded = false;
    vip.hash = HashSpec{0, false};
    size_t i = 3;
    wrong = parse_options(words, i, vip);
    if (!wrong.empty())
        return wrong;
    if (i == words.size())
        return "VIP " + vip.name() + ": expected a backend, found none";
    return parse_backends(words, i, vip);
}

template struct BackendSpecOf<uint32_t>;
template struct BackendSpecOf<Address6>;
template struct VipSpecOf<uint32_t>;
template struct VipSpecOf<Address6>;
template std::string parse_vip(const std::vector<std::string> &, VipSpecOf<uint32_t> &);
template std::string parse_vip(const std::vector<std::string> &, VipSpecOf<Address6> &);
template std::string parse_vip_name(const std::string &, const std::string &, VipSpecOf<uint32_t> &);
template std::string parse_vip_name(const std::string &, const std::string &, VipSpecOf<Address6> &);
template std::string parse_backend(const std::string &, BackendSpecOf<uint32_t> &);
template std::string parse_backend(const std::string &, BackendSpecOf<Address6> &);

}  // namespace mimi

ELEMENT_PROVIDES(VipSpec)
ELEMENT_REQUIRES(AddressText Chooser FlowBinding)

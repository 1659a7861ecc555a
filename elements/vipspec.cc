// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "vipspec.hh"
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

bool address(const std::string &text, uint32_t &addr)
{
    uint16_t port;
    return text.find(':') == std::string::npos && parse_endpoint(text + ":0", addr, port);
}

// `A[-B][:P-Q]`
bool source_range(const std::string &text, SourceRange &r)
{
    const size_t colon = text.find(':');
    const std::string addresses = text.substr(0, colon);
    const size_t dash = addresses.find('-');
    uint32_t first = 0, last = 0;
    if (!address(addresses.substr(0, dash), first))
        return false;
    last = first;
    if (dash != std::string::npos && !address(addresses.substr(dash + 1), last))
        return false;
    r = SourceRange{ntohl(first), ntohl(last), 1024, 65535};
    return r.first <= r.last && (colon == std::string::npos || port_range(text.substr(colon + 1), r.first_port, r.last_port));
}

// Consumes the words between CHOOSE and the first backend.
std::string parse_options(const std::vector<std::string> &words, size_t &i, VipSpec &vip)
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
            SourceRange r;
            if (!source_range(value, r))
                return expected("SNAT ADDRESS[-ADDRESS][:PORT-PORT]", value);
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

std::string parse_backends(const std::vector<std::string> &words, size_t i, VipSpec &vip)
{
    while (i != words.size()) {
        BackendSpec b;
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
        for (const BackendSpec &other : vip.backends)
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

std::string BackendSpec::name() const
{
    const std::string text = endpoint_text(addr, port);
    return port ? text : text.substr(0, text.find(':'));
}

std::string VipSpec::name() const
{
    const std::string text = (proto == proto_tcp ? "tcp " : "udp ") + endpoint_text(addr, htons(first_port));
    return first_port == last_port ? text : text + "-" + std::to_string(last_port);
}

bool VipSpec::clash(const BackendSpec &a, const BackendSpec &b) const
{
    if (a.addr != b.addr)
        return false;
    if (a.port && b.port)
        return a.port == b.port;
    const uint16_t port = ntohs(a.port ? a.port : b.port);
    return port == 0 || (port >= first_port && port <= last_port);
}

std::string parse_backend(const std::string &word, BackendSpec &b)
{
    b.weight = 1;
    b.port = 0;
    if (address(word, b.addr) || (parse_endpoint(word, b.addr, b.port) && b.port != 0))
        return std::string();
    return expected("ADDRESS:PORT or ADDRESS", word);
}

std::string parse_weight(const std::string &word, uint32_t &weight)
{
    uint64_t value;
    if (!number(word, 0, heaviest_backend, value))
        return expected("a weight from 0 to 65535", word);
    weight = uint32_t(value);
    return std::string();
}

std::string parse_vip_name(const std::string &proto, const std::string &service, VipSpec &vip)
{
    if (proto != "tcp" && proto != "udp")
        return expected("tcp or udp", proto);
    vip.proto = proto == "tcp" ? proto_tcp : proto_udp;
    const size_t colon = service.find(':');
    if (colon == std::string::npos || !address(service.substr(0, colon), vip.addr)
        || !port_range(service.substr(colon + 1), vip.first_port, vip.last_port))
        return expected("ADDRESS:PORT or ADDRESS:PORT-PORT", service);
    return std::string();
}

std::string parse_vip(const std::vector<std::string> &words, VipSpec &vip)
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

}  // namespace mimi

ELEMENT_PROVIDES(VipSpec)
ELEMENT_REQUIRES(Chooser FlowBinding)

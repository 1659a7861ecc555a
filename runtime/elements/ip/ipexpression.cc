// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipexpression.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/ipaddress.hh>
#include <clicknet/ip.h>
#include <cctype>
#include <cstring>
#include <netdb.h>
#include <utility>

namespace {

struct Word {
    const char *text;
    int value;
};

const Word protocols[] = {{"icmp", IP_PROTO_ICMP}, {"igmp", IP_PROTO_IGMP}, {"ipip", IP_PROTO_IPIP}, {"tcp", IP_PROTO_TCP},
                          {"udp", IP_PROTO_UDP},   {"dccp", IP_PROTO_DCCP}, {"gre", IP_PROTO_GRE},   {"esp", IP_PROTO_ESP},
                          {"ah", IP_PROTO_AH},     {"ospf", IP_PROTO_OSPF}, {"pim", IP_PROTO_PIM},   {"vrrp", IP_PROTO_VRRP},
                          {"sctp", IP_PROTO_SCTP}};
const Word icmp_types[] = {{"echo-reply", 0},       {"unreachable", 3}, {"dst-unreachable", 3},  {"sourcequench", 4},
                           {"source-quench", 4},    {"redirect", 5},    {"echo", 8},             {"echo-request", 8},
                           {"routeradvert", 9},     {"routersolicit", 10}, {"timeexceeded", 11}, {"time-exceeded", 11},
                           {"parameterproblem", 12}, {"timestamp", 13}, {"timestamp-reply", 14}, {"inforeq", 15},
                           {"inforeq-reply", 16},   {"maskreq", 17},    {"maskreq-reply", 18}};
const Word tcp_flags[] = {{"fin", 1}, {"syn", 2}, {"rst", 4}, {"psh", 8}, {"push", 8}, {"ack", 16}, {"urg", 32}, {"ece", 64}, {"cwr", 128}};

template <size_t N>
int find_word(const Word (&words)[N], const String &text)
{
    for (const Word &word : words)
        if (text == word.text)
            return word.value;
    return -1;
}

bool word_character(char c)
{
    return isalnum(static_cast<unsigned char>(c)) || strchr("_./:@-+#", c);
}

}  // namespace

std::vector<String> IPExpressionParser::tokenize(const String &text)
{
    std::vector<String> tokens;
    for (int i = 0; i < text.length();) {
        char c = text[i];
        char next = i + 1 < text.length() ? text[i + 1] : 0;
        int length = 1;
        if (isspace(static_cast<unsigned char>(c))) {
            ++i;
            continue;
        }
        if ((c == '&' && next == '&') || (c == '|' && next == '|') || (strchr("=!<>", c) && next == '=')) {
            length = 2;
        } else if (word_character(c) && !(c == ':' && !word_character(next))) {
            while (i + length < text.length() && word_character(text[i + length]))
                ++length;
            // A byte reference is one token: ip[6:2]
            if (i + length < text.length() && text[i + length] == '[') {
                int close = text.find_left(']', i + length);
                length = close < 0 ? text.length() - i : close + 1 - i;
            }
        }
        tokens.push_back(text.substring(i, length));
        i += length;
    }
    return tokens;
}

bool IPExpressionParser::accept(const char *a, const char *b)
{
    if (at_end() || (_tokens[_at] != a && (!b || _tokens[_at] != b)))
        return false;
    ++_at;
    return true;
}

bool IPExpressionParser::fail(const String &message)
{
    if (at_end())
        _errh->error("%s at end of expression", message.c_str());
    else
        _errh->error("%s near '%s'", message.c_str(), _tokens[_at].c_str());
    return false;
}

bool IPExpressionParser::parse(const String &text, DecisionExpression &result)
{
    _tokens = tokenize(text);
    _at = 0;
    _previous = Qualifiers();
    if (_tokens.empty()) {
        _errh->error("empty expression (write '-' for every packet)");
        return false;
    }
    if (!parse_ternary(result))
        return false;
    return at_end() || fail("syntax error");
}

bool IPExpressionParser::parse_ternary(Expression &result)
{
    Expression condition, yes, no;
    if (!parse_or(condition))
        return false;
    if (!accept("?")) {
        result = std::move(condition);
        return true;
    }
    if (!parse_ternary(yes))
        return false;
    if (!accept(":"))
        return fail("expected ':'");
    if (!parse_ternary(no))
        return false;
    Expression opposite = Expression::make_not(condition);
    result = Expression::make_any({Expression::make_all({std::move(condition), std::move(yes)}),
                                   Expression::make_all({std::move(opposite), std::move(no)})});
    return true;
}

bool IPExpressionParser::parse_or(Expression &result)
{
    Expression::List parts(1);
    if (!parse_and(parts[0]))
        return false;
    while (accept("or", "||")) {
        parts.emplace_back();
        if (!parse_and(parts.back()))
            return false;
    }
    result = parts.size() == 1 ? std::move(parts[0]) : Expression::make_any(std::move(parts));
    return true;
}

bool IPExpressionParser::parse_and(Expression &result)
{
    static const char *const stops[] = {"or", "||", ")", "?", ":"};
    Expression::List parts(1);
    if (!parse_not(parts[0]))
        return false;
    for (;;) {
        bool explicit_and = accept("and", "&&");
        bool stop = at_end();
        for (const char *word : stops)
            stop |= peek() == word;
        if (stop && !explicit_and)
            break;
        parts.emplace_back();
        if (!parse_not(parts.back()))
            return false;
    }
    result = parts.size() == 1 ? std::move(parts[0]) : Expression::make_all(std::move(parts));
    return true;
}

bool IPExpressionParser::parse_not(Expression &result)
{
    if (accept("not", "!")) {
        Expression part;
        if (!parse_not(part))
            return false;
        result = Expression::make_not(std::move(part));
        return true;
    }
    if (accept("(")) {
        if (!parse_ternary(result))
            return false;
        return accept(")") || fail("expected ')'");
    }
    return parse_primitive(result);
}

int IPExpressionParser::protocol_word(const String &word)
{
    if (word == "ip")
        return ip_word;
    if (word == "transp")
        return transport_word;
    if (word == "tcpudp")
        return tcp_or_udp;
    return find_word(protocols, word);
}

int IPExpressionParser::type_word(const String &word)
{
    static const Word types[] = {{"host", t_host}, {"net", t_net}, {"port", t_port}, {"proto", t_proto}, {"opt", t_opt},
                                 {"type", t_type}, {"vers", t_vers}, {"hl", t_hl}, {"tos", t_tos}, {"dscp", t_dscp},
                                 {"id", t_id}, {"len", t_len}, {"ttl", t_ttl}, {"win", t_win}, {"frag", t_frag},
                                 {"unfrag", t_unfrag}, {"ect", t_ect}, {"ce", t_ce}};
    return find_word(types, word);
}

bool IPExpressionParser::parse_direction(Qualifiers &q)
{
    if (peek() != "src" && peek() != "dst")
        return false;
    q.direction = peek() == "src" ? dir_src : dir_dst;
    String other = q.direction == dir_src ? "dst" : "src";
    if ((peek(1) == "or" || peek(1) == "and") && peek(2) == other) {
        q.direction = peek(1) == "or" ? dir_either : dir_both;
        _at += 2;
    }
    ++_at;
    return true;
}

void IPExpressionParser::parse_qualifiers(Qualifiers &q)
{
    while (!at_end()) {
        int value;
        if (q.direction == dir_none && parse_direction(q))
            continue;
        if (q.type == t_none && (value = type_word(peek())) >= 0)
            q.type = static_cast<Type>(value);
        else if (q.protocol < 0 && q.type != t_proto && (value = protocol_word(peek())) >= 0)
            q.protocol = value;
        else
            return;
        ++_at;
    }
}

IPExpressionParser::Comparison IPExpressionParser::parse_comparison(bool &given)
{
    given = true;
    if (accept("=", "=="))
        return c_equal;
    if (accept("!="))
        return c_not_equal;
    if (accept(">="))
        return c_at_least;
    if (accept("<="))
        return c_at_most;
    if (accept(">"))
        return c_greater;
    if (accept("<"))
        return c_less;
    given = false;
    return c_equal;
}

// After a bare protocol word: does a value follow, or is the protocol itself meant?
bool IPExpressionParser::looks_like_value(const Qualifiers &q) const
{
    static const char *const others[] = {"and", "&&", "or", "||", ")", "?", ":", "not", "!", "(", "src", "dst", "true", "false", "-"};
    String word = peek();
    if (at_end() || type_word(word) >= 0 || word.find_left('[') >= 0)
        return false;
    for (const char *other : others)
        if (word == other)
            return false;
    return q.direction != dir_none || q.type != t_none || protocol_word(word) < 0;
}

bool IPExpressionParser::parse_primitive(Expression &result)
{
    if (accept("-") || accept("true") || accept("all", "any")) {
        result = Expression::make_constant(true);
        return true;
    }
    if (accept("false", "none")) {
        result = Expression::make_constant(false);
        return true;
    }
    Qualifiers q;
    parse_qualifiers(q);
    if (peek().find_left('[') >= 0)
        return parse_bytes(q, result);
    if (q.type >= t_frag) {
        _previous = q;
        return make_flag(q, result);
    }
    // A flag's name alone.
    if (q.type == t_none && q.direction == dir_none && find_word(tcp_flags, peek()) >= 0) {
        _previous = q;
        return make_option(c_equal, result);
    }
    bool compared;
    Comparison comparison = parse_comparison(compared);
    if (!compared && !looks_like_value(q)) {
        if (q.protocol < 0 || q.type != t_none || q.direction != dir_none)
            return fail("value missing");
        _previous = q;
        result = q.protocol == ip_word ? Expression::make_constant(true) : protocol_is(q.protocol);
        if (q.protocol == tcp_or_udp)
            result = Expression::make_any({protocol_is(IP_PROTO_TCP), protocol_is(IP_PROTO_UDP)});
        return true;
    }
    // What is left out comes from the primitive before.
    if (q.type == t_none && q.direction == dir_none && q.protocol < 0 && (takes_address(_previous) || !is_address(peek())))
        q = _previous;
    return make_value(q, comparison, result);
}

// An address stands for itself behind a primitive of another kind.
bool IPExpressionParser::takes_address(const Qualifiers &q)
{
    return q.type == t_none || q.type == t_host || q.type == t_net;
}

bool IPExpressionParser::is_address(const String &word) const
{
    IPAddress address, mask;
    uint32_t number;
    return !IntArg().parse(word, number) && IPPrefixArg(true).parse(word, address, mask, _context);
}

bool IPExpressionParser::make_value(Qualifiers q, Comparison comparison, Expression &result)
{
    if (at_end())
        return fail("value missing");
    IPAddress address, mask;
    uint32_t port;
    if (q.type == t_none && IPPrefixArg(true).parse(peek(), address, mask, _context))
        q.type = mask == IPAddress(0xFFFFFFFFU) ? t_host : t_net;
    else if (q.type == t_none && port_value(peek(), q.protocol, port))
        q.type = t_port;
    _previous = q;
    switch (q.type) {
    case t_none:
        return fail("expected an address, a port or a qualifier");
    case t_host:
    case t_net:
        return make_address(q, comparison, result);
    case t_port:
        return make_port(q, comparison, result);
    case t_opt:
        return make_option(comparison, result);
    default:
        return make_field(q, comparison, result);
    }
}

// Source and destination versions of a test, as the direction combines them. Without one, either may match.
IPExpressionParser::Expression IPExpressionParser::directed(Direction direction, bool negate, Expression source,
                                                            Expression destination)
{
    Expression e;
    switch (direction) {
    case dir_src:
        e = std::move(source);
        break;
    case dir_dst:
        e = std::move(destination);
        break;
    case dir_both:
        e = Expression::make_all({std::move(source), std::move(destination)});
        break;
    default:
        e = Expression::make_any({std::move(source), std::move(destination)});
    }
    return negate ? Expression::make_not(std::move(e)) : e;
}

bool IPExpressionParser::make_address(const Qualifiers &q, Comparison comparison, Expression &result)
{
    IPAddress address, mask;
    if (comparison != c_equal && comparison != c_not_equal)
        return fail("addresses have no order");
    if (!IPPrefixArg(true).parse(peek(), address, mask, _context))
        return fail("expected an IP address");
    ++_at;
    if (q.type == t_net && accept("mask")) {
        if (!IPAddressArg().parse(peek(), mask, _context))
            return fail("expected a mask");
        ++_at;
    }
    uint32_t bits = ntohl(mask.addr()), value = ntohl(address.addr()) & bits;
    Expression source = Expression::make_test({0, DecisionTest::equal, 12, bits, value});
    Expression destination = Expression::make_test({0, DecisionTest::equal, 16, bits, value});
    result = directed(q.direction, comparison == c_not_equal, std::move(source), std::move(destination));
    return true;
}

bool IPExpressionParser::port_value(const String &word, int protocol, uint32_t &value) const
{
    if (IntArg().parse(word, value))
        return value <= 65535;
    uint16_t port;
    int first = protocol == IP_PROTO_UDP ? IP_PROTO_UDP : IP_PROTO_TCP;
    for (int p : {first, first == IP_PROTO_UDP ? IP_PROTO_TCP : IP_PROTO_UDP})
        if (IPPortArg(p).parse(word, port, _context)) {
            value = port;
            return true;
        }
    return false;
}

bool IPExpressionParser::parse_mask(uint32_t &mask)
{
    mask = 0xFFFFFFFFU;
    if (!accept("&"))
        return true;
    if (!IntArg().parse(peek(), mask))
        return fail("expected a mask");
    ++_at;
    return true;
}

bool IPExpressionParser::make_port(const Qualifiers &q, Comparison comparison, Expression &result)
{
    uint32_t port;
    if (q.protocol >= 0 && q.protocol < ip_word && !IP_PROTO_HAS_PORTS(q.protocol))
        return fail("this protocol has no ports");
    if (!port_value(peek(), q.protocol, port))
        return fail("expected a port");
    ++_at;
    bool negate = comparison == c_not_equal;
    if (negate)
        comparison = c_equal;
    Expression source = compare({1, 0, 16, 0xFFFF}, comparison, 0xFFFF, port);
    Expression destination = compare({1, 0, 0, 0xFFFF}, comparison, 0xFFFF, port);
    result = with_transport(q.protocol, directed(q.direction, negate, std::move(source), std::move(destination)));
    return true;
}

bool IPExpressionParser::protocol_value(const String &word, uint32_t &value) const
{
    int known = find_word(protocols, word);
    if (known >= 0) {
        value = known;
        return true;
    }
    return IntArg().parse(word, value) && value <= 255;
}

bool IPExpressionParser::icmp_type_value(const String &word, uint32_t &value)
{
    int known = find_word(icmp_types, word);
    if (known >= 0) {
        value = known;
        return true;
    }
    return IntArg().parse(word, value) && value <= 255;
}

bool IPExpressionParser::make_field(const Qualifiers &q, Comparison comparison, Expression &result)
{
    static const std::pair<Type, Field> fields[] = {
        {t_proto, {0, 8, 16, 0xFF}}, {t_vers, {0, 0, 28, 15}},      {t_hl, {0, 0, 24, 15}},   {t_tos, {0, 0, 16, 0xFF}},
        {t_dscp, {0, 0, 18, 63}},    {t_id, {0, 4, 16, 0xFFFF}},    {t_len, {0, 0, 0, 0xFFFF}}, {t_ttl, {0, 8, 24, 0xFF}},
        {t_type, {1, 0, 24, 0xFF}},  {t_win, {1, 12, 0, 0xFFFF}}};
    const Field *field = nullptr;
    for (const auto &[type, f] : fields)
        if (type == q.type)
            field = &f;
    uint32_t value, mask;
    bool good = q.type == t_proto ? protocol_value(peek(), value)
                : q.type == t_type ? icmp_type_value(peek(), value)
                                   : IntArg().parse(peek(), value);
    if (!field || !good)
        return fail("bad value");
    ++_at;
    if (!parse_mask(mask))
        return false;
    if (value > field->maximum)
        return fail("value " + String(value) + " out of range");
    result = compare(*field, comparison, mask & field->maximum, value);
    if (field->base == 1)
        result = with_transport(q.type == t_type ? IP_PROTO_ICMP : IP_PROTO_TCP, std::move(result));
    return true;
}

bool IPExpressionParser::make_option(Comparison comparison, Expression &result)
{
    int flag = find_word(tcp_flags, peek());
    if (flag < 0 && (!IntArg().parse(peek(), flag) || flag < 0 || flag > 255))
        return fail("expected a TCP flag");
    if (comparison != c_equal && comparison != c_not_equal)
        return fail("flags have no order");
    ++_at;
    uint32_t bits = static_cast<uint32_t>(flag) << 16;
    Expression set = Expression::make_test({1, DecisionTest::equal, 12, bits, bits});
    if (comparison == c_not_equal)
        set = Expression::make_not(std::move(set));
    result = with_transport(IP_PROTO_TCP, std::move(set));
    return true;
}

bool IPExpressionParser::make_flag(const Qualifiers &q, Expression &result)
{
    Expression whole = Expression::make_test({0, DecisionTest::equal, 4, 0x3FFF, 0});
    Expression no_ect = Expression::make_test({0, DecisionTest::equal, 0, 0x00030000, 0});
    switch (q.type) {
    case t_unfrag:
        result = std::move(whole);
        break;
    case t_frag:
        result = Expression::make_not(std::move(whole));
        break;
    case t_ect:
        result = Expression::make_not(std::move(no_ect));
        break;
    default:
        result = Expression::make_test({0, DecisionTest::equal, 0, 0x00030000, 0x00030000});
    }
    return true;
}

// HEADER[OFFSET:LENGTH] & MASK OP NUMBER
bool IPExpressionParser::parse_bytes(const Qualifiers &q, Expression &result)
{
    String token = peek();
    int open = token.find_left('['), colon = token.find_left(':', open);
    String header = token.substring(0, open);
    int protocol = header ? protocol_word(header) : q.protocol;
    int end = token.length() - 1, offset, length = 1;
    String offset_text = token.substring(open + 1, (colon < 0 ? end : colon) - open - 1);
    if (protocol < 0 || token[end] != ']' || !IntArg().parse(offset_text, offset) || offset < 0
        || (colon >= 0 && !IntArg().parse(token.substring(colon + 1, end - colon - 1), length)))
        return fail("expected HEADER[OFFSET:LENGTH]");
    if (length < 1 || offset / 4 != (offset + length - 1) / 4)
        return fail("the bytes must lie within one 32-bit word");
    ++_at;
    uint32_t maximum = length == 4 ? 0xFFFFFFFFU : (1U << (8 * length)) - 1;
    Field field{static_cast<uint8_t>(protocol != ip_word), offset & ~3, 8 * (4 - (offset & 3) - length), maximum};
    uint32_t mask, value;
    bool compared;
    if (!parse_mask(mask))
        return false;
    Comparison comparison = parse_comparison(compared);
    if (!IntArg().parse(peek(), value))
        return fail("expected a number");
    ++_at;
    if (value > maximum)
        return fail("value " + String(value) + " out of range");
    result = compare(field, comparison, mask & maximum, value);
    if (protocol == transport_word)
        result = Expression::make_all({first_fragment(), std::move(result)});
    else if (protocol != ip_word)
        result = Expression::make_all({protocol_is(protocol), first_fragment(), std::move(result)});
    return true;
}

IPExpressionParser::Expression IPExpressionParser::compare(const Field &field, Comparison comparison, uint32_t mask,
                                                           uint32_t value)
{
    auto test = [&](DecisionTest::Op op, uint32_t v) {
        return Expression::make_test({field.base, op, field.offset, mask << field.shift, v << field.shift});
    };
    // A comparison does not hold for bytes that are not there, whichever way it is put.
    auto unless = [&](Expression e) {
        return Expression::make_all({test(DecisionTest::present, 0), Expression::make_not(std::move(e))});
    };
    switch (comparison) {
    case c_equal:
    case c_not_equal: {
        Expression e = test(DecisionTest::equal, value & mask);
        return comparison == c_equal ? e : unless(std::move(e));
    }
    case c_greater:
        return test(DecisionTest::greater, value);
    case c_at_most:
        return unless(test(DecisionTest::greater, value));
    case c_at_least:
        return value == 0 ? Expression::make_constant(true) : test(DecisionTest::greater, value - 1);
    default:
        return value == 0 ? Expression::make_constant(false) : unless(test(DecisionTest::greater, value - 1));
    }
}

IPExpressionParser::Expression IPExpressionParser::protocol_is(int protocol)
{
    return Expression::make_test({0, DecisionTest::equal, 8, 0x00FF0000, static_cast<uint32_t>(protocol) << 16});
}

IPExpressionParser::Expression IPExpressionParser::first_fragment()
{
    return Expression::make_test({0, DecisionTest::equal, 4, 0x1FFF, 0});
}

IPExpressionParser::Expression IPExpressionParser::with_transport(int protocol, Expression e)
{
    Expression which = protocol >= 0 && protocol < ip_word
                           ? protocol_is(protocol)
                           : Expression::make_any({protocol_is(IP_PROTO_TCP), protocol_is(IP_PROTO_UDP)});
    return Expression::make_all({std::move(which), first_fragment(), std::move(e)});
}

DecisionProgram::View IPExpressionParser::view(const Packet *packet)
{
    const unsigned char *network = packet->has_network_header() ? packet->network_header() : packet->data();
    int length = static_cast<int>(packet->end_data() - network);
    int header = length > 0 ? (network[0] & 15) * 4 : 0;
    return {{network, network + header}, {length, length - header}};
}

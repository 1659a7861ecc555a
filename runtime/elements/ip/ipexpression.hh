// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_IPEXPRESSION_HH
#define MIMI_IPEXPRESSION_HH
#include <click/packet.hh>
#include <click/string.hh>
#include "runtime/elements/standard/decisionprogram.hh"
#include <vector>

class Element;
class ErrorHandler;

// The language of IPClassifier and IPFilter, parsed to a decision expression.
//
//     expr    := or ['?' expr ':' expr]
//     or      := and (('or' | '||') and)*
//     and     := not (['and' | '&&'] not)*
//     not     := ('not' | '!') not | '(' expr ')' | primitive
//     primitive := [src | dst | src or dst | src and dst] [PROTO] [TYPE] [= != < > <= >=] VALUE
//                | PROTO | TYPE without value | TCPFLAG | HEADER[OFFSET:LENGTH] [& MASK] [OP] NUMBER | true | false | all | none | -
//
// TYPE: host, net, port, proto, opt, type, and the header fields vers hl tos dscp id len ttl frag unfrag ect ce win.
// A primitive that leaves out its qualifiers takes those of the one before it: `src host 1.0.0.1 or 1.0.0.2`.
// Ports, TCP and ICMP fields match only in first fragments of packets of that protocol.
//
// Base 0 of the expression's tests is the IP header, base 1 the transport header.
class IPExpressionParser {
  public:
    IPExpressionParser(const Element *context, ErrorHandler *errh) : _context(context), _errh(errh) {}

    // False, with an error said, when the text is wrong.
    bool parse(const String &text, DecisionExpression &result);

    // Where a packet's two headers are; the data is the IP header when no annotation says otherwise.
    static DecisionProgram::View view(const Packet *packet);

  private:
    typedef DecisionExpression Expression;
    enum Direction { dir_none, dir_src, dir_dst, dir_both, dir_either };
    enum Type {
        t_none, t_host, t_net, t_port, t_proto, t_opt, t_type, t_vers, t_hl, t_tos, t_dscp, t_id, t_len, t_ttl, t_win,
        t_frag, t_unfrag, t_ect, t_ce
    };
    enum Comparison { c_equal, c_not_equal, c_greater, c_less, c_at_least, c_at_most };
    struct Qualifiers {
        Direction direction = dir_none;
        int protocol = -1;  // as IP's protocol field; ip_word for `ip`
        Type type = t_none;
    };
    struct Field {
        uint8_t base;
        int offset;
        int shift;
        uint32_t maximum;
    };
    static constexpr int ip_word = 256, transport_word = 257, tcp_or_udp = 258;

    static std::vector<String> tokenize(const String &text);
    bool at_end() const { return _at >= _tokens.size(); }
    String peek(size_t ahead = 0) const { return _at + ahead < _tokens.size() ? _tokens[_at + ahead] : String(); }
    bool accept(const char *a, const char *b = nullptr);
    bool fail(const String &message);

    bool parse_ternary(Expression &result);
    bool parse_or(Expression &result);
    bool parse_and(Expression &result);
    bool parse_not(Expression &result);
    bool parse_primitive(Expression &result);
    bool parse_bytes(const Qualifiers &q, Expression &result);
    bool parse_mask(uint32_t &mask);
    void parse_qualifiers(Qualifiers &q);
    bool parse_direction(Qualifiers &q);
    Comparison parse_comparison(bool &given);
    bool looks_like_value(const Qualifiers &q) const;
    static bool takes_address(const Qualifiers &q);
    bool is_address(const String &word) const;

    bool make_value(Qualifiers q, Comparison comparison, Expression &result);
    bool make_address(const Qualifiers &q, Comparison comparison, Expression &result);
    bool make_port(const Qualifiers &q, Comparison comparison, Expression &result);
    bool make_field(const Qualifiers &q, Comparison comparison, Expression &result);
    bool make_option(Comparison comparison, Expression &result);
    bool make_flag(const Qualifiers &q, Expression &result);

    static Expression compare(const Field &field, Comparison comparison, uint32_t mask, uint32_t value);
    static Expression protocol_is(int protocol);
    static Expression first_fragment();
    static Expression with_transport(int protocol, Expression e);
    static Expression directed(Direction direction, bool negate, Expression source, Expression destination);
    static int protocol_word(const String &word);
    static int type_word(const String &word);
    bool protocol_value(const String &word, uint32_t &value) const;
    bool port_value(const String &word, int protocol, uint32_t &value) const;
    static bool icmp_type_value(const String &word, uint32_t &value);

    const Element *_context;
    ErrorHandler *_errh;
    std::vector<String> _tokens;
    size_t _at = 0;
    Qualifiers _previous;
};

#endif

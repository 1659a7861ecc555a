// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FLOWREADER_HH
#define MIMI_FLOWREADER_HH
#include "flowbinding.hh"

// The reader of bindings' text (flowbinding.hh).

namespace mimi {

struct FlowChange {
    enum Kind : uint8_t { put, del } kind;
};

template <class A> struct FlowUpdateOf : FlowChange {
    FlowBindingOf<A> binding;  // for del: seq, proto and orig only
};
typedef FlowUpdateOf<uint32_t> FlowUpdate;
typedef FlowUpdateOf<Address6> FlowUpdate6;

// Reads lines one after the other. The last line may lack its newline. After `failed`, error() says
// `line N: expected …, found …` and the reader is spent.
class FlowTextReader {
  public:
    // line6: a line of IPv6, where either family may come.
    enum Result { line, line6, end, failed };

    // `queries`: icmp or icmp6 is a protocol that is expected here.
    FlowTextReader(const char *begin, const char *end, bool queries = false) : _p(begin), _end(end), _queries(queries) {}

    // put and del lines, and bare key lines. With one argument all are of its family; with two, each line fills that of its own:
    // the first after `line`, the second after `line6`.
    template <class A> Result next(FlowUpdateOf<A> &update);
    template <class A> Result next(FlowKeyOf<A> &key);
    Result next(FlowUpdate &update, FlowUpdate6 &update6);
    Result next(FlowKey &key, FlowKey6 &key6);
    std::string error() const;

  protected:
    // For readers of richer lines. Each consumes what it reads; after a false, error() tells of it.
    const char *_p;
    const char *_end;
    const char *_found = nullptr;
    const char *_expected = nullptr;
    unsigned _line = 0;
    bool _queries;

    bool expect(bool ok, const char *at, const char *what);
    bool literal(char c, const char *what);
    bool word(const char *text);
    bool number(uint64_t limit, uint64_t &value, const char *what);
    template <class A> bool tuple(FlowTupleOf<A> &t);
    bool state(FlowState &s);
    bool delta_pair(int32_t &forward, int32_t &reverse);
    bool end_of_line();

  private:
    // What may come, or has come.
    enum Families : uint8_t { only_4 = 1, only_6 = 2, either = 3 };
    // What a line begins with.
    struct Start {
        uint64_t seq;
        FlowChange::Kind kind;
        uint8_t proto;
    };
    std::string _canonical;  // instead of _expected, if not empty

    bool is_line6(uint8_t proto) const;
    bool protocol(uint8_t &proto, Families families);
    bool endpoint(uint32_t &addr, uint16_t &port);
    bool endpoint(Address6 &addr, uint16_t &port);
    bool explain_endpoint(const char *start, const char *what);
    template <class A> bool same_family();
    template <class A> bool ends(FlowTupleOf<A> &t, uint8_t proto);
    bool delta(int32_t &d);
    bool options(FlowState &state, int32_t &forward, int32_t &reverse);
    bool start(Start &s, Families families);
    template <class A> bool rest(FlowUpdateOf<A> &u, const Start &s);
    template <class A> bool rest(FlowKeyOf<A> &k, uint8_t proto);
};

}  // namespace mimi
#endif

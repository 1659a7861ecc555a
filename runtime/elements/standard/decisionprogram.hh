// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_DECISIONPROGRAM_HH
#define MIMI_DECISIONPROGRAM_HH
#include <click/config.h>
#include <click/string.hh>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

class StringAccum;

// One question about a packet: does the 32-bit word at `offset` from header `base`, masked, equal (or exceed) a value?
// Words are compared as big-endian numbers. A packet that ends before the masked bytes answers no; `present` asks just that.
struct DecisionTest {
    enum Op : uint8_t { equal, greater, present };
    uint8_t base = 0;
    Op op = equal;
    int32_t offset = 0;
    uint32_t mask = 0;
    uint32_t value = 0;
    auto operator<=>(const DecisionTest &) const = default;
    // How many bytes from the header's start on must be there.
    int needed() const { return offset + 4 - (mask ? __builtin_ctz(mask) / 8 : 0); }
};

// A Boolean combination of tests.
class DecisionExpression {
  public:
    enum Kind { constant, test, all_of, any_of, negation };
    typedef std::vector<DecisionExpression> List;

    static DecisionExpression make_constant(bool value);
    static DecisionExpression make_test(const DecisionTest &t);
    static DecisionExpression make_all(List parts);
    static DecisionExpression make_any(List parts);
    static DecisionExpression make_not(DecisionExpression part);
    // The byte string `value` under `mask` at `offset`; cut into words.
    static DecisionExpression make_bytes(uint8_t base, int offset, const std::vector<uint8_t> &value,
                                         const std::vector<uint8_t> &mask);

    Kind kind() const { return _kind; }
    bool value() const { return _value; }
    const DecisionTest &the_test() const { return _test; }
    const List &parts() const { return _parts; }

  private:
    Kind _kind = constant;
    bool _value = false;
    DecisionTest _test;
    List _parts;
};

// Rules (expression, result), first match wins, compiled to a graph of word tests without repeated questions.
//
// Compilation works backwards, so that equal tails are shared; then forwards once more, dropping each test whose answer the
// tests before it on that path already settle. Running costs one load, mask and compare per step.
class DecisionProgram {
  public:
    static constexpr int nbases = 2;
    static constexpr int no_match = 0x7FFFFFFF;

    struct View {
        const unsigned char *data[nbases];
        int length[nbases];
    };
    struct Rule {
        DecisionExpression expression;
        int result;
    };

    // What runs when no rule matches is `otherwise`.
    void compile(const std::vector<Rule> &rules, int otherwise = no_match);

    int run(const View &view) const
    {
        int at = _start;
        if (view.length[0] >= _safe_length[0] && view.length[1] >= _safe_length[1]) {
            while (at >= 0) {
                const Step &step = _steps[at];
                uint32_t word = load(view.data[step.test.base] + step.test.offset);
                at = step.next[answer(step.test, word)];
            }
        } else {
            while (at >= 0)
                at = _steps[at].next[careful_answer(_steps[at].test, view)];
        }
        return ~at;
    }

    size_t nsteps() const { return _steps.size(); }
    // One line a step; offsets from base b are shown as base_shift[b] + offset.
    String unparse(const int base_shift[nbases]) const;

  private:
    struct Step {
        DecisionTest test;
        int next[2];  // by answer; negative: ~result
    };
    struct Facts;
    typedef std::tuple<DecisionTest, int, int> Key;

    static uint32_t load(const unsigned char *p)
    {
        uint32_t word;
        memcpy(&word, p, sizeof(word));
        return __builtin_bswap32(word);
    }
    static bool answer(const DecisionTest &t, uint32_t word)
    {
        uint32_t masked = word & t.mask;
        if (t.op == DecisionTest::equal)
            return masked == t.value;
        return t.op == DecisionTest::present || masked > t.value;
    }
    static bool careful_answer(const DecisionTest &t, const View &view);

    int add_step(const DecisionTest &t, int yes, int no);
    int emit(const DecisionExpression &e, int yes, int no);
    int simplify(int at, Facts &facts, int &budget);
    void keep_reachable();
    int renumber(int at, const std::vector<Step> &old, std::vector<int> &number, std::vector<int> &order);

    std::vector<Step> _steps;
    std::map<Key, int> _known;  // while compiling
    int _start = ~no_match;
    int _safe_length[nbases] = {0, 0};
};

#endif

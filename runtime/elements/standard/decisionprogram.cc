// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "decisionprogram.hh"
#include <click/straccum.hh>
#include <algorithm>
#include <cstdio>

DecisionExpression DecisionExpression::make_constant(bool value)
{
    DecisionExpression e;
    e._value = value;
    return e;
}

DecisionExpression DecisionExpression::make_test(const DecisionTest &t)
{
    if (t.op == DecisionTest::equal && t.mask == 0)
        return make_constant(t.value == 0);
    DecisionExpression e;
    e._kind = test;
    e._test = t;
    return e;
}

DecisionExpression DecisionExpression::make_all(List parts)
{
    DecisionExpression e;
    e._kind = all_of;
    e._parts = std::move(parts);
    return e;
}

DecisionExpression DecisionExpression::make_any(List parts)
{
    DecisionExpression e;
    e._kind = any_of;
    e._parts = std::move(parts);
    return e;
}

DecisionExpression DecisionExpression::make_not(DecisionExpression part)
{
    DecisionExpression e;
    e._kind = negation;
    e._parts.push_back(std::move(part));
    return e;
}

DecisionExpression DecisionExpression::make_bytes(uint8_t base, int offset, const std::vector<uint8_t> &value,
                                                  const std::vector<uint8_t> &mask)
{
    std::map<int, DecisionTest> words;
    for (size_t i = 0; i < value.size(); ++i) {
        if (mask[i] == 0)
            continue;
        int at = offset + static_cast<int>(i);
        DecisionTest &word = words[at & ~3];
        int shift = 24 - 8 * (at & 3);
        word.base = base;
        word.offset = at & ~3;
        word.mask |= static_cast<uint32_t>(mask[i]) << shift;
        word.value |= static_cast<uint32_t>(value[i] & mask[i]) << shift;
    }
    List parts;
    for (const auto &[at, word] : words)
        parts.push_back(make_test(word));
    return make_all(std::move(parts));
}

// What a path has learned so far, as a stack: entering a branch pushes, leaving it pops.
struct DecisionProgram::Facts {
    std::vector<std::pair<DecisionTest, bool>> known;

    // 1 yes, 0 no, -1 not settled.
    int settle(const DecisionTest &t) const
    {
        uint32_t known_mask = 0, known_value = 0;
        for (const auto &[fact, truth] : known) {
            if (fact == t)
                return truth;
            if (t.op == DecisionTest::present && fact.base == t.base && truth && fact.needed() >= t.needed())
                return 1;
            if (fact.op == DecisionTest::present && fact.base == t.base && !truth && t.needed() >= fact.needed())
                return 0;
            if (fact.base != t.base || fact.offset != t.offset || fact.op != DecisionTest::equal)
                continue;
            if (truth) {
                known_mask |= fact.mask;
                known_value |= fact.value;
            } else if (t.op == DecisionTest::equal && !(fact.mask & ~t.mask) && (t.value & fact.mask) == fact.value) {
                return 0;
            }
        }
        if (t.op == DecisionTest::present)
            return -1;
        if (t.op == DecisionTest::greater)
            return t.mask & ~known_mask ? -1 : (known_value & t.mask) > t.value;
        if ((known_value ^ t.value) & known_mask & t.mask)
            return 0;
        return t.mask & ~known_mask ? -1 : 1;
    }
};

int DecisionProgram::add_step(const DecisionTest &t, int yes, int no)
{
    if (yes == no)
        return yes;
    auto [it, fresh] = _known.try_emplace(Key(t, yes, no), static_cast<int>(_steps.size()));
    if (fresh)
        _steps.push_back(Step{t, {no, yes}});
    return it->second;
}

int DecisionProgram::emit(const DecisionExpression &e, int yes, int no)
{
    const auto &parts = e.parts();
    switch (e.kind()) {
    case DecisionExpression::constant:
        return e.value() ? yes : no;
    case DecisionExpression::test:
        return add_step(e.the_test(), yes, no);
    case DecisionExpression::negation:
        return emit(parts[0], no, yes);
    case DecisionExpression::all_of:
        for (auto part = parts.rbegin(); part != parts.rend(); ++part)
            yes = emit(*part, yes, no);
        return yes;
    case DecisionExpression::any_of:
        for (auto part = parts.rbegin(); part != parts.rend(); ++part)
            no = emit(*part, yes, no);
        return no;
    }
    return no;
}

// The graph from `at` on without the tests that `facts` settle. Shared tails are walked once per way in, so the work is
// bounded by a budget; what lies beyond it stays as it is, which is correct, only longer.
int DecisionProgram::simplify(int at, Facts &facts, int &budget)
{
    while (at >= 0) {
        int settled = facts.settle(_steps[at].test);
        if (settled < 0)
            break;
        at = _steps[at].next[settled];
    }
    if (at < 0 || --budget < 0)
        return at;
    Step step = _steps[at];
    int next[2];
    for (int truth : {1, 0}) {
        facts.known.emplace_back(step.test, truth);
        next[truth] = simplify(step.next[truth], facts, budget);
        facts.known.pop_back();
    }
    return add_step(step.test, next[1], next[0]);
}

int DecisionProgram::renumber(int at, const std::vector<Step> &old, std::vector<int> &number, std::vector<int> &order)
{
    if (at < 0)
        return at;
    if (number[at] >= 0)
        return number[at];
    number[at] = static_cast<int>(order.size());
    order.push_back(at);
    renumber(old[at].next[1], old, number, order);
    renumber(old[at].next[0], old, number, order);
    return number[at];
}

void DecisionProgram::keep_reachable()
{
    std::vector<Step> old = std::move(_steps);
    std::vector<int> number(old.size(), -1), order;
    _start = renumber(_start, old, number, order);
    _steps.clear();
    for (int at : order) {
        Step step = old[at];
        for (int &next : step.next)
            if (next >= 0)
                next = number[next];
        _steps.push_back(step);
    }
}

void DecisionProgram::compile(const std::vector<Rule> &rules, int otherwise)
{
    _steps.clear();
    _known.clear();
    int at = ~otherwise;
    for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule)
        at = emit(rule->expression, ~rule->result, at);
    Facts facts;
    int budget = 20000;
    _start = simplify(at, facts, budget);
    keep_reachable();
    _known.clear();
    _safe_length[0] = _safe_length[1] = 0;
    for (const Step &step : _steps)
        _safe_length[step.test.base] = std::max(_safe_length[step.test.base], step.test.offset + 4);
}

bool DecisionProgram::careful_answer(const DecisionTest &t, const View &view)
{
    int have = view.length[t.base] - t.offset;
    if (view.length[t.base] < t.needed())
        return false;
    unsigned char bytes[4] = {};
    memcpy(bytes, view.data[t.base] + t.offset, std::min(have, 4));
    return answer(t, load(bytes));
}

String DecisionProgram::unparse(const int base_shift[nbases]) const
{
    StringAccum sa;
    int safe = 0;
    auto target = [&sa](int at) {
        if (at >= 0)
            sa << "step " << at;
        else if (~at == no_match)
            sa << "[X]";
        else
            sa << '[' << ~at << ']';
    };
    for (size_t i = 0; i < _steps.size(); ++i) {
        const Step &step = _steps[i];
        char text[64];
        snprintf(text, sizeof(text), "%2d %3d%c%08x%%%08x  yes->", static_cast<int>(i),
                 base_shift[step.test.base] + step.test.offset, "/>?"[step.test.op],
                 step.test.value, step.test.mask);
        sa << text;
        target(step.next[1]);
        sa << "  no->";
        target(step.next[0]);
        safe = std::max(safe, base_shift[step.test.base] + step.test.needed());
        sa << '\n';
    }
    if (_steps.empty()) {
        sa << "all->";
        target(_start);
        sa << '\n';
    }
    sa << "safe length " << safe << "\nalignment offset 0\n";
    return sa.take_string();
}

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/router/portcode.hh"
#include <algorithm>
#include <cctype>

namespace router_ports {
namespace {

int number(const char *&s, const char *end)
{
    int value = 0;
    for (; s < end && isdigit(static_cast<unsigned char>(*s)); ++s)
        if (value < 100000)
            value = value * 10 + (*s - '0');
    return value;
}

bool digit(const char *s, const char *end)
{
    return s < end && isdigit(static_cast<unsigned char>(*s));
}

}  // namespace

// `N`, `LO-HI`, `LO-`, `-HI` or `-`
const char *PortCount::range(const char *s, const char *end, bool isoutput)
{
    const char *start = s;
    low[isoutput] = digit(s, end) ? number(s, end) : 0;
    high[isoutput] = low[isoutput];
    if (s < end && *s == '-') {
        ++s;
        high[isoutput] = digit(s, end) ? number(s, end) : INT_MAX;
    }
    valid = valid && s != start && high[isoutput] >= low[isoutput];
    return s;
}

PortCount::PortCount(const String &text)
{
    const char *s = text.begin(), *end = text.end();
    s = range(s, end, false);
    if (s == end) {
        low[1] = low[0];
        high[1] = high[0];
        return;
    }
    if (*s++ != '/') {
        valid = false;
    } else if (s < end && *s == '=') {
        extra = 0;
        for (++s; s < end && *s == '+'; ++s)
            ++extra;
        valid = valid && s == end;
    } else {
        valid = range(s, end, true) == end && valid;
    }
}

void PortCount::settle(int ninputs_used, int noutputs_used, int &ninputs, int &noutputs) const
{
    ninputs = std::clamp(ninputs_used, low[0], high[0]);
    if (extra < 0) {
        noutputs = std::clamp(noutputs_used, low[1], high[1]);
        return;
    }
    // Unused inputs are better reported than outputs that do not exist.
    ninputs = std::clamp(std::max(ninputs, noutputs_used - extra), low[0], high[0]);
    noutputs = ninputs + extra;
}

ProcessingCode::ProcessingCode(const String &text)
{
    bool isoutput = false;
    for (const char *s = text.begin(); s != text.end(); ++s) {
        if (*s == '/' && !isoutput)
            isoutput = true;
        else if (*s == 'a' || *s == 'h' || *s == 'l')
            _codes[isoutput].push_back(static_cast<Processing>(*s));
        else
            valid = false;
    }
    if (!isoutput)
        _codes[1] = _codes[0];
    for (auto &codes : _codes)
        if (codes.empty())
            codes.push_back(agnostic);
}

Processing ProcessingCode::of(bool isoutput, int port) const
{
    const std::vector<Processing> &codes = _codes[isoutput];
    return codes[std::min(static_cast<size_t>(port), codes.size() - 1)];
}

// One letter, `#`, `[abc]` or `[^abc]` per port.
const char *FlowCode::side(const char *s, const char *end, bool isoutput)
{
    while (s < end && *s != '/') {
        Set set;
        bool bracket = *s == '[';
        if (bracket && ++s < end && *s == '^') {
            set.negated = true;
            ++s;
        }
        do {
            if (s < end && *s == '#')
                set.same_index = true;
            else if (s < end && isalpha(static_cast<unsigned char>(*s)))
                set.letters += *s;
            else
                _valid = false;
            s += s < end;
        } while (bracket && s < end && *s != ']');
        if (bracket && s < end)
            ++s;
        else if (bracket)
            _valid = false;
        _sets[isoutput].push_back(set);
    }
    return s;
}

FlowCode::FlowCode(const String &text)
{
    const char *s = side(text.begin(), text.end(), false);
    if (s < text.end())
        s = side(s + 1, text.end(), true);
    else
        _sets[1] = _sets[0];
    if (s != text.end() || _sets[0].empty() || _sets[1].empty())
        _valid = false;
}

// Whether some symbol is in both sets. `#` is a symbol of its own for each index.
bool FlowCode::overlap(const Set &a, int a_index, const Set &b, int b_index)
{
    if (a.negated && b.negated)
        return true;
    const Set &listed = a.negated ? b : a;
    const Set &other = a.negated ? a : b;
    bool same_index = other.same_index && a_index == b_index;
    if (listed.same_index && same_index != other.negated)
        return true;
    return std::any_of(listed.letters.begin(), listed.letters.end(), [&](char c) { return other.has(c); });
}

bool FlowCode::connects(int input, int output) const
{
    if (!_valid)
        return true;
    const Set &in = _sets[0][std::min(static_cast<size_t>(input), _sets[0].size() - 1)];
    const Set &out = _sets[1][std::min(static_cast<size_t>(output), _sets[1].size() - 1)];
    return overlap(in, input, out, output);
}

}  // namespace router_ports

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/elements/control/scripttext.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/straccum.hh>
#include <click/timestamp.hh>
#include <arpa/inet.h>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace {

typedef Vector<String> Words;
typedef std::optional<String> Result;

// A whole number where possible, else a floating one: sums of whole numbers stay exact.
struct Number {
    bool whole = true;
    int64_t integer = 0;
    double floating = 0;

    static std::optional<Number> parse(const String &text)
    {
        Number number;
        if (IntArg().parse(text, number.integer)) {
            number.floating = static_cast<double>(number.integer);
            return number;
        }
        char *end;
        number.whole = false;
        number.floating = std::strtod(text.c_str(), &end);
        if (!text || *end || !std::isfinite(number.floating))
            return std::nullopt;
        return number;
    }
    static Number of(int64_t value) { return {true, value, static_cast<double>(value)}; }
    static Number of(double value) { return {false, 0, value}; }

    String text() const
    {
        char buffer[40];
        if (whole)
            std::snprintf(buffer, sizeof buffer, "%lld", static_cast<long long>(integer));
        else
            std::snprintf(buffer, sizeof buffer, "%.15g", floating);
        return buffer;
    }
};

String truth(bool value)
{
    return value ? "true" : "false";
}

std::optional<std::vector<Number>> numbers(const Words &words)
{
    std::vector<Number> all;
    for (const String &word : words) {
        auto number = Number::parse(cp_unquote(word));
        if (!number)
            return std::nullopt;
        all.push_back(*number);
    }
    return all;
}

template <typename Whole, typename Floating>
Result fold(const Words &words, Whole whole, Floating floating)
{
    auto all = numbers(words);
    if (!all || all->empty())
        return std::nullopt;
    Number sum = all->front();
    for (size_t i = 1; i < all->size(); ++i) {
        const Number &next = (*all)[i];
        int64_t exact;
        if (sum.whole && next.whole && !whole(sum.integer, next.integer, &exact))
            sum = Number::of(exact);
        else
            sum = Number::of(static_cast<double>(floating(sum.floating, next.floating)));
    }
    return sum.text();
}

Result subtract(const Words &words)
{
    if (words.size() == 1)
        return fold({String("0"), words[0]}, [](int64_t a, int64_t b, int64_t *r) { return __builtin_sub_overflow(a, b, r); },
                    std::minus<>());
    return fold(words, [](int64_t a, int64_t b, int64_t *r) { return __builtin_sub_overflow(a, b, r); }, std::minus<>());
}

Result divide(const Words &words)
{
    auto all = numbers(words);
    if (!all || all->size() != 2 || (*all)[1].floating == 0)
        return std::nullopt;
    const Number &a = (*all)[0], &b = (*all)[1];
    if (a.whole && b.whole && a.integer % b.integer == 0)
        return Number::of(a.integer / b.integer).text();
    return Number::of(a.floating / b.floating).text();
}

Result divide_whole(const Words &words, const String &which)
{
    auto all = numbers(words);
    if (!all || all->size() != 2 || (*all)[1].floating == 0)
        return std::nullopt;
    const Number &a = (*all)[0], &b = (*all)[1];
    if (!a.whole || !b.whole)
        return which == "idiv" ? Number::of(static_cast<int64_t>(a.floating / b.floating)).text()
                               : Number::of(std::fmod(a.floating, b.floating)).text();
    int64_t rest = b.integer == -1 ? 0 : a.integer % b.integer;
    if (which == "rem")
        return Number::of(rest).text();
    if (which == "mod")
        return Number::of(rest < 0 ? rest + std::abs(b.integer) : rest).text();
    return b.integer == -1 ? subtract({words[0]}) : Number::of(a.integer / b.integer).text();
}

// Numbers compare as numbers; eq and ne fall back to text.
Result compare(const Words &words, const String &which)
{
    if (words.size() != 2)
        return std::nullopt;
    auto all = numbers(words);
    if (!all) {
        bool same = cp_unquote(words[0]) == cp_unquote(words[1]);
        if (which == "eq" || which == "ne")
            return truth(same == (which == "eq"));
        return std::nullopt;
    }
    const Number &a = (*all)[0], &b = (*all)[1];
    int order;
    if (a.whole && b.whole)
        order = (a.integer > b.integer) - (a.integer < b.integer);
    else
        order = (a.floating > b.floating) - (a.floating < b.floating);
    if (which == "eq" || which == "ne")
        return truth((order == 0) == (which == "eq"));
    if (which == "gt" || which == "le")
        return truth((order > 0) == (which == "gt"));
    return truth((order < 0) == (which == "lt"));
}

Result extreme(const Words &words, bool largest)
{
    auto all = numbers(words);
    if (!all || all->empty())
        return std::nullopt;
    Number best = all->front();
    for (const Number &number : *all)
        if (largest ? number.floating > best.floating : number.floating < best.floating)
            best = number;
    return best.text();
}

Result logic(const Words &words, const String &which)
{
    bool all = true, any = false;
    for (const String &word : words) {
        bool value;
        if (!BoolArg().parse(cp_unquote(word), value))
            return std::nullopt;
        all &= value;
        any |= value;
    }
    if (which == "not")
        return words.size() == 1 ? Result(truth(!any)) : std::nullopt;
    return truth(which == "and" ? all : which == "nand" ? !all : which == "or" ? any : !any);
}

Result choose(const Words &words)
{
    bool condition;
    if (words.size() < 2 || words.size() > 3 || !BoolArg().parse(cp_unquote(words[0]), condition))
        return std::nullopt;
    return condition ? cp_unquote(words[1]) : words.size() == 3 ? cp_unquote(words[2]) : String();
}

Result contained(const Words &words)
{
    if (words.size() == 0)
        return std::nullopt;
    for (int i = 1; i < words.size(); ++i)
        if (cp_unquote(words[i]) == cp_unquote(words[0]))
            return truth(true);
    return truth(false);
}

Result random_number(const Words &words)
{
    auto all = numbers(words);
    if (!all || all->size() > 2)
        return std::nullopt;
    for (const Number &number : *all)
        if (!number.whole)
            return std::nullopt;
    if (all->empty())
        return Number::of(static_cast<int64_t>(click_random())).text();
    int64_t low = all->size() == 2 ? (*all)[0].integer : 0;
    int64_t high = all->size() == 2 ? (*all)[1].integer : (*all)[0].integer - 1;
    if (low < 0 || high < low || high > 0x7FFFFFFF)
        return std::nullopt;
    return Number::of(static_cast<int64_t>(click_random(static_cast<uint32_t>(low), static_cast<uint32_t>(high)))).text();
}

Result byte_order(const Words &words, const String &which)
{
    auto all = numbers(words);
    if (!all || all->size() != 1 || !all->front().whole)
        return std::nullopt;
    auto value = static_cast<uint64_t>(all->front().integer);
    if (which.back() == 's')
        return value > 0xFFFF ? Result() : Number::of(int64_t{htons(static_cast<uint16_t>(value))}).text();
    return value > 0xFFFFFFFF ? Result() : Number::of(int64_t{htonl(static_cast<uint32_t>(value))}).text();
}

// One conversion of a printf format, its text copied to `spec`; returns its letter, 0 if there is none that is known.
char conversion(const String &format, int &at, std::string &spec)
{
    spec = "%";
    for (++at; at < format.length(); ++at) {
        char c = format[at];
        if (std::string("0123456789.-+ #").find(c) != std::string::npos && spec.size() < 12) {
            spec += c;
            continue;
        }
        return std::string("diouxXcsfgeGE%").find(c) != std::string::npos ? c : 0;
    }
    return 0;
}

Result format_words(const Words &words)
{
    if (words.size() == 0)
        return std::nullopt;
    String format = cp_unquote(words[0]);
    StringAccum text;
    int next = 1;
    for (int at = 0; at < format.length(); ++at) {
        if (format[at] != '%') {
            text << format[at];
            continue;
        }
        std::string spec;
        char letter = conversion(format, at, spec);
        if (letter == '%') {
            text << '%';
            continue;
        }
        if (letter == 0 || next >= words.size())
            return std::nullopt;
        String word = cp_unquote(words[next++]);
        auto number = Number::parse(word);
        char buffer[400];
        bool is_text = letter == 's' || letter == 'c', floats = std::string("fgeGE").find(letter) != std::string::npos;
        if (!is_text && (!number || (!floats && !number->whole)))
            return std::nullopt;
        if (letter == 's')
            std::snprintf(buffer, sizeof buffer, (spec + 's').c_str(), word.c_str());
        else if (letter == 'c')
            std::snprintf(buffer, sizeof buffer, (spec + 'c').c_str(), number ? static_cast<int>(number->integer) : word[0]);
        else if (floats)
            std::snprintf(buffer, sizeof buffer, (spec + letter).c_str(), number->floating);
        else
            std::snprintf(buffer, sizeof buffer, (spec + "ll" + letter).c_str(), static_cast<long long>(number->integer));
        text << buffer;
    }
    return text.take_string();
}

struct Function {
    const char *name;
    Result (*compute)(const Words &words, const String &name, const String &text);
};

Result absolute(const Words &words, const String &name, const String &)
{
    auto all = numbers(words);
    if (!all || all->size() != 1)
        return std::nullopt;
    bool flip = name == "neg" || all->front().floating < 0;
    return flip ? subtract({cp_unquote(words[0])}) : all->front().text();
}

constexpr Function functions[] = {
    {"add", [](const Words &w, const String &, const String &) {
         return fold(w, [](int64_t a, int64_t b, int64_t *r) { return __builtin_add_overflow(a, b, r); }, std::plus<>());
     }},
    {"sub", [](const Words &w, const String &, const String &) { return subtract(w); }},
    {"mul", [](const Words &w, const String &, const String &) {
         return fold(w, [](int64_t a, int64_t b, int64_t *r) { return __builtin_mul_overflow(a, b, r); }, std::multiplies<>());
     }},
    {"div", [](const Words &w, const String &, const String &) { return divide(w); }},
    {"idiv", [](const Words &w, const String &n, const String &) { return divide_whole(w, n); }},
    {"mod", [](const Words &w, const String &n, const String &) { return divide_whole(w, n); }},
    {"rem", [](const Words &w, const String &n, const String &) { return divide_whole(w, n); }},
    {"neg", absolute},
    {"abs", absolute},
    {"min", [](const Words &w, const String &, const String &) { return extreme(w, false); }},
    {"max", [](const Words &w, const String &, const String &) { return extreme(w, true); }},
    {"eq", [](const Words &w, const String &n, const String &) { return compare(w, n); }},
    {"ne", [](const Words &w, const String &n, const String &) { return compare(w, n); }},
    {"gt", [](const Words &w, const String &n, const String &) { return compare(w, n); }},
    {"ge", [](const Words &w, const String &n, const String &) { return compare(w, n); }},
    {"lt", [](const Words &w, const String &n, const String &) { return compare(w, n); }},
    {"le", [](const Words &w, const String &n, const String &) { return compare(w, n); }},
    {"not", [](const Words &w, const String &n, const String &) { return logic(w, n); }},
    {"and", [](const Words &w, const String &n, const String &) { return logic(w, n); }},
    {"or", [](const Words &w, const String &n, const String &) { return logic(w, n); }},
    {"nand", [](const Words &w, const String &n, const String &) { return logic(w, n); }},
    {"nor", [](const Words &w, const String &n, const String &) { return logic(w, n); }},
    {"if", [](const Words &w, const String &, const String &) { return choose(w); }},
    {"in", [](const Words &w, const String &, const String &) { return contained(w); }},
    {"sprintf", [](const Words &w, const String &, const String &) { return format_words(w); }},
    {"first", [](const Words &w, const String &, const String &) { return Result(w.size() ? w[0] : String()); }},
    {"random", [](const Words &w, const String &, const String &) { return random_number(w); }},
    {"now", [](const Words &, const String &, const String &) { return Result(Timestamp::now().unparse()); }},
    {"length", [](const Words &, const String &, const String &text) { return Result(String(text.length())); }},
    {"unquote", [](const Words &, const String &, const String &text) { return Result(cp_unquote(text)); }},
    {"htons", [](const Words &w, const String &n, const String &) { return byte_order(w, n); }},
    {"htonl", [](const Words &w, const String &n, const String &) { return byte_order(w, n); }},
    {"ntohs", [](const Words &w, const String &n, const String &) { return byte_order(w, n); }},
    {"ntohl", [](const Words &w, const String &n, const String &) { return byte_order(w, n); }},
};

}  // namespace

bool script_function(const String &name, const String &arguments, String &result, ErrorHandler *errh)
{
    for (const Function &function : functions) {
        if (name != function.name)
            continue;
        Words words;
        cp_spacevec(arguments, words);
        Result computed = function.compute(words, name, arguments);
        if (!computed) {
            errh->error("%s: bad arguments %<%s%>", name.c_str(), arguments.c_str());
            return false;
        }
        result = *computed;
        return true;
    }
    errh->error("no function %<%s%>", name.c_str());
    return false;
}

const char *const *script_function_names()
{
    static const std::vector<const char *> names = [] {
        std::vector<const char *> all;
        for (const Function &function : functions)
            all.push_back(function.name);
        all.push_back(nullptr);
        return all;
    }();
    return names.data();
}

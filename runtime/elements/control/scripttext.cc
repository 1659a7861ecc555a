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
#include <cctype>
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
            std::snprintf(buffer, sizeof buffer, "%.12g", floating);
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
Result fold(const Words &words, Whole whole, Floating floating, int64_t nothing = 0)
{
    auto all = numbers(words);
    if (!all)
        return std::nullopt;
    Number sum = all->empty() ? Number::of(nothing) : all->front();
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
    return fold(words, [](int64_t a, int64_t b, int64_t *r) { return __builtin_sub_overflow(a, b, r); }, std::minus<>());
}

Result negate(const String &word)
{
    return subtract({String("0"), word});
}

// By one after the other; what comes out whole is exact.
Result divide(const Words &words, const String &which)
{
    auto all = numbers(words);
    if (!all || all->empty())
        return std::nullopt;
    Number value = all->front();
    for (size_t i = 1; i < all->size(); ++i) {
        const Number &by = (*all)[i];
        if (by.floating == 0)
            return std::nullopt;
        bool exact = value.whole && by.whole && by.integer != -1 && value.integer % by.integer == 0;
        value = exact ? Number::of(value.integer / by.integer) : Number::of(value.floating / by.floating);
    }
    if (which == "idiv" && !value.whole) {
        if (std::fabs(value.floating) >= 9223372036854775808.0)
            return std::nullopt;
        value = Number::of(static_cast<int64_t>(value.floating));
    }
    return value.text();
}

// What division towards zero leaves; `rem` takes fractions, too.
Result remainder(const Words &words, const String &which)
{
    auto all = numbers(words);
    if (!all || all->size() != 2 || (*all)[1].floating == 0)
        return std::nullopt;
    const Number &a = (*all)[0], &b = (*all)[1];
    if (a.whole && b.whole)
        return Number::of(b.integer == -1 ? int64_t{0} : a.integer % b.integer).text();
    return which == "rem" ? Result(Number::of(std::fmod(a.floating, b.floating)).text()) : std::nullopt;
}

// Numbers compare as numbers, anything else as text.
Result compare(const Words &words, const String &which)
{
    if (words.size() != 2)
        return std::nullopt;
    auto all = numbers(words);
    int order;
    if (!all)
        order = String::compare(cp_unquote(words[0]), cp_unquote(words[1]));
    else if (const Number &a = (*all)[0], &b = (*all)[1]; a.whole && b.whole)
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
    if (words.size() < 1 || words.size() > 3 || !BoolArg().parse(cp_unquote(words[0]), condition))
        return std::nullopt;
    int chosen = condition ? 1 : 2;
    return chosen < words.size() ? words[chosen] : String();
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

// A conversion of a printf format: `%`, flags, width and precision, and a letter.
struct Conversion {
    std::string spec;
    std::string size;
    char letter = 0;
};

// A width or a precision; `*` takes the next word.
bool read_width(const String &format, int &at, const Words &words, int &next, std::string &spec)
{
    if (at < format.length() && format[at] == '*') {
        int width;
        if (next >= words.size() || !IntArg().parse(words[next++], width) || std::abs(width) > 300)
            return false;
        spec += std::to_string(width);
        ++at;
        return true;
    }
    size_t start = spec.size();
    while (at < format.length() && std::isdigit(static_cast<unsigned char>(format[at])))
        spec += format[at++];
    return spec.size() - start <= 3 && (spec.size() == start || std::stoi(spec.substr(start)) <= 300);
}

bool read_conversion(const String &format, int &at, const Words &words, int &next, Conversion &conversion)
{
    conversion.spec = "%";
    for (++at; at < format.length() && std::string("0-+ #").find(format[at]) != std::string::npos; ++at)
        if (conversion.spec.find(format[at]) == std::string::npos)
            conversion.spec += format[at];
    if (!read_width(format, at, words, next, conversion.spec))
        return false;
    if (at < format.length() && format[at] == '.') {
        conversion.spec += format[at++];
        if (!read_width(format, at, words, next, conversion.spec))
            return false;
    }
    for (; at < format.length() && std::string("hlLq").find(format[at]) != std::string::npos; ++at)
        conversion.size += format[at];
    conversion.letter = at < format.length() ? format[at] : 0;
    return conversion.letter && std::string("diouxXcsfgeGE%").find(conversion.letter) != std::string::npos;
}

// The word in the form that the conversion asks for.
bool format_word(const Conversion &conversion, const String &word, StringAccum &text)
{
    auto number = Number::parse(word);
    char buffer[1000];
    char letter = conversion.letter;
    if (letter == 's' || (letter == 'c' && !number)) {
        std::snprintf(buffer, sizeof buffer, (conversion.spec + 's').c_str(), word.c_str());
    } else if (std::string("fgeGE").find(letter) != std::string::npos) {
        if (!number)
            return false;
        std::snprintf(buffer, sizeof buffer, (conversion.spec + letter).c_str(), number->floating);
    } else if (letter == 'c') {
        std::snprintf(buffer, sizeof buffer, (conversion.spec + 'c').c_str(), static_cast<int>(number->integer));
    } else {
        if (!number || !number->whole)
            return false;
        long long value = number->integer;
        bool is_signed = letter == 'd' || letter == 'i';
        if (conversion.size == "h")
            value = is_signed ? static_cast<short>(value) : static_cast<unsigned short>(value);
        std::snprintf(buffer, sizeof buffer, (conversion.spec + "ll" + letter).c_str(), value);
    }
    text << buffer;
    return true;
}

Result format_words(const Words &words)
{
    if (words.size() == 0)
        return std::nullopt;
    String format = cp_unquote(words[0]);
    StringAccum text;
    int next = 1;
    for (int at = 0; at < format.length(); ++at) {
        Conversion conversion;
        if (format[at] != '%')
            text << format[at];
        else if (!read_conversion(format, at, words, next, conversion))
            return std::nullopt;
        else if (conversion.letter == '%')
            text << '%';
        else if (next >= words.size() || !format_word(conversion, cp_unquote(words[next++]), text))
            return std::nullopt;
    }
    return next == words.size() ? Result(text.take_string()) : std::nullopt;
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
    return flip ? negate(cp_unquote(words[0])) : all->front().text();
}

constexpr Function functions[] = {
    {"add", [](const Words &w, const String &, const String &) {
         return fold(w, [](int64_t a, int64_t b, int64_t *r) { return __builtin_add_overflow(a, b, r); }, std::plus<>());
     }},
    {"sub", [](const Words &w, const String &, const String &) { return subtract(w); }},
    {"mul", [](const Words &w, const String &, const String &) {
         return fold(w, [](int64_t a, int64_t b, int64_t *r) { return __builtin_mul_overflow(a, b, r); }, std::multiplies<>(), 1);
     }},
    {"div", [](const Words &w, const String &n, const String &) { return divide(w, n); }},
    {"idiv", [](const Words &w, const String &n, const String &) { return divide(w, n); }},
    {"mod", [](const Words &w, const String &n, const String &) { return remainder(w, n); }},
    {"rem", [](const Words &w, const String &n, const String &) { return remainder(w, n); }},
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

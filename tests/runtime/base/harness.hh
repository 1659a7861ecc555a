// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_TESTS_HARNESS_HH
#define MIMI_TESTS_HARNESS_HH
#include <click/config.h>
#include <click/error.hh>
#include <click/string.hh>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

// A test is a function that registers itself by name. CHECK goes on after a failure, so that one run shows them all.

typedef void (*TestFunction)();

struct Test {
    Test(const char *name, TestFunction function);
};

void check_failed(const char *file, int line, const char *what, const std::string &details = std::string());

inline std::string shown(const String &s)
{
    return "\"" + std::string(s.data(), static_cast<size_t>(s.length())) + "\"";
}
inline std::string shown(const char *s)
{
    return shown(String(s));
}
inline std::string shown(const std::string &s)
{
    return s;
}
template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
std::string shown(T x)
{
    return std::to_string(static_cast<long long>(x));
}
template <typename T>
std::string shown(const T &x)
    requires requires { x.unparse(); }
{
    return shown(x.unparse());
}

#define TEST(name)                            \
    static void test_##name();                \
    static const Test register_##name(#name, test_##name); \
    static void test_##name()

#define CHECK(condition) ((condition) ? (void) 0 : check_failed(__FILE__, __LINE__, #condition))
#define CHECK_EQUAL(actual, expected)                                                                    \
    do {                                                                                                 \
        const auto &check_a = (actual);                                                                  \
        const auto &check_e = (expected);                                                                \
        if (!(check_a == check_e))                                                                       \
            check_failed(__FILE__, __LINE__, #actual " == " #expected, shown(check_a) + " != " + shown(check_e)); \
    } while (0)

// Repeatable random numbers (SplitMix64).
class Random {
  public:
    explicit Random(uint64_t seed) : _state(seed) {}
    uint64_t next()
    {
        uint64_t z = (_state += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    uint32_t below(uint32_t n) { return static_cast<uint32_t>(next() % n); }

  private:
    uint64_t _state;
};

// Keeps what is reported, as users would see it.
class Messages : public ErrorHandler {
  public:
    void *emit(const String &line, void *, bool) override
    {
        _text += text_of(line);
        _text += "\n";
        return nullptr;
    }
    String take()
    {
        String text = _text;
        _text = String();
        clear();
        return text;
    }

  private:
    String _text;
};

#endif

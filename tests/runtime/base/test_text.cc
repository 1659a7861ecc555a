// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/base/harness.hh"
#include <click/confparse.hh>
#include <click/glue.hh>
#include <click/md5.h>
#include <click/straccum.hh>
#include <click/userutils.hh>
#include <cmath>

TEST(string_substring)
{
    String s("hello world");
    CHECK_EQUAL(s.substring(0, 5), "hello");
    CHECK_EQUAL(s.substring(-5, 5), "world");
    CHECK_EQUAL(s.substring(6), "world");
    CHECK_EQUAL(s.substring(0, -6), "hello");
    CHECK_EQUAL(s.substring(20, 3), "");
    CHECK_EQUAL(s.substring(s.begin() + 1, s.begin() + 3), "el");
    CHECK_EQUAL(String("  x y ").trim_space(), "x y");
    CHECK_EQUAL(s.find_left('o'), 4);
    CHECK_EQUAL(s.find_left('o', 5), 7);
    CHECK_EQUAL(s.find_right('o'), 7);
    CHECK_EQUAL(s.find_left("wor"), 6);
    CHECK_EQUAL(s.find_left("xyz"), -1);
    CHECK(s.starts_with("hell") && !s.starts_with("ello"));
}

// Appending in place must never change what other strings see.
TEST(string_append_shares)
{
    String a("ab"), b = a;
    b += "c";
    String c = b;
    a += "x";
    b += "y";
    CHECK_EQUAL(a, "abx");
    CHECK_EQUAL(b, "abcy");
    CHECK_EQUAL(c, "abc");
    String d("start");
    for (int i = 0; i < 1000; ++i)
        d += d.substring(0, 2);
    CHECK_EQUAL(d.length(), 2005);
    CHECK_EQUAL(d.substring(-4, 4), "stst");
    String e("self");
    e += e;
    CHECK_EQUAL(e, "selfself");
}

TEST(string_against_std)
{
    Random random(1);
    std::vector<std::pair<String, std::string>> pool(1);
    for (int step = 0; step < 20000; ++step) {
        auto &[mine, model] = pool[random.below(static_cast<uint32_t>(pool.size()))];
        switch (random.below(5)) {
        case 0: {
            const auto other = pool[random.below(static_cast<uint32_t>(pool.size()))];
            if (model.size() + other.second.size() < 500) {
                mine += other.first;
                model += other.second;
            }
            break;
        }
        case 1: {
            char c = static_cast<char>('a' + random.below(26));
            mine += c;
            model += c;
            break;
        }
        case 2: {
            size_t from = random.below(static_cast<uint32_t>(model.size() + 1)), n = random.below(20);
            auto part = std::make_pair(mine.substring(static_cast<int>(from), static_cast<int>(n)), model.substr(from, n));
            if (pool.size() < 40)
                pool.push_back(part);
            else
                pool[random.below(40)] = part;
            break;
        }
        case 3:
            CHECK_EQUAL(std::string(mine.c_str()), model);
            break;
        default:
            if (!model.empty()) {
                mine.mutable_data()[0] = 'Z';
                model[0] = 'Z';
            }
        }
    }
    for (const auto &[mine, model] : pool)
        CHECK_EQUAL(std::string(mine.data(), static_cast<size_t>(mine.length())), model);
}

TEST(string_c_str)
{
    String whole("abcdef");
    String part = whole.substring(0, 3);
    CHECK_EQUAL(strlen(part.c_str()), 3u);
    CHECK_EQUAL(whole, "abcdef");
    const char *first = whole.c_str();
    CHECK(first == whole.c_str());
    whole += "ghi";
    CHECK_EQUAL(strlen(whole.c_str()), 9u);
    const String stable = String::make_stable("stable", 3);
    CHECK_EQUAL(strlen(stable.c_str()), 3u);
}

TEST(string_forms)
{
    CHECK_EQUAL(String(-5), "-5");
    CHECK_EQUAL(String(uint64_t{1} << 63), "9223372036854775808");
    CHECK_EQUAL(String(true), "true");
    CHECK_EQUAL(String(0.5), "0.5");
    CHECK_EQUAL(String('x'), "x");
    CHECK_EQUAL(String::make_numeric(uintmax_t{255}, 16), "FF");
    CHECK_EQUAL(String::make_numeric(uintmax_t{255}, 16, false), "ff");
    CHECK_EQUAL(String("MiXed").lower(), "mixed");
    CHECK_EQUAL(String("MiXed").upper(), "MIXED");
    CHECK_EQUAL(String("a\n\x80").printable(), "a^J\\200");
    CHECK_EQUAL(String("AB").quoted_hex(), "\\<4142>");
    CHECK_EQUAL(String("a\"\n").encode_json(), "a\\\"\\n");
    CHECK(String("b") > String("a") && String("a") < String("ab") && !String() && String("x"));
}

TEST(string_glob)
{
    CHECK(glob_match("queue.c", "*.c") && !glob_match("queue.h", "*.c"));
    CHECK(glob_match("abcabd", "*ab?") && glob_match("a*b", "a\\*b") && !glob_match("axb", "a\\*b"));
    CHECK(glob_match("x5", "x[0-9]") && !glob_match("xa", "x[0-9]") && glob_match("xa", "x[^0-9]"));
    CHECK(glob_match("", "*") && !glob_match("", "?") && !glob_match("a", ""));
}

TEST(straccum)
{
    StringAccum sa;
    sa << "n=" << 5 << ' ' << 7u << ' ' << -1L << ' ' << true << ' ' << 1.5;
    CHECK_EQUAL(sa.take_string(), "n=5 7 -1 true 1.5");
    CHECK_EQUAL(sa.length(), 0);
    sa.snprintf(4, "%d", 123456);
    CHECK_EQUAL(sa.take_string(), "1234");
    sa.append_fill('x', 3);
    sa.pop_back();
    CHECK_EQUAL(String(sa.c_str()), "xx");
    sa.clear();
    sa.append_utf8(0x20AC);
    CHECK_EQUAL(sa.take_string(), "\xE2\x82\xAC");
    sa.append_break_lines("one two three", 8, "  ");
    CHECK_EQUAL(sa.take_string(), "  one\n  two\n  three\n");
}

TEST(arguments_split)
{
    auto joined = [](const char *text) {
        Vector<String> v;
        cp_argvec(text, v);
        StringAccum sa;
        for (const String &s : v)
            sa << '[' << s << ']';
        return sa.take_string();
    };
    CHECK_EQUAL(joined(""), "");
    CHECK_EQUAL(joined("  "), "");
    CHECK_EQUAL(joined("a, b"), "[a][b]");
    CHECK_EQUAL(joined("a,"), "[a]");
    CHECK_EQUAL(joined("a,,b"), "[a][][b]");
    CHECK_EQUAL(joined(","), "[]");
    CHECK_EQUAL(joined("'a,b', \"c,\\\"d\" , \\<2c 2C>"), "['a,b'][\"c,\\\"d\"][\\<2c 2C>]");
    CHECK_EQUAL(joined("a /* x, y */ b, c // d, e\n f"), "[a   b][c  \n f]");
    CHECK_EQUAL(joined("a'/*'b"), "[a'/*'b]");
}

TEST(words_split)
{
    Vector<String> v;
    cp_spacevec(" a 'b c' /* x */ \"d e\"f\t\\<20 20> ", v);
    CHECK_EQUAL(cp_unspacevec(v), "a 'b c' \"d e\"f \\<20 20>");
    CHECK_EQUAL(v.size(), 4);
    String text(" first  second third ");
    CHECK_EQUAL(cp_shift_spacevec(text), "first");
    CHECK_EQUAL(text, "second third ");
    CHECK_EQUAL(cp_pop_spacevec(text), "third");
    CHECK_EQUAL(cp_shift_spacevec(text), "second");
    CHECK_EQUAL(cp_shift_spacevec(text), "");
}

TEST(unquoting)
{
    CHECK_EQUAL(cp_unquote("a'b\\n'c"), "ab\\nc");
    CHECK_EQUAL(cp_unquote("\"a\\tb\\101\\x41\\\\\\\"\\$\\,\\q\""), "a\tbAA\\\"$,q");
    CHECK_EQUAL(cp_unquote("\"a\\\nb\""), "ab");
    CHECK_EQUAL(cp_unquote("\\<48 65 /*c*/ 6c>x"), "Helx");
    CHECK_EQUAL(cp_unquote("\"\\<4>\""), "");
    CHECK_EQUAL(cp_unquote("\"open"), "open");
    CHECK_EQUAL(cp_uncomment(" a /* b */ c // d"), "a   c");
    CHECK_EQUAL(cp_uncomment("/* only */"), "");
    CHECK_EQUAL(cp_uncomment("' /* kept */ '"), "' /* kept */ '");
}

TEST(quote_round_trip)
{
    CHECK_EQUAL(cp_quote("word"), "word");
    CHECK_EQUAL(cp_quote(""), "\"\"");
    CHECK_EQUAL(cp_quote("a b"), "\"a b\"");
    CHECK_EQUAL(cp_quote("$x\"\\\n\t\x01\xFF"), "\"\\$x\\\"\\\\\\n\\t\\001\\377\"");
    Random random(2);
    static const char alphabet[] = "ab \"'\\,<>/*$\n\r\t#(){};0x5\x01\x80";
    for (int i = 0; i < 20000; ++i) {
        String s;
        for (uint32_t n = random.below(12); n > 0; --n)
            s += alphabet[random.below(sizeof alphabet - 1)];
        const String quoted = cp_quote(s, random.below(2));
        CHECK_EQUAL(cp_unquote(quoted), s);
        CHECK_EQUAL(cp_uncomment(quoted), quoted);
        Vector<String> words, arguments;
        cp_spacevec(quoted, words);
        cp_argvec(quoted, arguments);
        CHECK_EQUAL(words.size(), 1);
        CHECK_EQUAL(arguments.size(), 1);
    }
}

// No text may send a parser out of bounds or into a loop; the sanitizers watch.
TEST(parsers_survive_anything)
{
    Random random(3);
    static const char alphabet[] = "a \"'\\<>/*,\n41x$";
    for (int i = 0; i < 50000; ++i) {
        String s;
        for (uint32_t n = random.below(10); n > 0; --n)
            s += alphabet[random.below(sizeof alphabet - 1)];
        String exact = s.unique();
        Vector<String> v;
        cp_argvec(exact, v);
        cp_spacevec(exact, v);
        const String once = cp_uncomment(exact);
        CHECK(once.length() <= exact.length() + 1);
        cp_unquote(exact);
        cp_pop_spacevec(exact);
    }
}

TEST(real_numbers)
{
    uint32_t u;
    int32_t i;
    CHECK(cp_real2("1.5", 8, &u) && u == 384);
    CHECK(cp_real2("-0.25", 4, &i) && i == -4);
    CHECK(!cp_real2("-1", 4, &u) && !cp_real2("x", 4, &u) && !cp_real2("1.5x", 4, &u) && !cp_real2("", 4, &u));
    CHECK(cp_real10("3.14159", 3, &u) && u == 3142);
    CHECK(!cp_real2("inf", 4, &u) && !cp_real2("nan", 4, &u));
    CHECK_EQUAL(cp_unparse_real2(uint32_t{384}, 8), "1.5");
    CHECK_EQUAL(cp_unparse_real2(int32_t{-384}, 8), "-1.5");
    CHECK_EQUAL(cp_unparse_real2(uint32_t{1}, 10), "0.001");
    CHECK_EQUAL(cp_unparse_real2(uint32_t{7}, 0), "7");
    CHECK_EQUAL(cp_unparse_real10(uint32_t{1500}, 3), "1.5");
    CHECK_EQUAL(cp_unparse_real10(uint32_t{5}, 3), "0.005");
    CHECK_EQUAL(cp_unparse_real10(int32_t{-2000}, 3), "-2");
    Random random(4);
    for (int n = 0; n < 20000; ++n) {
        const int bits = static_cast<int>(random.below(CP_REAL2_MAX_FRAC_BITS + 1));
        const uint32_t x = static_cast<uint32_t>(random.next() >> random.below(32));
        uint32_t back;
        CHECK(cp_real2(cp_unparse_real2(x, bits), bits, &back));
        CHECK_EQUAL(back, x);
    }
}

TEST(times)
{
    uint32_t u;
    Timestamp t;
    CHECK(cp_seconds_as_milli("1.5", &u) && u == 1500);
    CHECK(cp_seconds_as_milli("20ms", &u) && u == 20);
    CHECK(cp_seconds_as_micro("3 us", &u) && u == 3);
    CHECK(cp_seconds("2min", &u) && u == 120);
    CHECK(cp_time("1000000000.123456789", &t) && t == Timestamp(int64_t{1000000000}, 123456789));
    CHECK(!cp_time("-1", &t) && cp_time("-1.5", &t, true) && t == Timestamp(-1.5));
    CHECK(!cp_time("5 parsecs", &t));
    CHECK_EQUAL(Timestamp(-1.5).sec(), -2);
    CHECK_EQUAL(Timestamp(-1.5).msec(), 500u);
    CHECK_EQUAL(Timestamp(-1.5).unparse(), "-1.500000");
    CHECK_EQUAL(Timestamp::make_usec(1, 20).unparse(), "1.000020");
    CHECK_EQUAL(Timestamp::make_nsec(1, 20).unparse(), "1.000000020");
    CHECK_EQUAL(Timestamp::make_msec(1, 500).unparse_interval(), "1.5s");
    CHECK_EQUAL(Timestamp::make_msec(int64_t{50}).unparse_interval(), "50ms");
    CHECK_EQUAL(Timestamp::make_usec(int64_t{3}).unparse_interval(), "3us");
    CHECK_EQUAL(Timestamp().unparse_interval(), "0s");
    CHECK_EQUAL(cp_unparse_bandwidth(1000000), "8Mbps");
    CHECK(cp_bandwidth("8Mbps", &u) && u == 1000000);
    CHECK(cp_bandwidth("1kB/s", &u) && u == 1000 && cp_bandwidth("5", &u) && u == 5);
}

TEST(simulated_clock)
{
    Timestamp::warp_set_class(Timestamp::warp_simulation);
    Timestamp::warp_set_now(Timestamp(1000000000), Timestamp(5));
    CHECK_EQUAL(Timestamp::now(), Timestamp(1000000000));
    CHECK_EQUAL(Timestamp::now_steady(), Timestamp(5));
    Timestamp::warp_jump_steady(Timestamp(7.5));
    CHECK_EQUAL(Timestamp::now(), Timestamp(1000000002.5));
    CHECK_EQUAL(Timestamp::now_steady(), Timestamp(7.5));
    Timestamp::warp_jump_steady(Timestamp(6));  // never back
    CHECK_EQUAL(Timestamp::now_steady(), Timestamp(7.5));
    CHECK_EQUAL(click_jiffies(), 7500u);
    Timestamp::warp_set_class(Timestamp::warp_none);
    CHECK(Timestamp::now() > Timestamp(1600000000));
}

TEST(file_utilities)
{
    CHECK_EQUAL(shell_quote("a'b"), "'a'\\''b'");
    CHECK_EQUAL(shell_quote("plain-1.2"), "plain-1.2");
    CHECK_EQUAL(percent_substitute("%a-%%-%z", 'a', "x", 0), "x-%-%z");
    CHECK_EQUAL(shell_command_output_string("tr a b", "banana", nullptr), "bbnbnb");
    Messages errh;
    CHECK_EQUAL(file_string("/nonexistent/file", &errh), "");
    CHECK_EQUAL(errh.take(), "/nonexistent/file: No such file or directory\n");
    setenv("CLICKPATH", "/one::/two", 1);
    Vector<String> path;
    clickpath_expand_path("lib", "/default", path);
    CHECK_EQUAL(cp_unspacevec(path), "/one/lib /one /default /two/lib /two");
}

static std::string md5_of(const std::string &text, size_t piece, bool as_text)
{
    md5_state_t state;
    md5_init(&state);
    for (size_t at = 0; at < text.size(); at += piece)
        md5_append(&state, reinterpret_cast<const md5_byte_t *>(text.data() + at), static_cast<int>(std::min(piece, text.size() - at)));
    if (as_text) {
        char letters[MD5_TEXT_DIGEST_MAX_SIZE];
        return std::string(letters, static_cast<size_t>(md5_finish_text(&state, letters, 1)));
    }
    md5_byte_t digest[MD5_DIGEST_SIZE];
    md5_finish(&state, digest);
    std::string shown;
    for (md5_byte_t byte : digest) {
        char hex[3];
        std::snprintf(hex, sizeof hex, "%02x", byte);
        shown += hex;
    }
    return shown;
}

// The test suite of RFC 1321, in pieces of any size.
TEST(md5_digests)
{
    const std::string digits = "12345678901234567890123456789012345678901234567890123456789012345678901234567890";
    for (size_t piece : {1, 7, 64, 1000}) {
        CHECK_EQUAL(md5_of("", piece, false), "d41d8cd98f00b204e9800998ecf8427e");
        CHECK_EQUAL(md5_of("abc", piece, false), "900150983cd24fb0d6963f7d28e17f72");
        CHECK_EQUAL(md5_of("abcdefghijklmnopqrstuvwxyz", piece, false), "c3fcd3d76192e4007dfb496cca67e13b");
        CHECK_EQUAL(md5_of(digits, piece, false), "57edf4a22be3c955ac49da2e2107b67a");
        CHECK_EQUAL(md5_of("", piece, true), "u3bJz@iaYsq6aMaMSJVq_b");
    }
}

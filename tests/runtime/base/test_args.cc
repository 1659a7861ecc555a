// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/base/harness.hh"
#include <click/args.hh>
#include <click/ipflowid.hh>
#include <click/nameinfo.hh>
#include <click/packet_anno.hh>
#include <click/straccum.hh>

static Vector<String> conf_of(const char *text)
{
    Vector<String> conf;
    cp_argvec(text, conf);
    return conf;
}

// An element whose full name this is; see main.cc.
static const Element *element_named(const char *name)
{
    return reinterpret_cast<const Element *>(name);
}

struct Settings {
    int limit = -1;
    bool active = false;
    String data = "unset";
    uint32_t rate = 1;
};

static String configure(const char *text, Settings &s, int &result)
{
    Messages errh;
    result = Args(conf_of(text), element_named("e"), &errh)
                 .read_mp("LIMIT", s.limit)
                 .read_p("ACTIVE", s.active)
                 .read("DATA", s.data)
                 .read("RATE", BoundedIntArg(1, 100), s.rate)
                 .complete();
    return errh.take();
}

static String configure(const char *text)
{
    Settings s;
    int result;
    String messages = configure(text, s, result);
    CHECK_EQUAL(result < 0, !messages.empty());
    if (result < 0)
        CHECK(s.limit == -1 && !s.active && s.data == "unset" && s.rate == 1);
    StringAccum sa;
    sa << s.limit << ' ' << s.active << ' ' << s.data << ' ' << s.rate << '\n';
    return result < 0 ? messages : sa.take_string();
}

TEST(args_reading)
{
    CHECK_EQUAL(configure("5"), "5 false unset 1\n");
    CHECK_EQUAL(configure("0x10, true"), "16 true unset 1\n");
    CHECK_EQUAL(configure("ACTIVE yes, 7"), "7 true unset 1\n");
    CHECK_EQUAL(configure("DATA \"a b\", LIMIT 3, RATE 100"), "3 false a b 100\n");
    CHECK_EQUAL(configure("LIMIT 1, LIMIT 2"), "2 false unset 1\n");
    CHECK_EQUAL(configure("-1_000"), "-1000 false unset 1\n");
}

TEST(args_errors)
{
    CHECK_EQUAL(configure(""), "LIMIT: required argument missing\n");
    CHECK_EQUAL(configure("x"), "LIMIT: invalid number\n");
    CHECK_EQUAL(configure("5, BOGUS 3"), "BOGUS: unknown argument\n");
    CHECK_EQUAL(configure("5, RTAE 3"), "RTAE: unknown argument (did you mean 'RATE'?)\n");
    CHECK_EQUAL(configure("5, true, 6, 7"), "too many arguments\n");
    CHECK_EQUAL(configure("5, maybe"), "ACTIVE: parse error\n");
    CHECK_EQUAL(configure("3000000000"), "LIMIT: out of range, bound 2147483647\n");
    CHECK_EQUAL(configure("-3000000000"), "LIMIT: out of range, bound -2147483648\n");
    CHECK_EQUAL(configure("5, RATE 0"), "RATE: out of range, bound 1\n");
    CHECK_EQUAL(configure("5, RATE 101"), "RATE: out of range, bound 100\n");
    CHECK_EQUAL(configure("08"), "LIMIT: invalid number\n");
    CHECK_EQUAL(configure("x, RATE y, Z 1"), "LIMIT: invalid number\nRATE: invalid number\nZ: unknown argument\n");
}

// What looks like a keyword is taken by a mandatory positional that would be missing otherwise.
TEST(args_keyword_as_positional)
{
    Messages errh;
    String text;
    CHECK(Args(conf_of("FOO bar"), &errh).read_mp("TEXT", AnyArg(), text).complete() >= 0);
    CHECK_EQUAL(text, "FOO bar");
    CHECK(Args(conf_of("FOO bar"), &errh).read_p("TEXT", AnyArg(), text).complete() < 0);
    CHECK_EQUAL(errh.take(), "FOO: unknown argument\n");
}

TEST(args_status_and_consume)
{
    Messages errh;
    Vector<String> conf = conf_of("A 1, left, B 2, C 3");
    int a = 0, b = 0, d = 4;
    bool has_a, has_d;
    CHECK(Args(&errh).bind(conf).read("A", a).read_status(has_a).read("D", d).read_status(has_d).read("B", b).consume() >= 0);
    CHECK(has_a && !has_d && a == 1 && b == 2 && d == 4);
    CHECK_EQUAL(cp_unargvec(conf), "left, C 3");
    uint32_t r = 0;
    CHECK(Args(conf_of("X 5"), &errh).read_or_set("Y", r, 9).read_or_set("X", d, 1).complete() >= 0);
    CHECK(r == 9 && d == 5);
    Vector<int> all;
    CHECK(Args(conf_of("N 1, N 2, N 3"), &errh).read_all("N", all).complete() >= 0);
    CHECK(all.size() == 3 && all[0] == 1 && all[2] == 3);
    CHECK(Args(conf_of("N 1, N x"), &errh).read_all("N", all).complete() < 0);
    CHECK(all.size() == 3);
    CHECK_EQUAL(errh.take(), "N: invalid number\n");
    String first, second;
    CHECK(Args(&errh).push_back_words("one 'two x'").read_mp("1", first).read_mp("2", second).complete() >= 0);
    CHECK_EQUAL(second, "two x");
}

struct CountingArg {
    static bool parse(const String &text, Args &args)
    {
        if (text == "bad")
            args.error("is bad");
        return text != "bad";
    }
};

TEST(args_read_with)
{
    Messages errh;
    int calls = 0;
    CHECK(Args(conf_of("A good, B bad"), &errh)
              .read_with("A", CountingArg())
              .read_with("B", CountingArg())
              .read_all_with("C", [&](const String &, Args &) { return ++calls > 0; })
              .complete() < 0);
    CHECK_EQUAL(errh.take(), "B: is bad\n");
    CHECK(Args(conf_of("C 1, C 2"), &errh).read_all_with("C", [&](const String &, Args &) { return ++calls > 0; }).complete() >= 0);
    CHECK_EQUAL(calls, 2);
}

TEST(args_elements)
{
    Messages errh;
    Element *e = nullptr;
    void *cast = nullptr;
    const Element *context = element_named("e");
    CHECK(Args(conf_of("known"), context, &errh).read_mp("E", e).complete() >= 0);
    CHECK(e != nullptr);
    CHECK(Args(conf_of("known"), context, &errh).read_mp("E", ElementCastArg("Fake"), cast).complete() >= 0);
    CHECK(Args(conf_of("nobody"), context, &errh).read_mp("E", e).complete() < 0);
    CHECK_EQUAL(errh.take(), "E: no element named 'nobody'\n");
    CHECK(Args(conf_of("known"), context, &errh).read_mp("E", ElementCastArg("Other"), cast).complete() < 0);
    CHECK_EQUAL(errh.take(), "E: element type mismatch, expected Other\n");
}

TEST(numbers)
{
    auto number = [](const char *text) {
        int64_t x = -99;
        return IntArg().parse(text, x) ? x : -99;
    };
    CHECK_EQUAL(number("0"), 0);
    CHECK_EQUAL(number("010"), 8);
    CHECK_EQUAL(number("0x1F"), 31);
    CHECK_EQUAL(number("0b101"), 5);
    CHECK_EQUAL(number("1_000_000"), 1000000);
    CHECK_EQUAL(number("+5"), 5);
    CHECK_EQUAL(number("-9223372036854775807"), -9223372036854775807);
    for (const char *bad : {"", "-", "0x", "1_", "_1", "1__0", "5x", "0b2", " 5", "9223372036854775808"})
        CHECK_EQUAL(number(bad), -99);
    uint64_t big;
    CHECK(IntArg().parse("18446744073709551615", big) && big == UINT64_MAX);
    CHECK(!IntArg().parse("18446744073709551616", big) && !IntArg().parse("-1", big));
    uint8_t small;
    IntArg parser;
    CHECK(parser.parse_saturating("300", small) && small == 255 && parser.status == NumArg::status_range);
    CHECK(IntArg(16).parse("ff", small) && small == 255);
    double d;
    CHECK(DoubleArg().parse("-1.5e3", d) && d == -1500);
}

TEST(addresses)
{
    IPAddress a, m;
    CHECK(IPAddressArg::parse("1.2.3.4", a) && a.unparse() == "1.2.3.4");
    for (const char *bad : {"1.2.3", "1.2.3.256", "1.2.3.4.5", "1.2.3.4x", "", "1..2.3"})
        CHECK(!IPAddressArg::parse(bad, a));
    CHECK(IPPrefixArg().parse("10/8", a, m) && a.unparse_with_mask(m) == "10.0.0.0/8");
    CHECK(IPPrefixArg().parse("10.0.0.0/255.0.0.0", a, m) && m == IPAddress::make_prefix(8));
    CHECK(IPPrefixArg().parse("1.2.3.4/0", a, m) && m == IPAddress());
    CHECK(!IPPrefixArg().parse("1.2.3.4", a, m) && !IPPrefixArg().parse("10/33", a, m) && !IPPrefixArg().parse("10/", a, m));
    CHECK(IPPrefixArg(true).parse("1.2.3.4", a, m) && m == IPAddress::make_broadcast());
    CHECK_EQUAL(IPAddress("255.0.255.0").mask_to_prefix_len(), -1);
    for (int n = 0; n <= 32; ++n)
        CHECK_EQUAL(IPAddress::make_prefix(n).mask_to_prefix_len(), n);
    EtherAddress e;
    CHECK(EtherAddressArg::parse("00:15:58:2d:fb:8a", e) && e.unparse() == "00-15-58-2D-FB-8A");
    CHECK(EtherAddressArg::parse("1-2-3-4-5-6", e) && e.unparse_colon() == "01:02:03:04:05:06");
    for (const char *bad : {"1:2:3:4:5", "1:2:3:4:5:6:7", "1:2-3:4:5:6", "123:2:3:4:5:6", "g:2:3:4:5:6"})
        CHECK(!EtherAddressArg::parse(bad, e));
    CHECK(EtherAddress::make_broadcast().is_broadcast() && EtherAddress::make_broadcast().is_group());
    IP6Address six, mask;
    int length;
    CHECK(IP6AddressArg::parse("2001:db8::1", six) && six.unparse() == "2001:db8::1");
    CHECK(IP6PrefixArg().parse("2001:db8::/32", six, length) && length == 32);
    CHECK(IP6PrefixArg().parse("::/0", six, mask) && mask == IP6Address());
    for (int n = 0; n <= 128; ++n)
        CHECK_EQUAL(IP6Address::make_prefix(n).mask_to_prefix_len(), n);
    CHECK_EQUAL(IPFlowID(IPAddress("1.0.0.1"), htons(80), IPAddress("2.0.0.2"), htons(90)).reverse().unparse(),
                "(2.0.0.2, 90, 1.0.0.1, 80)");
    uint16_t port;
    CHECK(IPPortArg(6).parse("8080", port) && port == 8080 && !IPPortArg(6).parse("65536", port));
}

TEST(annotations)
{
    int a;
    CHECK(AnnoArg(1).parse("PAINT", a) && a == 16);
    CHECK(AnnoArg(4).parse("20", a) && a == 20);
    CHECK(AnnoArg(-1).parse("20/2", a) && a == MAKE_ANNOTATIONINFO(20, 2));
    CHECK(AnnoArg(-1).parse("20-23", a) && a == MAKE_ANNOTATIONINFO(20, 4));
    CHECK(!AnnoArg(4).parse("PAINT", a) && !AnnoArg(4).parse("46", a) && !AnnoArg(1).parse("-1", a) && !AnnoArg(1).parse("x", a));
}

TEST(names_are_scoped)
{
    const Element *inside = element_named("c/x"), *deeper = element_named("c/d/y"), *outside = element_named("z");
    CHECK(NameInfo::define_int(NameInfo::T_IP_PROTO, inside, "special", 200));
    int32_t value = 0;
    CHECK(NameInfo::query_int(NameInfo::T_IP_PROTO, inside, "special", &value) && value == 200);
    CHECK(NameInfo::query_int(NameInfo::T_IP_PROTO, deeper, "special", &value));
    CHECK(!NameInfo::query_int(NameInfo::T_IP_PROTO, outside, "special", &value));
    CHECK(NameInfo::define_int(NameInfo::T_IP_PROTO, outside, "tcp", 99));  // hides the global name
    CHECK(NameInfo::query_int(NameInfo::T_IP_PROTO, deeper, "tcp", &value) && value == 99);
    CHECK(NameInfo::query_int(NameInfo::T_IP_PROTO, nullptr, "tcp", &value) && value == 6);
    CHECK(!NameInfo::define_int(NameInfo::T_IP_PROTO, inside, "special", 201));
    CHECK_EQUAL(NameInfo::revquery_int(NameInfo::T_IP_PROTO, nullptr, 17), "udp");
    CHECK_EQUAL(NameInfo::revquery_int(NameInfo::T_ICMP_CODE + 3, nullptr, 4), "needfrag");
    const IPAddress gateway("192.0.2.1");
    CHECK(NameInfo::define(NameInfo::T_IP_ADDR, inside, "gw", gateway.data(), 4));
    IPAddress a;
    CHECK(IPAddressArg::parse("gw", a, ArgContext(inside)) && a == gateway);
    CHECK(IPAddressArg::parse("gw:ip", a, ArgContext(deeper)) && !IPAddressArg::parse("gw", a, ArgContext(outside)));
    const uint32_t prefix[2] = {IPAddress("10.1.0.5"), IPAddress::make_prefix(16)};
    CHECK(NameInfo::define(NameInfo::T_IP_PREFIX, inside, "net", prefix, 8));
    CHECK(IPAddressArg::parse("net:bcast", a, ArgContext(inside)) && a.unparse() == "10.1.255.255");
    int proto;
    CHECK(NamedIntArg(NameInfo::T_IP_PROTO).parse("icmp", proto) && proto == 1);
    CHECK(NamedIntArg(NameInfo::T_IP_PROTO).parse("UDP", proto) && proto == 17);
    CHECK(NamedIntArg(NameInfo::T_IP_PROTO).parse("47", proto) && proto == 47);
}

// ---- messages

TEST(error_formats)
{
    const IPAddress ip("1.2.3.4");
    const Timestamp t(1.5);
    CHECK_EQUAL(ErrorHandler::format("%<%s%> %5d|%-5d|%05d %x %c", "x", 7, 7, 7, 255, 'q'), "'x'     7|7    |00007 ff q");
    CHECK_EQUAL(ErrorHandler::format("%s %5s|%-5s|%.2s %%", "a", "b", "c", "defg"), "a     b|c    |de %");
    CHECK_EQUAL(ErrorHandler::format("%ld %lu %lld %hhu %zu", -1L, 2UL, -3LL, 300, sizeof(int)), "-1 2 -3 44 4");
    CHECK_EQUAL(ErrorHandler::format("%p{ip_ptr} %p{timestamp} %p{element}", &ip, &t, element_named("a/b")),
                "1.2.3.4 1.500000 a/b :: Fake");
    CHECK_EQUAL(ErrorHandler::format("%#s|%.3f|%g", "a\n", 1.0, 0.25), "a^J|1.000|0.25");
    CHECK_EQUAL(ErrorHandler::format("%s", static_cast<const char *>(nullptr)), "(null)");
    CHECK_EQUAL(ErrorHandler::format("100%"), "100");
    CHECK_EQUAL(ErrorHandler::format("%p{nothing}", &ip), "%p{nothing}");
}

TEST(error_chains)
{
    Messages errh;
    CHECK(errh.error("bad %d", 5) < 0);
    CHECK_EQUAL(errh.nerrors(), 1);
    CHECK_EQUAL(errh.take(), "bad 5\n");
    errh.lerror("file:12", "oops");
    errh.lwarning("file:13:", "hm");
    CHECK(errh.nerrors() == 1 && errh.nwarnings() == 1);
    CHECK_EQUAL(errh.take(), "file:12: oops\nfile:13: warning: hm\n");
    {
        ContextErrorHandler context(&errh, String("While configuring 'a :: B':"), "  ", "config:1");
        context.error("first");
        context.error("second\nthird");
        context.warning("careful");
    }
    CHECK_EQUAL(errh.take(), "config:1: While configuring 'a :: B':\n  first\n  second\n  third\n  warning: careful\n");
    LandmarkErrorHandler landmark(&errh, "conf:3");
    ContextErrorHandler context(&landmark, "In %s %<%d%>:", "argument", 3);
    PrefixErrorHandler prefix(&context, "pre: ");
    prefix.error("text");
    prefix.message("note");
    CHECK_EQUAL(errh.take(), "conf:3: In argument '3':\nconf:3:   pre: text\nconf:3:   pre: note\n");
    LocalErrorHandler local(&errh);
    errh.error("elsewhere");
    CHECK(local.nerrors() == 0 && errh.nerrors() == 1);
    local.error("here");
    CHECK(local.nerrors() == 1 && errh.nerrors() == 2);
    CHECK_EQUAL(errh.take(), "elsewhere\nhere\n");
    ErrorVeneer nothing(nullptr);
    CHECK(nothing.error("unheard") < 0);
}

// Text that happens to look like an annotation is text.
TEST(error_text_is_kept)
{
    Messages errh;
    errh.error("<5> apples {l:x} and {w}");
    errh.error("{l:fake} text");
    errh.lerror("we}ird\\:1", "x");
    CHECK_EQUAL(errh.take(), "<5> apples {l:x} and {w}\n{l:fake} text\nwe}ird\\:1: x\n");
    CHECK_EQUAL(errh.xmessage(ErrorHandler::e_warning, String("plain")), 0);
    CHECK_EQUAL(errh.nwarnings(), 1);
    CHECK_EQUAL(errh.take(), "plain\n");
    errh.xmessage(ErrorHandler::make_landmark_anno("f:1") + ErrorHandler::e_error, String("one\ntwo"));
    CHECK_EQUAL(errh.take(), "f:1: one\nf:1: two\n");
}

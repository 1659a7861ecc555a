// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_CONFPARSE_HH
#define CLICK_CONFPARSE_HH
#include <click/string.hh>
#include <click/timestamp.hh>
#include <click/vector.hh>
#include <cstdint>
#include <sys/time.h>

class Element;
class ErrorHandler;
class EtherAddress;
class Handler;
class IP6Address;
class IPAddress;
class Router;
class StringAccum;

// Configuration text: arguments separated by commas, words by spaces, quotes and comments. Parsers return true and store
// on success, and leave the result alone otherwise.

// ---- pieces of text
const char *cp_skip_space(const char *begin, const char *end);
const char *cp_skip_comment_space(const char *begin, const char *end);
// `s` points at a quote: returns the end of the quoted part.
const char *cp_skip_double_quote(const char *s, const char *end);
// Removes space in front; true if there was some.
bool cp_eat_space(String &text);
bool cp_is_space(const String &text);
inline bool cp_is_space(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
// Without quotes, comments and control characters; not empty.
bool cp_is_word(const String &text);
// Valid as (part of) an element's name.
bool cp_is_click_id(const String &text);

// Comments become one space each, space at both ends goes.
String cp_uncomment(const String &text);
// Without quotes, with backslash sequences replaced.
String cp_unquote(const String &text);
// In a form that cp_unquote() gives back: unchanged if it is a plain word, else in double quotes.
String cp_quote(const String &text, bool allow_newlines = false);
// `s` points at a backslash inside double quotes: appends what the sequence stands for, returns its end.
const char *cp_process_backslash(const char *s, const char *end, StringAccum &sa);

// Arguments and words come uncommented, but quoted as they were.
void cp_argvec(const String &text, Vector<String> &arguments);
String cp_unargvec(const Vector<String> &arguments);
void cp_spacevec(const String &text, Vector<String> &words);
String cp_unspacevec(const String *begin, const String *end);
inline String cp_unspacevec(const Vector<String> &words)
{
    return cp_unspacevec(words.begin(), words.end());
}
// Takes the first (last) word off the text.
String cp_shift_spacevec(String &text);
String cp_pop_spacevec(String &text);

// ---- values. With `rest`, parses the beginning and leaves the remainder there.
bool cp_string(const String &text, String *result, String *rest = nullptr);
bool cp_word(const String &text, String *result, String *rest = nullptr);
bool cp_keyword(const String &text, String *result, String *rest = nullptr);
bool cp_filename(const String &text, String *result);
bool cp_bool(const String &text, bool *result);

// Base 0 lets the text choose: 0x, 0b, 0 for octal, else decimal.
bool cp_integer(const String &text, int base, int *result);
bool cp_integer(const String &text, int base, unsigned *result);
bool cp_integer(const String &text, int base, long *result);
bool cp_integer(const String &text, int base, unsigned long *result);
bool cp_integer(const String &text, int base, long long *result);
bool cp_integer(const String &text, int base, unsigned long long *result);
template <typename T>
inline bool cp_integer(const String &text, T *result)
{
    return cp_integer(text, 0, result);
}
// The number's prefix of the text; returns its end, `begin` if there is none. Saturates.
const char *cp_integer(const char *begin, const char *end, int base, int *result);
const char *cp_integer(const char *begin, const char *end, int base, unsigned *result);
const char *cp_integer(const char *begin, const char *end, int base, long *result);
const char *cp_integer(const char *begin, const char *end, int base, unsigned long *result);
inline const unsigned char *cp_integer(const unsigned char *begin, const unsigned char *end, int base, uint32_t *result)
{
    const char *s = reinterpret_cast<const char *>(begin);
    return begin + (cp_integer(s, s + (end - begin), base, result) - s);
}

// Fixed point with `frac_bits` bits, or `frac_digits` decimal digits, behind the point; rounded.
enum { CP_REAL2_MAX_FRAC_BITS = 28 };
bool cp_real2(const String &text, int frac_bits, int32_t *result);
bool cp_real2(const String &text, int frac_bits, uint32_t *result);
bool cp_real10(const String &text, int frac_digits, int32_t *result);
bool cp_real10(const String &text, int frac_digits, uint32_t *result);
bool cp_real10(const String &text, int frac_digits, uint32_t *integer, uint32_t *fraction);
bool cp_double(const String &text, double *result);

// Durations: a number and s, sec, ms, msec, us, usec, ns, nsec, min, m, h, hr, d, day; without unit, seconds.
bool cp_seconds(const String &text, uint32_t *result);
bool cp_seconds(const String &text, double *result);
// In units of 10^-frac_digits seconds.
bool cp_seconds_as(const String &text, int frac_digits, uint32_t *result);
bool cp_seconds_as_milli(const String &text, uint32_t *result);
bool cp_seconds_as_micro(const String &text, uint32_t *result);
bool cp_time(const String &text, Timestamp *result, bool allow_negative = false);
bool cp_time(const String &text, timeval *result);
// Bytes per second: a number and bps, Bps or baud (bits if it has none is bytes), with k, M, G prefixes.
bool cp_bandwidth(const String &text, uint32_t *result);

// Addresses; names are looked up as seen by the context element.
bool cp_ip_address(const String &text, IPAddress *result, const Element *context = nullptr);
bool cp_ip_address(const String &text, unsigned char *result, const Element *context = nullptr);
bool cp_ip_prefix(const String &text, IPAddress *address, IPAddress *mask, bool allow_bare = false, const Element *context = nullptr);
bool cp_ip_prefix(const String &text, IPAddress *address, IPAddress *mask, const Element *context);
bool cp_ip6_address(const String &text, IP6Address *result, const Element *context = nullptr);
bool cp_ip6_address(const String &text, unsigned char *result, const Element *context = nullptr);
bool cp_ip6_prefix(const String &text, IP6Address *address, int *length, bool allow_bare = false, const Element *context = nullptr);
bool cp_ethernet_address(const String &text, EtherAddress *result, const Element *context = nullptr);
bool cp_ethernet_address(const String &text, unsigned char *result, const Element *context = nullptr);
bool cp_tcpudp_port(const String &text, int ip_p, uint16_t *result, const Element *context = nullptr);

// An annotation, see AnnoArg.
bool cp_anno(const String &text, int size, int *result, const Element *context = nullptr);

// An element or handler by name as seen from the context, null (false) if there is none; that is an error. These two are
// part of the router, and so is what `argument_name` says in messages.
Element *cp_element(const String &text, const Element *context, ErrorHandler *errh = nullptr, const char *argument_name = nullptr);
Element *cp_element(const String &text, Router *router, ErrorHandler *errh = nullptr, const char *argument_name = nullptr);
bool cp_handler_name(const String &text, Element **element, String *handler_name, const Element *context, ErrorHandler *errh = nullptr);
bool cp_handler(const String &text, int flags, Element **element, const Handler **handler, const Element *context,
                ErrorHandler *errh = nullptr);

// ---- back to text
String cp_unparse_bool(bool x);
String cp_unparse_real2(int32_t x, int frac_bits);
String cp_unparse_real2(uint32_t x, int frac_bits);
String cp_unparse_real2(int64_t x, int frac_bits);
String cp_unparse_real2(uint64_t x, int frac_bits);
String cp_unparse_real10(int32_t x, int frac_digits);
String cp_unparse_real10(uint32_t x, int frac_digits);
String cp_unparse_milliseconds(uint32_t ms);
String cp_unparse_microseconds(uint32_t us);
String cp_unparse_interval(const Timestamp &interval);
String cp_unparse_interval(const timeval &interval);
// Bytes per second, shown in bits: "8Mbps".
String cp_unparse_bandwidth(uint32_t bandwidth);


#endif

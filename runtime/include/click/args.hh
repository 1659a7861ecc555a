// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ARGS_HH
#define CLICK_ARGS_HH
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/etheraddress.hh>
#include <click/ip6address.hh>
#include <click/ipaddress.hh>
#include <click/string.hh>
#include <click/timestamp.hh>
#include <click/vector.hh>
#include <climits>
#include <concepts>
#include <cstdint>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

class Args;
class Element;
class NumArg;

// Where an argument is parsed: the element whose configuration it is, who hears of errors, and the keyword in question.
class ArgContext {
  public:
    ArgContext(ErrorHandler *errh = nullptr) : _errh(errh) {}
    ArgContext(const Element *context, ErrorHandler *errh = nullptr) : _context(context), _errh(errh) {}

    const Element *context() const { return _context; }
    ErrorHandler *errh() const { return _errh ? _errh : ErrorHandler::silent_handler(); }
    const char *arg_keyword() const { return _keyword; }

    // Messages begin with the keyword: "LIMIT: invalid number".
    void error(const char *format, ...) const;
    void warning(const char *format, ...) const;
    void message(const char *format, ...) const;
    void xmessage(const String &annotations, const String &text) const;
    void xmessage(const String &annotations, const char *format, va_list val) const;
    String error_prefix() const;
    // An error was reported by other means: no further message is needed.
    void complained() const { _complained = true; }

  protected:
    const Element *_context = nullptr;
    ErrorHandler *_errh;
    const char *_keyword = nullptr;
    mutable bool _complained = false;  // about the present argument
};

extern const ArgContext blank_args;

// The parser for a type when none is named.
template <typename T>
struct DefaultArg;

// Theory of operation
//
//     if (Args(conf, this, errh)
//             .read_mp("LIMIT", limit)              // mandatory, may be positional
//             .read_p("BURST", IntArg(10), burst)   // may be positional
//             .read("ACTIVE", active)               // keyword only
//             .complete() < 0)
//         return -1;
//
// Each read finds its argument and parses it into a slot. complete() complains of arguments that nobody read, and stores
// all slots if there was no error at all; so a failed configuration changes nothing. Positional reads take the
// arguments without keyword in order; a mandatory one takes an argument that looks like a keyword too, rather than none.
// Of several arguments with one keyword, the last counts.
//
// A parser P has `bool parse(const String &text, T &result, const ArgContext &args)` (or Args &). It may say what
// is wrong with args.error(); else that is "parse error".
class Args : public ArgContext {
  public:
    static constexpr int positional = 1, mandatory = 2, deprecated = 4, firstmatch = 8;
    static constexpr int mandatory_positional = mandatory | positional;

    explicit Args(ErrorHandler *errh = nullptr) : ArgContext(errh) {}
    explicit Args(const Element *context, ErrorHandler *errh = nullptr) : ArgContext(context, errh) {}
    explicit Args(const Vector<String> &conf, ErrorHandler *errh = nullptr) : ArgContext(errh) { reset(conf); }
    Args(const Vector<String> &conf, const Element *context, ErrorHandler *errh = nullptr) : ArgContext(context, errh)
    {
        reset(conf);
    }
    Args(const Args &other);
    Args &operator=(const Args &) = delete;
    ~Args();

    // ---- which arguments. bind() reads `conf` now; consume() puts what is left back there.
    Args &bind(Vector<String> &conf);
    Args &push_back(const String &argument);
    template <typename I>
    Args &push_back(I begin, I end)
    {
        for (; begin != end; ++begin)
            push_back(*begin);
        return *this;
    }
    // The arguments (words) of a text.
    Args &push_back_args(const String &text);
    Args &push_back_words(const String &text);
    bool empty() const;

    // ---- reading
    template <typename T>
    Args &read(const char *keyword, T &x)
    {
        return read(keyword, 0, x);
    }
    template <typename T>
    Args &read_m(const char *keyword, T &x)
    {
        return read(keyword, mandatory, x);
    }
    template <typename T>
    Args &read_p(const char *keyword, T &x)
    {
        return read(keyword, positional, x);
    }
    template <typename T>
    Args &read_mp(const char *keyword, T &x)
    {
        return read(keyword, mandatory | positional, x);
    }
    template <typename T>
    Args &read(const char *keyword, int flags, T &x)
    {
        return read(keyword, flags, DefaultArg<T>(), x);
    }

    template <typename P, typename T>
    Args &read(const char *keyword, P parser, T &x)
    {
        return read(keyword, 0, parser, x);
    }
    template <typename P, typename T>
    Args &read_m(const char *keyword, P parser, T &x)
    {
        return read(keyword, mandatory, parser, x);
    }
    template <typename P, typename T>
    Args &read_p(const char *keyword, P parser, T &x)
    {
        return read(keyword, positional, parser, x);
    }
    template <typename P, typename T>
    Args &read_mp(const char *keyword, P parser, T &x)
    {
        return read(keyword, mandatory | positional, parser, x);
    }
    template <typename P, typename T>
    Args &read(const char *keyword, int flags, P parser, T &x)
    {
        String text;
        if (find(keyword, flags, text)) {
            auto *s = make_slot(x);
            settle(parser.parse(text, s->value, *this), {s});
        }
        return *this;
    }

    template <typename P, typename T, typename U>
    Args &read(const char *keyword, P parser, T &x, U &y)
    {
        return read(keyword, 0, parser, x, y);
    }
    template <typename P, typename T, typename U>
    Args &read_m(const char *keyword, P parser, T &x, U &y)
    {
        return read(keyword, mandatory, parser, x, y);
    }
    template <typename P, typename T, typename U>
    Args &read_p(const char *keyword, P parser, T &x, U &y)
    {
        return read(keyword, positional, parser, x, y);
    }
    template <typename P, typename T, typename U>
    Args &read_mp(const char *keyword, P parser, T &x, U &y)
    {
        return read(keyword, mandatory | positional, parser, x, y);
    }
    template <typename P, typename T, typename U>
    Args &read(const char *keyword, int flags, P parser, T &x, U &y)
    {
        String text;
        if (find(keyword, flags, text)) {
            auto *s = make_slot(x);
            auto *t = make_slot(y);
            settle(parser.parse(text, s->value, t->value, *this), {s, t});
        }
        return *this;
    }

    // A missing argument stands for `value`.
    template <typename T, typename V>
    Args &read_or_set(const char *keyword, T &x, const V &value)
    {
        return read_or_set(keyword, 0, DefaultArg<T>(), x, value);
    }
    template <typename T, typename V>
    Args &read_or_set_p(const char *keyword, T &x, const V &value)
    {
        return read_or_set(keyword, positional, DefaultArg<T>(), x, value);
    }
    template <typename P, typename T, typename V>
    Args &read_or_set(const char *keyword, P parser, T &x, const V &value)
    {
        return read_or_set(keyword, 0, parser, x, value);
    }
    template <typename P, typename T, typename V>
    Args &read_or_set_p(const char *keyword, P parser, T &x, const V &value)
    {
        return read_or_set(keyword, positional, parser, x, value);
    }
    template <typename P, typename T, typename V>
    Args &read_or_set(const char *keyword, int flags, P parser, T &x, const V &value)
    {
        String text;
        auto *s = make_slot(x);
        if (find(keyword, flags, text))
            settle(parser.parse(text, s->value, *this), {s});
        else
            s->value = value;
        return *this;
    }

    // The parser stores by itself: parse(text, Args &), or a function called with both.
    template <typename P>
    Args &read_with(const char *keyword, P parser)
    {
        return read_with(keyword, 0, parser);
    }
    template <typename P>
    Args &read_m_with(const char *keyword, P parser)
    {
        return read_with(keyword, mandatory, parser);
    }
    template <typename P>
    Args &read_p_with(const char *keyword, P parser)
    {
        return read_with(keyword, positional, parser);
    }
    template <typename P>
    Args &read_mp_with(const char *keyword, P parser)
    {
        return read_with(keyword, mandatory | positional, parser);
    }
    template <typename P>
    Args &read_with(const char *keyword, int flags, P parser)
    {
        String text;
        if (find(keyword, flags, text))
            settle(apply(parser, text), {});
        return *this;
    }

    // Every argument with the keyword, in order; with the positional flag, those without one too.
    template <typename T>
    Args &read_all(const char *keyword, Vector<T> &x)
    {
        return read_all(keyword, 0, DefaultArg<T>(), x);
    }
    template <typename T>
    Args &read_all(const char *keyword, int flags, Vector<T> &x)
    {
        return read_all(keyword, flags, DefaultArg<T>(), x);
    }
    template <typename P, typename T>
    Args &read_all(const char *keyword, P parser, Vector<T> &x)
    {
        return read_all(keyword, 0, parser, x);
    }
    template <typename P, typename T>
    Args &read_all(const char *keyword, int flags, P parser, Vector<T> &x)
    {
        auto *s = make_slot(x);
        bool any = false;
        for (String text; find(keyword, (any ? flags & ~mandatory : flags) | firstmatch, text); any = true) {
            T one{};
            if (settle(parser.parse(text, one, *this), {}))
                s->value.push_back(std::move(one));
        }
        if (!any)
            discard({s});
        _read_status = any;
        return *this;
    }
    template <typename P>
    Args &read_all_with(const char *keyword, P parser)
    {
        return read_all_with(keyword, 0, parser);
    }
    template <typename P>
    Args &read_all_with(const char *keyword, int flags, P parser)
    {
        bool any = false;
        for (String text; find(keyword, (any ? flags & ~mandatory : flags) | firstmatch, text); any = true)
            settle(apply(parser, text), {});
        _read_status = any;
        return *this;
    }

    // ---- what happened. `x` tells whether the last read found its argument and could parse it.
    Args &read_status(bool &x)
    {
        x = _read_status;
        return *this;
    }
    bool read_status() const { return _read_status; }
    // Whether all went well so far.
    Args &status(bool &x)
    {
        x = _status;
        return *this;
    }
    bool status() const { return _status; }

    // ---- finishing. Each returns 0, or negative on error, and stores the slots only on success.
    int execute();   // leaves other arguments alone
    int consume();   // and removes what was read from the bound vector
    int complete();  // other arguments are errors
    // Removes what was read from the bound vector now.
    Args &strip();

    // For parsers: a place for a value that is to be stored in `x` on success.
    template <typename T>
    T *slot(T &x)
    {
        return &make_slot(x)->value;
    }
    template <typename T>
    T *initialize_slot(T &x)
    {
        T *s = slot(x);
        *s = x;
        return s;
    }

  private:
    struct Slot {
        virtual ~Slot() = default;
        virtual void store() = 0;
    };
    template <typename T>
    struct SlotFor final : Slot {
        T value{};
        T &target;
        explicit SlotFor(T &x) : target(x) {}
        void store() override
        {
            if constexpr (std::is_array_v<T>)
                std::copy(std::begin(value), std::end(value), std::begin(target));
            else
                assign_consume(target, value);
        }
    };
    struct Argument {
        String text;
        int keyword_length;  // 0: no keyword
        bool used;
    };

    std::vector<Argument> _arguments;
    std::vector<std::unique_ptr<Slot>> _slots;
    Vector<String> *_bound = nullptr;
    bool _status = true;
    bool _read_status = false;

    template <typename T>
    SlotFor<T> *make_slot(T &x)
    {
        auto slot = std::make_unique<SlotFor<T>>(x);
        SlotFor<T> *result = slot.get();
        _slots.push_back(std::move(slot));
        return result;
    }
    template <typename P>
    bool apply(P &parser, const String &text)
    {
        if constexpr (requires { { parser.parse(text, *this) } -> std::convertible_to<bool>; })
            return parser.parse(text, *this);
        else
            return parser(text, *this);
    }
    void reset(const Vector<String> &conf);
    bool find(const char *keyword, int flags, String &text);
    int find_index(const char *keyword, int flags);
    bool settle(bool ok, std::initializer_list<Slot *> slots);
    void discard(std::initializer_list<Slot *> slots);
    String value_of(const Argument &argument) const;
};

// ---- numbers

// What number parsers have in common.
class NumArg {
  public:
    enum { status_ok = 0, status_inval, status_range, status_notsup, status_unitless };
    int status = status_ok;
};

class IntArg : public NumArg {
  public:
    explicit IntArg(int base = 0) : _base(base) {}

    // Reads the prefix that is a number; returns its end, `begin` if there is none. Sets status.
    const char *parse(const char *begin, const char *end, bool &negative, uint64_t &magnitude);

    template <std::integral T>
    bool parse(const String &text, T &result, const ArgContext &args = blank_args)
    {
        T value;
        if (!parse_saturating(text, value, args))
            return false;
        if (status == status_range) {
            range_error(args, value);
            return false;
        }
        result = value;
        return true;
    }
    // A number that is too big becomes the nearest one there is; status tells.
    template <std::integral T>
    bool parse_saturating(const String &text, T &result, const ArgContext &args = blank_args)
    {
        bool negative;
        uint64_t magnitude;
        if (parse(text.begin(), text.end(), negative, magnitude) != text.end() || !text.length()) {
            status = status_inval;
            args.error("invalid number");
            return false;
        }
        const uint64_t most = static_cast<uint64_t>(std::numeric_limits<T>::max());
        const uint64_t least = std::is_signed_v<T> ? most + 1 : 0;
        if (magnitude > (negative ? least : most)) {
            status = status_range;
            magnitude = negative ? least : most;
        }
        result = static_cast<T>(negative ? 0 - magnitude : magnitude);
        return true;
    }

  protected:
    template <typename T>
    static void range_error(const ArgContext &args, T bound)
    {
        if constexpr (std::is_signed_v<T>)
            args.error("out of range, bound %lld", static_cast<long long>(bound));
        else
            args.error("out of range, bound %llu", static_cast<unsigned long long>(bound));
    }
    int _base;
};

template <> struct DefaultArg<signed char> : public IntArg {};
template <> struct DefaultArg<unsigned char> : public IntArg {};
template <> struct DefaultArg<short> : public IntArg {};
template <> struct DefaultArg<unsigned short> : public IntArg {};
template <> struct DefaultArg<int> : public IntArg {};
template <> struct DefaultArg<unsigned> : public IntArg {};
template <> struct DefaultArg<long> : public IntArg {};
template <> struct DefaultArg<unsigned long> : public IntArg {};
template <> struct DefaultArg<long long> : public IntArg {};
template <> struct DefaultArg<unsigned long long> : public IntArg {};

// From min to max, both included.
class BoundedIntArg : public IntArg {
  public:
    template <std::integral A, std::integral B>
    BoundedIntArg(A min, B max, int base = 0)
        : IntArg(base), _min(static_cast<int64_t>(min)), _max(max < 0 ? 0 : static_cast<uint64_t>(max))
    {
        if (max < 0)
            _signed_max = static_cast<int64_t>(max);
        if constexpr (std::is_unsigned_v<A>)
            if (min > static_cast<A>(INT64_MAX))
                _min = INT64_MAX;
    }

    template <std::integral T>
    bool parse(const String &text, T &result, const ArgContext &args = blank_args)
    {
        T value;
        if (!IntArg::parse(text, value, args))
            return false;
        if (std::cmp_less(value, _min)) {
            range_error(args, _min);
            return false;
        }
        if (_signed_max < 0 ? std::cmp_greater(value, _signed_max) : std::cmp_greater(value, _max)) {
            range_error(args, _max);
            return false;
        }
        result = value;
        return true;
    }

  private:
    int64_t _min;
    uint64_t _max;
    int64_t _signed_max = 0;
};

// A number, or a name of a NameInfo type.
class NamedIntArg {
  public:
    explicit NamedIntArg(uint32_t type) : _type(type) {}
    bool parse_named(const String &text, int32_t &result, const ArgContext &args) const;
    template <std::integral T>
    bool parse(const String &text, T &result, const ArgContext &args = blank_args)
    {
        int32_t value;
        if (parse_named(text, value, args) && std::in_range<T>(value)) {
            result = static_cast<T>(value);
            return true;
        }
        return IntArg().parse(text, result, args);
    }

  private:
    uint32_t _type;
};

class BoolArg {
  public:
    static bool parse(const String &text, bool &result, const ArgContext &args = blank_args);
    static String unparse(bool x) { return String(x); }
};
template <> struct DefaultArg<bool> : public BoolArg {};

class DoubleArg : public NumArg {
  public:
    bool parse(const String &text, double &result, const ArgContext &args = blank_args);
};
template <> struct DefaultArg<double> : public DoubleArg {};

// A real number as an integer: value * 2^fraction_bits * 10^exponent, rounded.
class FixedPointArg : public NumArg {
  public:
    explicit FixedPointArg(int fraction_bits, int exponent = 0) : fraction_bits(fraction_bits), exponent(exponent) {}
    bool parse(const String &text, int32_t &result, const ArgContext &args = blank_args);
    bool parse(const String &text, uint32_t &result, const ArgContext &args = blank_args);
    bool parse(const String &text, int64_t &result, const ArgContext &args = blank_args);
    bool parse(const String &text, uint64_t &result, const ArgContext &args = blank_args);
    int fraction_bits;
    int exponent;
};

// The same with decimal digits: value * 10^(fraction_digits + exponent).
class DecimalFixedPointArg : public NumArg {
  public:
    explicit DecimalFixedPointArg(int fraction_digits, int exponent = 0)
        : fraction_digits(fraction_digits), exponent(exponent)
    {
    }
    bool parse(const String &text, int32_t &result, const ArgContext &args = blank_args);
    bool parse(const String &text, uint32_t &result, const ArgContext &args = blank_args);
    bool parse(const String &text, uint32_t &integer, uint32_t &fraction, const ArgContext &args = blank_args);
    int fraction_digits;
    int exponent;
};

// A duration in units of 10^-fraction_digits seconds; a double is in seconds.
class SecondsArg : public NumArg {
  public:
    explicit SecondsArg(int fraction_digits = 0) : fraction_digits(fraction_digits) {}
    bool parse(const String &text, uint32_t &result, const ArgContext &args = blank_args);
    bool parse(const String &text, int32_t &result, const ArgContext &args = blank_args);
    bool parse(const String &text, uint64_t &result, const ArgContext &args = blank_args);
    bool parse(const String &text, double &result, const ArgContext &args = blank_args);
    int fraction_digits;
};

class TimestampArg : public NumArg {
  public:
    explicit TimestampArg(bool is_signed = false) : is_signed(is_signed) {}
    bool parse(const String &text, Timestamp &result, const ArgContext &args = blank_args);
    bool is_signed;
};
template <> struct DefaultArg<Timestamp> : public TimestampArg {};

// Bytes per second. The text counts bytes unless it says bits: "10Mbps", "1MB/s".
class BandwidthArg : public NumArg {
  public:
    bool parse(const String &text, uint32_t &result, const ArgContext &args = blank_args);
    bool parse(const String &text, uint64_t &result, const ArgContext &args = blank_args);
    static String unparse(uint32_t x) { return cp_unparse_bandwidth(x); }
};

// ---- text

// The argument as it stands, quotes and all.
class AnyArg {
  public:
    static bool parse(const String &, const ArgContext &) { return true; }
    static bool parse(const String &text, String &result, const ArgContext & = blank_args)
    {
        result = text;
        return true;
    }
};

// Without its quotes.
class StringArg {
  public:
    static bool parse(const String &text, String &result, const ArgContext & = blank_args)
    {
        return cp_string(text, &result);
    }
};
template <> struct DefaultArg<String> : public StringArg {};

class WordArg {
  public:
    static bool parse(const String &text, String &result, const ArgContext & = blank_args)
    {
        return cp_word(text, &result);
    }
};

class KeywordArg {
  public:
    static bool parse(const String &text, String &result, const ArgContext & = blank_args)
    {
        return cp_keyword(text, &result);
    }
};

// Leading ~ stands for the home directory.
class FilenameArg {
  public:
    static bool parse(const String &text, String &result, const ArgContext & = blank_args)
    {
        return cp_filename(text, &result);
    }
};

// ---- parts of the router

// An annotation of `size` bytes (negative: of any size), by name, or by offset as "16", "20/4", "20-23". The result is
// the offset; where any size will do, offset and size in one number, see packet_anno.hh.
class AnnoArg {
  public:
    explicit AnnoArg(int size) : _size(size) {}
    bool parse(const String &text, int &result, const ArgContext &args = blank_args) const;

  private:
    int _size;
};

class ElementArg {
  public:
    static bool parse(const String &text, Element *&result, const ArgContext &args);
};
template <> struct DefaultArg<Element *> : public ElementArg {};

// An element that cast(name) works on; the result is what cast() returns.
class ElementCastArg {
  public:
    explicit ElementCastArg(const char *name) : _name(name) {}
    bool parse(const String &text, Element *&result, const ArgContext &args) const;
    template <typename T>
    bool parse(const String &text, T *&result, const ArgContext &args) const
    {
        void *found = find(text, args);
        if (found)
            result = static_cast<T *>(found);
        return found != nullptr;
    }

  private:
    const char *_name;
    void *find(const String &text, const ArgContext &args) const;
};

// HandlerCallArg is in handlercall.hh.

#endif

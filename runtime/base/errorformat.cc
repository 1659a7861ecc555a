// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/error.hh>
#include <click/etheraddress.hh>
#include <click/ipaddress.hh>
#include <click/straccum.hh>
#include <click/timestamp.hh>
#include "runtime/base/context.hh"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <unistd.h>
#include <vector>

// printf's conversions, and our own: see error.hh.

struct ErrorHandler::Conversion {
    String name;
    ConversionHook hook;
};

namespace {

struct Quotes {
    const char *open;
    const char *close;
};
constexpr Quotes plain_quotes = {"'", "'"};

std::mutex conversions_lock;
std::vector<std::unique_ptr<ErrorHandler::Conversion>> &conversions()
{
    static auto *all = new std::vector<std::unique_ptr<ErrorHandler::Conversion>>;
    return *all;
}

// One pass over a format.
class Formatter {
  public:
    Formatter(const char *format, va_list val, const Quotes &quotes) : _s(format), _quotes(quotes) { va_copy(_val, val); }
    ~Formatter() { va_end(_val); }

    String run()
    {
        while (*_s) {
            const char *percent = strchr(_s, '%');
            if (!percent) {
                _sa << _s;
                break;
            }
            _sa.append(_s, percent);
            _s = percent + 1;
            convert();
        }
        return _sa.take_string();
    }

  private:
    const char *_s;
    va_list _val;
    Quotes _quotes;
    StringAccum _sa;

    // Of the conversion at hand.
    std::string _flags;
    int _width = -1;
    int _precision = -1;
    int _longs = 0;  // 1 for l and the like, -1 h, -2 hh

    int number()
    {
        if (*_s == '*') {
            ++_s;
            return va_arg(_val, int);
        }
        int n = 0;
        for (; *_s >= '0' && *_s <= '9'; ++_s)
            n = std::min(n * 10 + (*_s - '0'), 10000);
        return n;
    }

    void modifiers()
    {
        _flags.clear();
        _width = _precision = -1;
        _longs = 0;
        while (*_s && strchr("-+ #0", *_s))
            _flags += *_s++;
        if (*_s == '*' || (*_s >= '1' && *_s <= '9'))
            _width = number();
        if (_width < -1) {
            _flags += '-';
            _width = -_width;
        }
        if (*_s == '.') {
            ++_s;
            _precision = number();
        }
        for (; *_s && strchr("hlqjzt", *_s); ++_s)
            _longs += *_s == 'h' ? -1 : *_s == 'l' ? 1 : 2;
    }

    void convert()
    {
        modifiers();
        const char c = *_s;
        if (!c)
            return;
        ++_s;
        switch (c) {
        case 's':
            string();
            break;
        case 'c':
            character(va_arg(_val, int));
            break;
        case 'd':
        case 'i':
            integer('d', signed_value());
            break;
        case 'u':
        case 'x':
        case 'X':
        case 'o':
            integer(c, unsigned_value());
            break;
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G':
            print(String(c), va_arg(_val, double));
            break;
        case 'p':
            if (*_s == '{')
                named();
            else
                print("p", va_arg(_val, void *));
            break;
        case '{':
            --_s;
            named();
            break;
        case '<':
            _sa << _quotes.open;
            break;
        case '>':
            _sa << _quotes.close;
            break;
        case ',':
            _sa << '\'';
            break;
        case '%':
            _sa << '%';
            break;
        default:
            // Not ours: show it, so that the mistake is seen.
            _sa << '%' << c;
        }
    }

    long long signed_value()
    {
        switch (_longs) {
        case -2:
            return static_cast<signed char>(va_arg(_val, int));
        case -1:
            return static_cast<short>(va_arg(_val, int));
        case 0:
            return va_arg(_val, int);
        case 1:
            return va_arg(_val, long);
        default:
            return va_arg(_val, long long);
        }
    }

    unsigned long long unsigned_value()
    {
        switch (_longs) {
        case -2:
            return static_cast<unsigned char>(va_arg(_val, int));
        case -1:
            return static_cast<unsigned short>(va_arg(_val, int));
        case 0:
            return va_arg(_val, unsigned);
        case 1:
            return va_arg(_val, unsigned long);
        default:
            return va_arg(_val, unsigned long long);
        }
    }

    template <typename T>
    void print(const String &conversion, T value)
    {
        StringAccum spec;
        spec << '%' << _flags;
        if (_width >= 0)
            spec << _width;
        if (_precision >= 0)
            spec << '.' << _precision;
        spec << conversion;
        char small[128];
        const char *format = spec.c_str();
        int n = ::snprintf(small, sizeof small, format, value);
        if (n < static_cast<int>(sizeof small)) {
            _sa << small;
            return;
        }
        // snprintf() wants room for the terminator.
        ::snprintf(_sa.reserve(n + 1), static_cast<size_t>(n) + 1, format, value);
        _sa.adjust_length(n);
    }

    template <typename T>
    void integer(char c, T value)
    {
        print(String("ll") + c, value);
    }

    void padded(const String &text)
    {
        int padding = std::max(_width - text.length(), 0);
        bool left = _flags.find('-') != std::string::npos;
        if (!left)
            _sa.append_fill(' ', padding);
        _sa << text;
        if (left)
            _sa.append_fill(' ', padding);
    }

    void string()
    {
        const char *s = va_arg(_val, const char *);
        if (!s)
            s = "(null)";
        String text(s, _precision >= 0 ? static_cast<int>(strnlen(s, static_cast<size_t>(_precision))) : -1);
        padded(_flags.find('#') != std::string::npos ? text.printable() : text);
    }

    void character(int value)
    {
        unsigned char c = static_cast<unsigned char>(value);
        if (c >= 32 && c < 127)
            padded(String(static_cast<char>(c)));
        else
            padded(String(static_cast<char>(c)).printable());
    }

    // p{name}: the argument is a pointer to what is shown.
    void named()
    {
        const char *close = strchr(_s, '}');
        if (!close)
            return;
        String name(_s + 1, close);
        _s = close + 1;
        const void *argument = va_arg(_val, const void *);
        padded(shown(name, argument));
    }

    static String shown(const String &name, const void *argument)
    {
        if (name == "element")
            return argument ? base::declaration_of(static_cast<const Element *>(argument)) : String("(null)");
        if (name == "ip_ptr")
            return argument ? static_cast<const IPAddress *>(argument)->unparse() : String("(null)");
        if (name == "ether_ptr")
            return argument ? static_cast<const EtherAddress *>(argument)->unparse() : String("(null)");
        if (name == "timestamp")
            return argument ? static_cast<const Timestamp *>(argument)->unparse() : String("(null)");
        std::lock_guard guard(conversions_lock);
        for (const auto &conversion : conversions())
            if (conversion->name == name)
                return conversion->hook(0, &argument);
        return "%p{" + name + "}";
    }
};

String formatted(const char *format, va_list val, const Quotes &quotes)
{
    return Formatter(format, val, quotes).run();
}

}  // namespace

String ErrorHandler::vformat(const char *format, va_list val)
{
    return formatted(format, val, plain_quotes);
}

String ErrorHandler::format(const char *format, ...)
{
    va_list val;
    va_start(val, format);
    String text = formatted(format, val, plain_quotes);
    va_end(val);
    return text;
}

String ErrorHandler::xformat(const char *format, ...)
{
    va_list val;
    va_start(val, format);
    String text = vformat(format, val);
    va_end(val);
    return text;
}

// Typographic quotes are for people at a terminal that can show them.
String FileErrorHandler::vformat(const char *format, va_list val)
{
    static const bool utf8 = [] {
        for (const char *name : {"LC_ALL", "LC_CTYPE", "LANG"})
            if (const char *value = getenv(name); value && *value)
                return strstr(value, "UTF-8") || strstr(value, "utf8");
        return false;
    }();
    if (utf8 && isatty(fileno(_file)))
        return formatted(format, val, {"\xE2\x80\x98", "\xE2\x80\x99"});
    return formatted(format, val, plain_quotes);
}

ErrorHandler::Conversion *ErrorHandler::add_conversion(const String &name, ConversionHook hook)
{
    std::lock_guard guard(conversions_lock);
    conversions().push_back(std::make_unique<Conversion>(Conversion{name, hook}));
    return conversions().back().get();
}

int ErrorHandler::remove_conversion(Conversion *conversion)
{
    std::lock_guard guard(conversions_lock);
    return std::erase_if(conversions(), [conversion](const auto &c) { return c.get() == conversion; }) ? 0 : -1;
}

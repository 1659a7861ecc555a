// SPDX-License-Identifier: Apache-2.0
// Handlers that read or write one variable of an element.
#include <click/config.h>
#include <click/args.hh>
#include <click/atomic.hh>
#include <click/confparse.hh>
#include <click/element.hh>
#include <click/error.hh>
#include <click/etheraddress.hh>
#include <click/ipaddress.hh>
#include <click/router.hh>
#include <click/straccum.hh>
#include <click/timestamp.hh>
#include <arpa/inet.h>
#include <concepts>

namespace {

// How a type reads and prints.
template <typename T>
struct Text {
    static String unparse(const T &value) { return String(value); }
    static bool parse(const String &text, T &value, Element *) { return IntArg().parse(text, value); }
};

template <>
struct Text<bool> {
    static String unparse(bool value) { return BoolArg().unparse(value); }
    static bool parse(const String &text, bool &value, Element *) { return BoolArg().parse(text, value); }
};

template <>
struct Text<uint8_t> {
    static String unparse(uint8_t value) { return String(static_cast<int>(value)); }
    static bool parse(const String &text, uint8_t &value, Element *) { return IntArg().parse(text, value); }
};

template <>
struct Text<uint16_t> {
    static String unparse(uint16_t value) { return String(static_cast<int>(value)); }
    static bool parse(const String &text, uint16_t &value, Element *) { return IntArg().parse(text, value); }
};

template <>
struct Text<atomic_uint32_t> {
    static String unparse(const atomic_uint32_t &value) { return String(value.value()); }
    static bool parse(const String &text, atomic_uint32_t &value, Element *)
    {
        uint32_t number;
        if (!IntArg().parse(text, number))
            return false;
        value = number;
        return true;
    }
};

template <>
struct Text<double> {
    static String unparse(double value) { return String(value); }
    static bool parse(const String &text, double &value, Element *) { return DoubleArg().parse(text, value); }
};

template <>
struct Text<String> {
    static String unparse(const String &value) { return value; }
    static bool parse(const String &text, String &value, Element *)
    {
        value = text;
        return true;
    }
};

template <>
struct Text<IPAddress> {
    static String unparse(const IPAddress &value) { return value.unparse(); }
    static bool parse(const String &text, IPAddress &value, Element *element)
    {
        return IPAddressArg().parse(text, value, ArgContext(element));
    }
};

template <>
struct Text<EtherAddress> {
    static String unparse(const EtherAddress &value) { return value.unparse(); }
    static bool parse(const String &text, EtherAddress &value, Element *element)
    {
        return EtherAddressArg().parse(text, value, ArgContext(element));
    }
};

template <>
struct Text<Timestamp> {
    static String unparse(const Timestamp &value) { return value.unparse(); }
    static bool parse(const String &text, Timestamp &value, Element *) { return cp_time(text, &value); }
};

// The same type, shown as a duration.
struct IntervalText {
    static String unparse(const Timestamp &value) { return value.unparse_interval(); }
    static bool parse(const String &text, Timestamp &value, Element *) { return cp_time(text, &value); }
};

// Numbers kept in network byte order.
struct NetShortText {
    static String unparse(uint16_t value) { return String(static_cast<int>(ntohs(value))); }
    static bool parse(const String &text, uint16_t &value, Element *)
    {
        uint16_t number;
        if (!IntArg().parse(text, number))
            return false;
        value = htons(number);
        return true;
    }
};

struct NetLongText {
    static String unparse(uint32_t value) { return String(ntohl(value)); }
    static bool parse(const String &text, uint32_t &value, Element *)
    {
        uint32_t number;
        if (!IntArg().parse(text, number))
            return false;
        value = htonl(number);
        return true;
    }
};

template <typename T, typename Form>
String read_data(Element *, void *data)
{
    return Form::unparse(*static_cast<const T *>(data));
}

template <typename T, typename Form>
int write_data(const String &text, Element *element, void *data, ErrorHandler *errh)
{
    String value = std::same_as<T, String> ? text : cp_uncomment(text);
    return Form::parse(value, *static_cast<T *>(data), element) ? 0 : errh->error("syntax error");
}

template <typename T, typename Form = Text<T>>
void add(Element *element, const String &name, int flags, T *data)
{
    uint32_t others = static_cast<uint32_t>(flags) & ~(Handler::f_read | Handler::f_write);
    if (flags & Handler::f_read)
        Router::add_read_handler(element, name, read_data<T, Form>, data, others);
    if (flags & Handler::f_write)
        Router::add_write_handler(element, name, write_data<T, Form>, data, others);
}

}  // namespace

void Element::add_data_handlers(const String &name, int flags, bool *data)
{
    add<bool>(this, name, flags, data);
}

void Element::add_data_handlers(const String &name, int flags, uint8_t *data)
{
    add<uint8_t>(this, name, flags, data);
}

void Element::add_data_handlers(const String &name, int flags, uint16_t *data)
{
    add<uint16_t>(this, name, flags, data);
}

void Element::add_data_handlers(const String &name, int flags, int *data)
{
    add<int>(this, name, flags, data);
}

void Element::add_data_handlers(const String &name, int flags, unsigned *data)
{
    add<unsigned>(this, name, flags, data);
}

void Element::add_data_handlers(const String &name, int flags, long *data)
{
    add<long>(this, name, flags, data);
}

void Element::add_data_handlers(const String &name, int flags, unsigned long *data)
{
    add<unsigned long>(this, name, flags, data);
}

void Element::add_data_handlers(const String &name, int flags, long long *data)
{
    add<long long>(this, name, flags, data);
}

void Element::add_data_handlers(const String &name, int flags, unsigned long long *data)
{
    add<unsigned long long>(this, name, flags, data);
}

void Element::add_data_handlers(const String &name, int flags, atomic_uint32_t *data)
{
    add<atomic_uint32_t>(this, name, flags, data);
}

void Element::add_data_handlers(const String &name, int flags, double *data)
{
    add<double>(this, name, flags, data);
}

void Element::add_data_handlers(const String &name, int flags, String *data)
{
    add<String>(this, name, flags, data);
}

void Element::add_data_handlers(const String &name, int flags, IPAddress *data)
{
    add<IPAddress>(this, name, flags, data);
}

void Element::add_data_handlers(const String &name, int flags, EtherAddress *data)
{
    add<EtherAddress>(this, name, flags, data);
}

void Element::add_data_handlers(const String &name, int flags, Timestamp *data, bool is_interval)
{
    if (is_interval)
        add<Timestamp, IntervalText>(this, name, flags, data);
    else
        add<Timestamp>(this, name, flags, data);
}

void Element::add_net_order_data_handlers(const String &name, int flags, uint16_t *data)
{
    add<uint16_t, NetShortText>(this, name, flags, data);
}

void Element::add_net_order_data_handlers(const String &name, int flags, uint32_t *data)
{
    add<uint32_t, NetLongText>(this, name, flags, data);
}

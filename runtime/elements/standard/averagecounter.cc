// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "averagecounter.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <algorithm>

int AverageCounter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    unsigned seconds = 0;
    if (Args(conf, this, errh).read_p("IGNORE", seconds).complete() < 0)
        return -1;
    _ignore = static_cast<click_jiffies_t>(seconds) * CLICK_HZ;
    return 0;
}

Packet *AverageCounter::simple_action(Packet *packet)
{
    const click_jiffies_t now = click_jiffies();
    if (!_begun.exchange(true))
        _first = now;
    if (now - _first >= _ignore) {
        ++_count;
        _bytes += packet->length();
    }
    _last = now;
    return packet;
}

// The time that was counted; a jiffy at least.
double AverageCounter::seconds() const
{
    const double jiffies = static_cast<double>(_last - _first) - static_cast<double>(_ignore);
    return std::max(jiffies, 1.0) / CLICK_HZ;
}

String AverageCounter::read_handler(Element *element, void *user_data)
{
    AverageCounter *counter = static_cast<AverageCounter *>(element);
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_count:
        return String(counter->_count.load());
    case h_bytes:
        return String(counter->_bytes.load());
    case h_rate:
        return String(static_cast<double>(counter->_count.load()) / counter->seconds());
    default:
        return String(static_cast<double>(counter->_bytes.load()) / counter->seconds());
    }
}

int AverageCounter::reset_handler(const String &, Element *element, void *, ErrorHandler *)
{
    AverageCounter *counter = static_cast<AverageCounter *>(element);
    counter->_count = counter->_bytes = 0;
    counter->_begun = false;
    return 0;
}

void AverageCounter::add_handlers()
{
    add_read_handler("count", read_handler, h_count);
    add_read_handler("byte_count", read_handler, h_bytes);
    add_read_handler("rate", read_handler, h_rate);
    add_read_handler("byte_rate", read_handler, h_byte_rate);
    add_write_handler("reset", reset_handler, 0, Handler::BUTTON);
}

EXPORT_ELEMENT(AverageCounter)

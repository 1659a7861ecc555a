// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_STRIDES_HH
#define MIMI_STRIDES_HH
#include <click/string.hh>
#include <click/vector.hh>
#include <cstdint>
#include <vector>

class Element;
class ErrorHandler;

// Stride scheduling among numbered ports: the port with the lowest pass goes next, and its pass grows by a stride that is
// the smaller the more tickets it has. Among equal passes, the one reached last is first.
class Strides {
  public:
    static constexpr unsigned max_tickets = 1 << 15;

    // One argument a port. Changes nothing on error.
    int configure(const Vector<String> &conf, int nports, ErrorHandler *errh);
    int set_tickets(int port, const String &text, ErrorHandler *errh);
    unsigned tickets(int port) const { return _ports[port].tickets; }

    // The ports with tickets, the one to be asked first in front.
    const std::vector<int> &order() const { return _order; }
    // The first `n` ports of the order had their turn, in vain or not.
    void advance(size_t n);

  private:
    struct Port {
        unsigned tickets;
        uint64_t pass;
        uint64_t stride() const { return (1 << 16) / tickets; }
    };
    static bool parse(const String &text, int port, unsigned &tickets, ErrorHandler *errh);
    void insert(int port);

    std::vector<Port> _ports;
    std::vector<int> _order;
};

// Handlers tickets0, tickets1, ... of an element E that has `Strides &strides()`.
template <typename E>
void add_ticket_handlers(E *element, int nports)
{
    for (int i = 0; i < nports; ++i) {
        String name = "tickets" + String(i);
        element->add_read_handler(
            name,
            [](Element *e, void *port) { return String(static_cast<E *>(e)->strides().tickets(static_cast<int>(reinterpret_cast<intptr_t>(port)))); },
            i);
        element->add_write_handler(
            name,
            [](const String &text, Element *e, void *port, ErrorHandler *errh) {
                return static_cast<E *>(e)->strides().set_tickets(static_cast<int>(reinterpret_cast<intptr_t>(port)), text, errh);
            },
            i);
    }
}

#endif

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "inputswitch.hh"
#include <click/args.hh>
#include <click/error.hh>

int InputSwitch::configure(Vector<String> &conf, ErrorHandler *errh)
{
    int input = 0;
    if (Args(conf, this, errh).read_p("INPUT", input).complete() < 0)
        return -1;
    if (input >= ninputs())
        return errh->error("input must be < %d", ninputs());
    _input = input;
    return 0;
}

void InputSwitch::push(int port, Packet *packet)
{
    if (port == _input.load(std::memory_order_relaxed))
        output(0).push(packet);
    else
        packet->kill();
}

void InputSwitch::push_batch(int port, PacketBatch *batch)
{
    if (port == _input.load(std::memory_order_relaxed))
        output_push_batch(0, batch);
    else
        batch->kill();
}

String InputSwitch::read_handler(Element *element, void *)
{
    return String(static_cast<InputSwitch *>(element)->_input.load());
}

int InputSwitch::write_handler(const String &text, Element *element, void *, ErrorHandler *errh)
{
    InputSwitch *s = static_cast<InputSwitch *>(element);
    int input;
    if (!IntArg().parse(text, input) || input >= s->ninputs())
        return errh->error("expected an integer below %d", s->ninputs());
    s->_input = input;
    return 0;
}

void InputSwitch::add_handlers()
{
    add_read_handler("switch", read_handler);
    add_write_handler("switch", write_handler, 0, Handler::NONEXCLUSIVE);
}

EXPORT_ELEMENT(InputSwitch)

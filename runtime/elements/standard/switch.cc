// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "switch.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/llrpc.h>
#include <cerrno>
#include <cstring>

int Switch::configure(Vector<String> &conf, ErrorHandler *errh)
{
    int output = 0;
    if (Args(conf, this, errh).read_p("OUTPUT", output).complete() < 0)
        return -1;
    if (output >= noutputs())
        return errh->error("output must be < %d", noutputs());
    _output = output;
    return 0;
}

String Switch::read_handler(Element *element, void *)
{
    return String(static_cast<Switch *>(element)->_output.load());
}

int Switch::write_handler(const String &text, Element *element, void *, ErrorHandler *errh)
{
    Switch *s = static_cast<Switch *>(element);
    int output;
    if (!IntArg().parse(text, output))
        return errh->error("Switch output must be integer");
    if (output >= s->noutputs())
        return errh->error("output must be < %d", s->noutputs());
    s->_output = output;
    return 0;
}

int Switch::llrpc(unsigned command, void *data)
{
    int output = _output;
    if (command == CLICK_LLRPC_GET_SWITCH)
        return CLICK_LLRPC_PUT(data, output);
    if (command != CLICK_LLRPC_SET_SWITCH)
        return Element::llrpc(command, data);
    if (CLICK_LLRPC_GET(output, data) < 0 || output >= noutputs())
        return -EINVAL;
    _output = output;
    return 0;
}

void Switch::add_handlers()
{
    add_read_handler("switch", read_handler);
    add_write_handler("switch", write_handler, 0, Handler::NONEXCLUSIVE);
    add_read_handler("config", read_handler);
}

EXPORT_ELEMENT(Switch)

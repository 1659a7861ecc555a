// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "bypass.hh"
#include <click/args.hh>
#include <click/error.hh>

int Bypass::configure(Vector<String> &conf, ErrorHandler *errh)
{
    bool active = false, in_line;
    if (Args(conf, this, errh).read_p("ACTIVE", active).read("INLINE", in_line).complete() < 0)
        return -1;
    _active = active;
    return 0;
}

String Bypass::read_handler(Element *element, void *)
{
    return BoolArg::unparse(static_cast<Bypass *>(element)->_active);
}

int Bypass::write_handler(const String &text, Element *element, void *, ErrorHandler *errh)
{
    Bypass *b = static_cast<Bypass *>(element);
    bool active;
    if (!BoolArg().parse(text, active))
        return errh->error("expected boolean");
    b->_active = active;
    return 0;
}

void Bypass::add_handlers()
{
    add_read_handler("active", read_handler, 0, Handler::CHECKBOX);
    add_write_handler("active", write_handler);
}

EXPORT_ELEMENT(Bypass)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/elements/control/message.hh"
#include <click/args.hh>
#include <click/error.hh>

int Message::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String text, type = "message";
    if (Args(conf, this, errh).read_mp("MESSAGE", text).read_p("TYPE", WordArg(), type).complete() < 0)
        return -1;
    type = type.lower();
    if (type == "message")
        errh->message("%s", text.c_str());
    else if (type == "warning")
        errh->warning("%s", text.c_str());
    else
        return errh->error("%s", text.c_str());
    return 0;
}

int Error::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String text = "error element";
    if (Args(conf, this, errh).read_p("MESSAGE", text).complete() < 0)
        return -1;
    return errh->error("%s", text.c_str());
}

EXPORT_ELEMENT(Message)
EXPORT_ELEMENT(Error)

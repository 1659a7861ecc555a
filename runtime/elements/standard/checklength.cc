// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "checklength.hh"
#include <click/args.hh>
#include <click/error.hh>

int CheckLength::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_mp("LENGTH", _length).complete();
}

void CheckLength::add_handlers()
{
    add_data_handlers("length", Handler::OP_READ | Handler::OP_WRITE, &_length);
}

EXPORT_ELEMENT(CheckLength)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "painttee.hh"
#include <click/args.hh>
#include <click/error.hh>

int PaintTee::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_mp("COLOR", _color).read_p("ANNO", AnnoArg(1), _anno).complete();
}

void PaintTee::add_handlers()
{
    add_data_handlers("color", Handler::OP_READ | Handler::OP_WRITE, &_color);
}

EXPORT_ELEMENT(PaintTee)

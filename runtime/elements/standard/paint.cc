// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "paint.hh"
#include <click/args.hh>
#include <click/error.hh>

int Paint::configure(Vector<String> &conf, ErrorHandler *errh)
{
    int anno = PAINT_ANNO_OFFSET;
    if (Args(conf, this, errh).read_mp("COLOR", _color).read_p("ANNO", AnnoArg(1), anno).complete() < 0)
        return -1;
    _anno = anno;
    return 0;
}

void Paint::add_handlers()
{
    add_data_handlers("color", Handler::OP_READ | Handler::OP_WRITE, &_color);
}

EXPORT_ELEMENT(Paint)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "checkpaint.hh"
#include <click/args.hh>
#include <click/error.hh>

int CheckPaint::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_mp("COLOR", _color).read_p("ANNO", AnnoArg(1), _anno).complete();
}

void CheckPaint::add_handlers()
{
    add_data_handlers("color", Handler::OP_READ | Handler::OP_WRITE, &_color);
    add_counter_handler(this, "drops", &_drops);
}

EXPORT_ELEMENT(CheckPaint)

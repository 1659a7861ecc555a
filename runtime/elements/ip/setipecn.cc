// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "setipecn.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <iterator>

int SetIPECN::configure(Vector<String> &conf, ErrorHandler *errh)
{
    static const char *const words[] = {"no", "ect1", "ect2", "ce"};
    String text;
    if (Args(conf, this, errh).read_mp("ECN", WordArg(), text).complete() < 0)
        return -1;
    unsigned ecn = 4;
    for (unsigned i = 0; i < std::size(words); ++i)
        if (text.lower() == words[i])
            ecn = i;
    if (ecn == 4 && (!IntArg().parse(text, ecn) || ecn > 3))
        return errh->error("ECN: expected 0 to 3, no, ect1, ect2 or ce");
    _ecn = ecn;
    return 0;
}

void SetIPECN::add_handlers()
{
    add_read_handler("ecn", read_keyword_handler, "0 ECN", Handler::CALM);
    add_write_handler("ecn", reconfigure_keyword_handler, "0 ECN");
}

EXPORT_ELEMENT(SetIPECN)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "randomseed.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/glue.hh>

int RandomSeed::configure(Vector<String> &conf, ErrorHandler *errh)
{
    uint32_t seed = 0;
    bool given = false;
    if (Args(conf, this, errh).read_p("SEED", seed).read_status(given).complete() < 0)
        return -1;
    if (given)
        click_srandom(seed);
    else
        click_random_srandom();
    return 0;
}

int RandomSeed::write_handler(const String &text, Element *, void *, ErrorHandler *errh)
{
    uint32_t seed;
    if (!IntArg().parse(text, seed))
        return errh->error("expected integer");
    click_srandom(seed);
    return 0;
}

void RandomSeed::add_handlers()
{
    add_write_handler("seed", write_handler);
}

EXPORT_ELEMENT(RandomSeed)

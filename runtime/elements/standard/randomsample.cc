// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "randomsample.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>

int RandomSample::configure(Vector<String> &conf, ErrorHandler *errh)
{
    uint32_t pass = 0, sample = 0, drop = 0;
    bool has_pass = false, has_sample = false, has_drop = false, active = true;
    FixedPointArg probability(shift);
    if (Args(conf, this, errh)
            .read_p("P", probability, pass).read_status(has_pass)
            .read("SAMPLE", probability, sample).read_status(has_sample)
            .read("DROP", probability, drop).read_status(has_drop)
            .read("ACTIVE", active)
            .complete() < 0)
        return -1;
    pass = has_sample ? sample : pass;
    if (has_pass + has_sample + has_drop != 1)
        return errh->error("expected one of P, SAMPLE and DROP");
    if (pass > always || drop > always)
        return errh->error("probability must be between 0 and 1");
    _probability = has_drop ? always - drop : pass;
    _active = active;
    return 0;
}

bool RandomSample::passes() const
{
    return !_active || (click_random() & (always - 1)) < _probability;
}

void RandomSample::refuse(Packet *packet)
{
    ++_drops;
    checked_output_push(1, packet);
}

void RandomSample::push(int, Packet *packet)
{
    if (passes())
        output(0).push(packet);
    else
        refuse(packet);
}

Packet *RandomSample::pull(int)
{
    Packet *packet = input(0).pull();
    if (!packet || passes())
        return packet;
    refuse(packet);
    return nullptr;
}

String RandomSample::read_handler(Element *element, void *user_data)
{
    RandomSample *sample = static_cast<RandomSample *>(element);
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_sample:
        return cp_unparse_real2(sample->_probability, shift);
    case h_drop:
        return cp_unparse_real2(always - sample->_probability, shift);
    default:
        return String(sample->_drops.load());
    }
}

int RandomSample::write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh)
{
    uint32_t probability;
    if (!FixedPointArg(shift).parse(cp_uncomment(text), probability) || probability > always)
        return errh->error("probability must be between 0 and 1");
    bool drops = reinterpret_cast<intptr_t>(user_data) == h_drop;
    static_cast<RandomSample *>(element)->_probability = drops ? always - probability : probability;
    return 0;
}

void RandomSample::add_handlers()
{
    add_read_handler("sampling_prob", read_handler, h_sample);
    add_write_handler("sampling_prob", write_handler, h_sample);
    add_read_handler("drop_prob", read_handler, h_drop);
    add_write_handler("drop_prob", write_handler, h_drop);
    add_data_handlers("active", Handler::OP_READ | Handler::OP_WRITE | Handler::CHECKBOX, &_active);
    add_read_handler("drops", read_handler, h_drops);
}

EXPORT_ELEMENT(RandomSample)

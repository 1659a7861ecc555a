// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipfilter.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>

bool IPFilter::parse_action(const String &word, int &result, ErrorHandler *errh) const
{
    if (word == "allow") {
        result = 0;
    } else if (word == "deny" || word == "drop") {
        result = DecisionProgram::no_match;
    } else if (!IntArg().parse(word, result) || result < 0) {
        errh->error("unknown action '%s' (expected allow, deny, drop or an output number)", word.c_str());
        return false;
    } else if (result >= noutputs()) {
        errh->error("action %d: there are only %d outputs", result, noutputs());
        return false;
    }
    return true;
}

int IPFilter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    std::vector<DecisionProgram::Rule> rules(conf.size());
    bool good = true;
    for (int i = 0; i < conf.size(); ++i) {
        PrefixErrorHandler rule_errh(errh, "rule " + String(i) + ": ");
        String rest = conf[i];
        String action = cp_shift_spacevec(rest);
        good &= parse_action(action, rules[i].result, &rule_errh)
                && IPExpressionParser(this, &rule_errh).parse(rest, rules[i].expression);
    }
    if (!good)
        return -1;
    set_rules(rules);
    return 0;
}

String IPFilter::program_handler(Element *element, void *)
{
    static const int shift[DecisionProgram::nbases] = {256, 512};
    return static_cast<IPFilter *>(element)->_program.unparse(shift);
}

void IPFilter::add_handlers()
{
    add_read_handler("program", program_handler, 0, Handler::CALM);
    add_counter_handler(this, "drops", &_drops);
}

EXPORT_ELEMENT(IPFilter)

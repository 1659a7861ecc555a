// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipclassifier.hh"
#include <click/error.hh>

int IPClassifier::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (conf.size() != noutputs())
        return errh->error("need %d argument%s, one per output port", noutputs(), noutputs() == 1 ? "" : "s");
    std::vector<DecisionProgram::Rule> rules(conf.size());
    bool good = true;
    for (int i = 0; i < conf.size(); ++i) {
        PrefixErrorHandler pattern_errh(errh, "pattern " + String(i) + ": ");
        good &= IPExpressionParser(this, &pattern_errh).parse(conf[i], rules[i].expression);
        rules[i].result = i;
    }
    if (!good)
        return -1;
    set_rules(rules);
    return 0;
}

EXPORT_ELEMENT(IPClassifier)

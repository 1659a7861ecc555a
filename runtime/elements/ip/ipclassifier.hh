// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPCLASSIFIER_HH
#define CLICK_IPCLASSIFIER_HH
#include "ipfilter.hh"

// =Element IPClassifier(PATTERN, ...)
// =Summary sorts IP packets by what their headers say
// =Ports 1 / one per pattern, push. A packet goes to the output of the first pattern it matches; with no match it is dropped
// =Arguments
//   PATTERN  an expression (IPFilter tells the language), or `-` for every packet
// =Handlers
//   program  r  the compiled decision steps
//   drops    r  packets that matched no pattern
//   config   w  new patterns, one per output
// =Source the language is that of IPExpressionParser (ip/ipexpression.hh); RFC 791, RFC 792, RFC 768, RFC 9293
class IPClassifier : public IPFilter {
  public:
    const char *class_name() const override { return "IPClassifier"; }
    const char *port_count() const override { return "1/-"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
};

#endif

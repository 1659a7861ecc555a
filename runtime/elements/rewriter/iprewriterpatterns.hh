// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPREWRITERPATTERNS_HH
#define CLICK_IPREWRITERPATTERNS_HH
#include "iprewriterbase.hh"

// =Element IPRewriterPatterns(NAME PATTERN...)
// =Summary names patterns for rewriters
// =Ports none
//   `pattern NAME FOUTPUT ROUTPUT` in a rewriter's INPUTSPEC means the pattern of that name. Those who use one pattern share
//   its sequence of ports.
// =Arguments
//   `NAME SADDR SPORT DADDR DPORT`, or the shorter forms, see IPRewriter and IPAddrRewriter
// =Source none
class IPRewriterPatterns : public Element {
  public:
    const char *class_name() const override { return "IPRewriterPatterns"; }
    int configure_phase() const override { return IPRewriterBase::CONFIGURE_PHASE_PATTERNS; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
};

#endif

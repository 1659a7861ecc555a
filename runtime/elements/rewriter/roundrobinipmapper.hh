// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ROUNDROBINIPMAPPER_HH
#define CLICK_ROUNDROBINIPMAPPER_HH
#include "patternmapper.hh"

// =Element RoundRobinIPMapper(PATTERN...)
// =Summary gives a rewriter's new flows to patterns in turn
// =Ports none
//   Its name is a rewriter's INPUTSPEC. A pattern that has nothing free is passed over.
// =Arguments
//   PATTERN  `SADDR SPORT DADDR DPORT FOUTPUT ROUTPUT`, or `NAME FOUTPUT ROUTPUT` (IPRewriterPatterns)
// =Handlers
//   patterns  rw  one pattern a line; writing replaces all of them, if every one is good, and leaves existing flows alone
//   chosen    r   the same lines, each with the number of flows it was given
//   config    rw  the arguments
// =Source none
class RoundRobinIPMapper : public PatternMapper {
  public:
    const char *class_name() const override { return "RoundRobinIPMapper"; }
    bool choose(const mimi::FlowTuple &from, Choice &choice, const ReplyKeys &keys) override;

  protected:
    int read_options(Vector<String> &, ErrorHandler *) override { return 0; }
    void members_changed() override { _next = 0; }

  private:
    size_t _next = 0;
};

#endif

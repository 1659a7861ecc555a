// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SOURCEIPHASHMAPPER_HH
#define CLICK_SOURCEIPHASHMAPPER_HH
#include <utility>
#include "patternmapper.hh"

// =Element SourceIPHashMapper(NODES SEED, PATTERN...)
// =Summary gives a rewriter's new flows to patterns by their source address, with consistent hashing
// =Ports none
//   Its name is a rewriter's INPUTSPEC. All flows of one source go to one pattern; when patterns come or go, only the
//   sources that must change do.
// =Arguments
//   NODES    Integer  points on the ring for each pattern; more spread more evenly
//   SEED     Integer  rings with one seed agree
//   PATTERN  `SADDR SPORT DADDR DPORT FOUTPUT ROUTPUT ID`; the ID, not the order, places a pattern on the ring
// =Handlers
//   patterns  rw  one pattern a line; writing replaces all of them, if every one is good, and leaves existing flows alone
//   chosen    r   the same lines, each with the number of flows it was given
//   config    rw  the arguments
// =Source Karger and others, Consistent hashing and random trees (1997)
class SourceIPHashMapper : public PatternMapper {
  public:
    const char *class_name() const override { return "SourceIPHashMapper"; }
    bool choose(const mimi::FlowTuple &from, Choice &choice, const ReplyKeys &keys) override;

  protected:
    int read_options(Vector<String> &conf, ErrorHandler *errh) override;
    int read_member(const String &text, Member &member, ErrorHandler *errh) const override;
    String unparse(const Member &member) const override { return member.to.unparse() + " " + String(member.id); }
    void members_changed() override;

  private:
    int _nodes = 0;
    int32_t _seed = 0;
    std::vector<std::pair<uint32_t, uint32_t>> _ring;  // point, member; sorted
};

#endif

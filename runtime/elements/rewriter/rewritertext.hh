// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_REWRITERTEXT_HH
#define MIMI_REWRITERTEXT_HH
#include <click/straccum.hh>
#include <string>
#include "elements/flowreader.hh"

// One flow of a rewriter as a line of text, in the form that MinionLB's import has (docs/architecture.md), with more
// options. They come in this order, and are left out where the default says the same:
//
//   put SEQ PROTO S:P D:P XS:XP XD:XP LIFETIME_S [state=WORD] [delta=FWD,REV] [marks=N] [input=N] [outputs=F,R] [anno=N]
//   del SEQ PROTO S:P D:P
//   PROTO S:P D:P                       a bare key
//
//   PROTO    tcp, udp, dccp; icmp, where S:P has the identifier as port and D:P has port 0; ip, where ports are 0, and so is D
//            for a rewriter that knows sources alone
//   marks    what the rewriter has seen, where `state` does not tell all of it
//   input    whose specification the flow belongs to; 0
//   outputs  where its packets leave; the specification's
//   anno     the byte that replies get back; 0

namespace mimi {

struct RewriterLine {
    enum Kind : uint8_t { put, del, key } kind = put;
    uint8_t proto = 0;
    uint8_t marks = 0;
    uint8_t anno = 0;
    bool tracks_tcp = true;  // false: TCP's marks are like UDP's
    bool has_outputs = false;
    uint16_t foutput = 0, routput = 0;
    uint16_t input = 0;
    uint32_t lifetime_s = 0;
    int32_t delta_forward = 0, delta_reply = 0;
    uint64_t sequence = 0;
    FlowTuple from = {0, 0, 0, 0}, to = {0, 0, 0, 0};
};

// Without the newline.
void write_line(StringAccum &out, const RewriterLine &line);

// What a rewriter can make of a line.
class RewriterLineJudge {
  public:
    // Null if the line is good, else what was expected instead. May complete the line.
    virtual const char *judge(RewriterLine &line) const = 0;
    virtual bool tracks_tcp() const = 0;

  protected:
    ~RewriterLineJudge() = default;
};

// Reads lines as FlowTextReader does.
class RewriterTextReader : public FlowTextReader {
  public:
    RewriterTextReader(const char *begin, const char *end, const RewriterLineJudge &judge)
        : FlowTextReader(begin, end), _judge(judge)
    {
    }
    Result next_update(RewriterLine &line);  // put and del lines
    Result next_key(RewriterLine &line);     // bare keys

  private:
    const RewriterLineJudge &_judge;

    bool protocol(uint8_t &proto);
    bool small(uint64_t limit, uint16_t &value, const char *what);
    bool options(RewriterLine &line);
    bool judged(RewriterLine &line, const char *start);
};

}  // namespace mimi
#endif

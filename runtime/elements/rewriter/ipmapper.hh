// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPMAPPER_HH
#define CLICK_IPMAPPER_HH
#include "elements/flowbinding.hh"
#include "rewriterpattern.hh"

class ErrorHandler;
class IPRewriterBase;

// An element that decides for rewriters how new flows leave, found by cast("IPMapper"). Called with the lock of the
// rewriter's store held.
class IPMapper {
  public:
    struct Choice {
        mimi::FlowTuple to;
        int foutput;
        int routput;
    };
    virtual ~IPMapper() = default;

    // A rewriter will ask for this input; complains of choices that it could not follow.
    virtual void notify_rewriter(IPRewriterBase *rewriter, int input, ErrorHandler *errh) = 0;
    // False: there is nothing to choose, drop the packet.
    virtual bool choose(const mimi::FlowTuple &from, Choice &choice, const ReplyKeys &keys) = 0;
};

// A pattern and the outputs of its flows: `SADDR SPORT DADDR DPORT FOUTPUT ROUTPUT`.
struct RoutedPattern {
    std::shared_ptr<RewriterPattern> pattern;
    int foutput = -1;
    int routput = -1;

    // False after an error message.
    bool parse(const String &text, const Element *context, ErrorHandler *errh);
    String unparse() const { return pattern->unparse() + " " + String(foutput) + " " + String(routput); }
};

// What an input of a rewriter does with flows that are new.
struct RewriterInput {
    enum Kind { k_drop, k_pass, k_keep, k_pattern, k_mapper };
    Kind kind = k_drop;
    RoutedPattern to;      // outputs: pass (the first), keep, pattern
    IPMapper *mapper = nullptr;
    uint64_t failures = 0;

    // Negative after an error message.
    int parse(const String &text, const IPRewriterBase *rewriter, ErrorHandler *errh);
    bool makes_flows() const { return kind == k_keep || kind == k_pattern || kind == k_mapper; }
    bool has_outputs() const { return kind == k_keep || kind == k_pattern; }
    String unparse() const;

  private:
    int parse_pass(const String &rest, const IPRewriterBase *rewriter, ErrorHandler *errh);
    int parse_mapper(const String &word, const String &rest, const IPRewriterBase *rewriter, ErrorHandler *errh);
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_REWRITERPATTERN_HH
#define CLICK_REWRITERPATTERN_HH
#include <click/ipaddress.hh>
#include <click/string.hh>
#include <click/vector.hh>
#include <cstdint>
#include <memory>
#include <mutex>
#include "elements/flowbinding.hh"

class Element;
class ErrorHandler;

// Who knows which reply keys are in use.
class ReplyKeys {
  public:
    // Completes `to`, where one field follows from another.
    virtual void complete(mimi::FlowTuple &to) const = 0;
    // Whether a flow that leaves as `to`, which this completes, cannot be told from another by its replies.
    virtual bool taken(mimi::FlowTuple &to) const = 0;
    // Which keys these are: different for each table of each store.
    virtual const void *space() const = 0;
    // Steps whenever one of them is free again.
    virtual uint64_t erasures() const = 0;

  protected:
    ~ReplyKeys() = default;
};

// How new flows leave: `SADDR SPORT DADDR DPORT`, or `SADDR DADDR` where ports do not matter. `-` keeps a field. SPORT may be
// a range `L-H`, in the short form SADDR may be one, or a prefix; then what is free is chosen:
//
//   1024-65535    the packet's own port if it is in the range, otherwise any
//   1024-65535?   any
//   1024-65535#   the one after the last that was chosen
class RewriterPattern {
  public:
    // Null, after an error message, if the words are no pattern; one word is the name of an IPRewriterPatterns' pattern.
    static std::shared_ptr<RewriterPattern> parse(const Vector<String> &words, const Element *context, ErrorHandler *errh);

    // False: everything is taken.
    bool choose(const mimi::FlowTuple &from, mimi::FlowTuple &to, const ReplyKeys &keys);
    // Sets `to` to what choose() will most likely choose, for prefetching.
    void guess(const mimi::FlowTuple &from, mimi::FlowTuple &to) const { to = fixed(from); }
    String unparse() const;

  private:
    mimi::FlowTuple _fixed = {0, 0, 0, 0};  // 0: kept
    bool _ports = false;         // the long form
    bool _sequential = false;
    bool _prefer_same = true;
    uint32_t _most = 0;          // the largest offset from the fixed port or address
    std::mutex _lock;            // for what follows: rewriters with stores of their own may share a pattern
    uint32_t _next = 0;          // sequential: the offset to try first
    // The destination for which nothing was free when so many flows had been forgotten.
    mimi::FlowTuple _exhausted = {0, 0, 0, 0};
    const void *_exhausted_in = nullptr;
    uint64_t _exhausted_at = 0;

    mimi::FlowTuple fixed(const mimi::FlowTuple &from) const;
    void vary(mimi::FlowTuple &to, uint32_t offset) const;
    bool parse_source(const String &word, const Element *context);
    bool parse_source_range(String word, const Element *context);
    bool parse_port_range(String word);
    void parse_order(String &word);
};

// The patterns that IPRewriterPatterns elements have named, in order; hangs on the router.
struct NamedPatterns {
    Vector<std::shared_ptr<RewriterPattern>> patterns;
};

#endif

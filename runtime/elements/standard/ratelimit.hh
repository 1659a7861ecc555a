// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_RATELIMIT_HH
#define MIMI_RATELIMIT_HH
#include <click/packet.hh>
#include <click/string.hh>
#include "tokenrate.hh"

class Args;
class Element;
class ErrorHandler;

// What elements that hold packets to a rate share: RATE, BURST_SIZE or BURST_BYTES, BURST_DURATION, and the bucket.
//
// Packets cost one token each, or one a byte. By bytes, a packet may put the bucket in debt, and the next waits until that
// is paid: a bucket smaller than a packet works too.
class RateLimit {
  public:
    enum Unit { packets, bytes };
    explicit RateLimit(Unit unit) : _unit(unit) {}

    // Adds the arguments to what is read; call start() once the router runs.
    void read(Args &args);
    bool parse_rate(const String &text, uint32_t &rate, const Element *context, ErrorHandler *errh) const;
    void set_rate(uint32_t rate);
    uint32_t rate() const { return _rate; }
    String unparse_rate() const { return String(_rate); }

    void start() { _tokens.start(Timestamp::now_steady()); }
    // Whether a packet may go now; who lets one go charges it.
    bool open()
    {
        _tokens.refill(Timestamp::now_steady());
        return _tokens.available();
    }
    void charge(const Packet *packet) { _tokens.remove(_unit == packets ? 1 : packet->length()); }
    Timestamp wait() const { return _tokens.wait_for(); }

  private:
    Unit _unit;
    uint32_t _rate = 0;
    uint32_t _burst = 0;  // 0: by duration
    Timestamp _burst_duration = Timestamp::make_msec(20);
    TokenRate _tokens;
};

#endif

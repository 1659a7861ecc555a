// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_RATEDSPLITTER_HH
#define CLICK_RATEDSPLITTER_HH
#include <click/element.hh>
#include "ratelimit.hh"

// =Element RatedSplitter(RATE [, KEYWORDS])
// =Summary lets packets through up to a rate
// =Ports 1 / 1-2, push; packets beyond the rate leave by output 1
// =Arguments
//   RATE            Integer  packets a second
//   BURST_SIZE      Integer  packets that may be made up for at once; as BURST_DURATION
//   BURST_DURATION  Seconds  how long a pause may be made up for; 0.02
// =Handlers
//   rate  rw  as RATE
// =Source none
class RatedSplitter : public Element {
  public:
    RatedSplitter() : RatedSplitter(RateLimit::packets) {}

    const char *class_name() const override { return "RatedSplitter"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    void push(int port, Packet *packet) override;

  protected:
    explicit RatedSplitter(RateLimit::Unit unit) : _limit(unit) {}

  private:
    static String rate_handler(Element *element, void *);
    static int write_rate_handler(const String &text, Element *element, void *, ErrorHandler *errh);

    RateLimit _limit;
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SHAPER_HH
#define CLICK_SHAPER_HH
#include <click/element.hh>
#include <click/gaprate.hh>

// =Element Shaper(RATE)
// =Summary gives at most RATE packets a second
// =Ports 1 / 1-2, pull; output 1 gives what output 0 would not give yet
// =Arguments
//   RATE  Integer  packets a second
// =Handlers
//   rate   rw  as RATE
//   reset  w   begin anew
// =Source none. Packets that nobody pulled in time are not made up for beyond a short burst
class Shaper : public Element {
  public:
    const char *class_name() const override { return "Shaper"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PULL; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *pull(int port) override;

  protected:
    virtual bool parse_rate(const String &text, unsigned &rate, ErrorHandler *errh) const;
    virtual int cost(const Packet *) const { return 1; }

  private:
    static String rate_handler(Element *element, void *);
    static int write_handler(const String &text, Element *element, void *reset, ErrorHandler *errh);

    GapRate _rate;
};

#endif

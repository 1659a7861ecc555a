// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TIMEFILTER_HH
#define CLICK_TIMEFILTER_HH
#include <click/element.hh>
#include <click/handlercall.hh>
#include <click/timestamp.hh>

// =Element TimeFilter([START, END, KEYWORDS])
// =Summary keeps packets whose timestamp lies in a span
// =Ports 1 / 1-2, push or pull; other packets leave by output 1
// =Arguments
//   START        Timestamp  first time to keep; the earliest
//   START_AFTER  Timestamp  the same, counted from the first packet's timestamp
//   START_DELAY  Timestamp  the same, counted from when the router began
//   END          Timestamp  first time not to keep; never
//   END_AFTER    Timestamp  the same, counted from the first packet's timestamp
//   END_DELAY    Timestamp  the same, counted from when the router began
//   INTERVAL     Timestamp  the same, counted from the start
//   STOP         Boolean    stop the driver when a packet is past the end; false
//   END_CALL     Handler    write handler called then, `$t` in its value is that packet's timestamp; none
// =Handlers
//   start, end       rw  the span
//   interval         rw  its length; writing moves the end
//   extend_interval  w   move the end by so much; during END_CALL this may keep the packet
// =Source none
class TimeFilter : public Element {
  public:
    const char *class_name() const override { return "TimeFilter"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    enum Base { absolute, after_first, after_begin, after_start, unbounded };
    struct Bound {
        Timestamp time;
        Base base = unbounded;
    };
    enum Handle { h_start, h_end, h_interval, h_extend };

    void first_packet(const Timestamp &time);
    void ended(const Timestamp &time);
    bool past_end(const Timestamp &time) const { return _end.base != unbounded && time >= _end.time; }
    static String read_handler(Element *element, void *user_data);
    static int write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh);

    Bound _start, _end;  // absolute once the first packet was seen
    bool _started = false, _ended = false;
    bool _stop = false;
    HandlerCall _end_call;
};

#endif

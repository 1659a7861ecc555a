// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_COUNTER_HH
#define CLICK_COUNTER_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>
#include <click/handlercall.hh>
#include "ratemeter.hh"

// =Element Counter([KEYWORDS])
// =Summary counts packets and bytes, and measures their rate
// =Ports 1 / 1, push or pull
// =Arguments
//   COUNT_CALL       `N HANDLER [VALUE]`  write handler called when N packets have passed; none
//   BYTE_COUNT_CALL  `N HANDLER [VALUE]`  write handler called when N bytes have passed; none
// =Handlers
//   count            r   packets
//   byte_count       r   bytes
//   rate             r   packets a second, lately
//   byte_rate        r   bytes a second, lately
//   bit_rate         r   bits a second, lately
//   gso_count        r   packets that stand for several (unfinished segmentation)
//   count_call       w   another COUNT_CALL
//   byte_count_call  w   another BYTE_COUNT_CALL
//   reset            w   zero everything (reset_counts is the same)
// =Source none
class Counter : public BatchElement {
  public:
    const char *class_name() const override { return "Counter"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;
    PacketBatch *simple_action_batch(PacketBatch *batch) override;

  private:
    struct Rates {
        RateMeter packets, bytes;
    };
    // A handler to call once when a count reaches a bound.
    struct Trigger {
        uint64_t at = 0;
        HandlerCall call;
        bool armed = false;
    };
    enum Handle { h_count, h_bytes, h_rate, h_byte_rate, h_bit_rate, h_gso, h_reset, h_count_call, h_byte_count_call };

    void add(uint64_t packets, uint64_t bytes);
    static void check(Trigger &trigger, const ThreadCounter &count);
    double rate(RateMeter Rates::*meter);
    int parse_trigger(const String &text, Trigger &trigger, bool initialize, ErrorHandler *errh);
    static String read_handler(Element *element, void *user_data);
    static int write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh);

    ThreadCounter _count, _bytes, _gso;
    per_thread<Rates> _rates;  // the whole rate is the sum
    Trigger _count_trigger, _byte_trigger;
};

#endif

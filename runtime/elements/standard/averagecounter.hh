// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_AVERAGECOUNTER_HH
#define CLICK_AVERAGECOUNTER_HH
#include <click/batchelement.hh>
#include <click/glue.hh>
#include <atomic>

// =Element AverageCounter([IGNORE])
// =Summary counts packets and tells the average rate from the first to the last of them
// =Ports 1 / 1, push or pull
// =Arguments
//   IGNORE  Integer  seconds after the first packet in which nothing is counted; 0
// =Handlers
//   count      r  packets
//   byte_count r  bytes
//   rate       r  packets per second
//   byte_rate  r  bytes per second
//   reset      w  start again
// =Source none
class AverageCounter : public SimpleBatchElement<AverageCounter> {
  public:
    const char *class_name() const override { return "AverageCounter"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    enum Handle { h_count, h_bytes, h_rate, h_byte_rate };
    double seconds() const;
    static String read_handler(Element *element, void *user_data);
    static int reset_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh);

    std::atomic<uint64_t> _count{0};
    std::atomic<uint64_t> _bytes{0};
    std::atomic<bool> _begun{false};
    std::atomic<click_jiffies_t> _first{0};
    std::atomic<click_jiffies_t> _last{0};
    click_jiffies_t _ignore = 0;
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_STALLMETER_HH
#define MIMI_STALLMETER_HH
#include <click/batchelement.hh>
#include <atomic>

/*
=c
StallMeter([THRESHOLD, KEYWORDS])

=s counters
Measures the pauses between packets

=d
Passes packets on unchanged, and remembers the longest time between two pushes that followed each other (of packets or of
batches), and how many such pauses were longer than THRESHOLD, 1 ms by default. Put where packets come without a break, it shows
what else the router's thread did meanwhile. Pushes of several threads count as one stream.

Keywords:

=item WORK. Boolean. Also measure what of a pause was work of the thread itself (processor time), rather than waiting while the
processor was with other programs. Costs a system call a push; for pushes of one thread. Default is false.

=h longest_us read-only
The longest pause, in microseconds.
=h longest_work_us read-only
With WORK: the most processor time that the thread spent between two pushes, in microseconds.
=h stalls read-only
Pauses longer than THRESHOLD.
=h pushes read-only
=h reset write-only
Forgets everything. The next push begins anew.

=a Counter
*/
class StallMeter : public BatchElement {
  public:
    const char *class_name() const override { return "StallMeter"; }
    const char *port_count() const override { return PORTS_1_1; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;

    void push(int port, Packet *p) override;
    void push_batch(int port, PacketBatch *batch) override;

  private:
    enum Handle : intptr_t { h_longest, h_work, h_stalls, h_pushes, h_reset };

    void note();
    static void raise(std::atomic<int64_t> &longest, int64_t value);
    static String read_handler(Element *element, void *which);
    static int reset_handler(const String &text, Element *element, void *which, ErrorHandler *errh);

    int64_t _threshold_ns = 1000000;
    bool _work = false;
    std::atomic<int64_t> _last_ns{0};  // 0: none yet
    std::atomic<int64_t> _longest_ns{0};
    std::atomic<int64_t> _last_work_ns{0};
    std::atomic<int64_t> _longest_work_ns{0};
    std::atomic<uint64_t> _stalls{0};
    std::atomic<uint64_t> _pushes{0};
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TIMESORTEDSCHED_HH
#define CLICK_TIMESORTEDSCHED_HH
#include <click/element.hh>
#include <click/notifier.hh>
#include <vector>

// =Element TimeSortedSched([KEYWORDS])
// =Summary merges streams of packets by their timestamps
// =Ports any number / 1, pull
// =Arguments
//   STOP    Boolean  stop the driver when no packets are left and none are to be expected; false
//   BUFFER  Integer  packets to hold of each input: streams in which packets come late by less still come out in order; 1
// =Handlers
//   well_ordered  r  whether all packets came out in order
// =Source none
//
// Each input fills a window of BUFFER packets in the order they come. The earliest of all windows goes out, so a packet
// that is late by less than a window is put right.
class TimeSortedSched : public Element {
  public:
    TimeSortedSched() : _note(Notifier::SEARCH_CONTINUE_WAKE) {}

    const char *class_name() const override { return "TimeSortedSched"; }
    const char *port_count() const override { return "-/1"; }
    const char *processing() const override { return PULL; }
    const char *flags() const override { return "S0"; }
    void *cast(const char *name) override;
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;
    Packet *pull(int port) override;

  private:
    struct Input {
        NotifierSignal signal;
        std::vector<Packet *> window;  // a heap, the earliest first
    };
    bool fill();

    bool _stop = false, _well_ordered = true;
    unsigned _buffer = 1;
    std::vector<Input> _inputs;
    Timestamp _last;
    Notifier _note;
};

#endif

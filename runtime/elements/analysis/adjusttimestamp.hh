// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ADJUSTTIMESTAMP_HH
#define CLICK_ADJUSTTIMESTAMP_HH
#include <click/batchelement.hh>
#include <click/timestamp.hh>

// =Element AdjustTimestamp(TIME [, KEYWORDS])
// =Summary adds a duration to the timestamps of packets
// =Ports 1 / 1, push or pull
// =Arguments
//   TIME   Timestamp  what to add, may be negative
//   FIRST  Boolean    change the first-timestamp annotation; false
//   ALL    Boolean    change timestamps that are zero, too; false
// =Handlers
//   time  rw  as TIME
// =Source none
class AdjustTimestamp : public SimpleBatchElement<AdjustTimestamp> {
  public:
    const char *class_name() const override { return "AdjustTimestamp"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override { add_data_handlers("time", Handler::OP_READ | Handler::OP_WRITE, &_delta); }
    Packet *simple_action(Packet *packet) override;

  private:
    Timestamp _delta;
    bool _first = false, _all = false;
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SETTIMESTAMPDELTA_HH
#define CLICK_SETTIMESTAMPDELTA_HH
#include <click/batchelement.hh>
#include <click/timestamp.hh>

// =Element SetTimestampDelta([TYPE])
// =Summary turns the timestamps of packets into differences
// =Ports 1 / 1, push or pull; timestamps that are zero stay so
// =Arguments
//   TYPE  Word  since what: RANGE, the first packet's timestamp; NOW, how long ago it was; FIRST, the packet's
//               first-timestamp annotation; RANGE
// =Handlers
//   first  r  the first packet's timestamp
//   reset  w  forget it
// =Source none
class SetTimestampDelta : public SimpleBatchElement<SetTimestampDelta> {
  public:
    const char *class_name() const override { return "SetTimestampDelta"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    enum Type { since_start, until_now, since_first };
    static int reset_handler(const String &, Element *element, void *, ErrorHandler *);

    Type _type = since_start;
    Timestamp _start;
};

#endif

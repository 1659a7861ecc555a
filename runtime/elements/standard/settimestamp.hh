// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SETTIMESTAMP_HH
#define CLICK_SETTIMESTAMP_HH
#include <click/batchelement.hh>
#include <click/packet_anno.hh>
#include <click/timestamp.hh>

// =Element SetTimestamp([TIMESTAMP, KEYWORDS])
// =Summary sets the timestamp annotation of packets
// =Ports 1 / 1, push or pull
// =Arguments
//   TIMESTAMP  Timestamp  what to set; the current time
//   FIRST      Boolean    set the first-timestamp annotation; false
// =Handlers none
// =Source none
class SetTimestamp : public SimpleBatchElement<SetTimestamp> {
  public:
    const char *class_name() const override { return "SetTimestamp"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    Packet *simple_action(Packet *packet) override
    {
        Timestamp time = _given ? _time : Timestamp::now();
        if (_first)
            SET_FIRST_TIMESTAMP_ANNO(packet, time);
        else
            packet->set_timestamp_anno(time);
        return packet;
    }

  private:
    Timestamp _time;
    bool _given = false;
    bool _first = false;
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ETHERSWITCH_HH
#define CLICK_ETHERSWITCH_HH
#include <click/batchelement.hh>
#include <click/etheraddress.hh>
#include <click/timestamp.hh>
#include <map>

// =Element EtherSwitch([KEYWORDS])
// =Summary a learning Ethernet switch
// =Ports any number, as many inputs as outputs, push. Input i and output i are the two directions of port i
// =Arguments
//   TIMEOUT  Seconds  a station not heard of for that long is forgotten, 0 never; 300
// =Handlers
//   table    r   one line a station, `ETHER PORT`
//   flush    w   forget all stations
//   timeout  rw  seconds
//   drops    r   frames that were too short or already on the right segment
// =Source IEEE 802.1D section 7 (learning and forwarding; no spanning tree)
class EtherSwitch : public BatchElement {
  public:
    const char *class_name() const override { return "EtherSwitch"; }
    const char *port_count() const override { return "-/="; }
    const char *processing() const override { return PUSH; }
    const char *flow_code() const override { return "#/[^#]"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;

  private:
    struct Station {
        int port;
        Timestamp heard;
    };
    typedef uint64_t Key;

    static Key key(const unsigned char *address);
    int route(int port, const Packet *packet, const Timestamp &now);
    void flood(int port, Packet *packet);

    static String table_handler(Element *element, void *);
    static int flush_handler(const String &, Element *element, void *, ErrorHandler *);

    enum { to_all = -1, to_none = -2 };

    std::map<Key, Station> _stations;
    Timestamp _timeout = Timestamp(300, 0);
    uint64_t _drops = 0;
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ICMPPINGSOURCE_HH
#define CLICK_ICMPPINGSOURCE_HH
#include <click/element.hh>
#include <click/ipaddress.hh>
#include <click/timer.hh>
#include <map>

// =Element ICMPPingSource(SRC, DST [, KEYWORDS])
// =Summary sends ICMP echo requests, and takes note of the replies
// =Ports 0-1 / 1, push. Input: the replies; output: IP packets, headers and destination annotation set
// =Arguments
//   SRC         IPAddress  sender
//   DST         IPAddress  who is asked
//   INTERVAL    Seconds    between requests; 1
//   IDENTIFIER  Integer    echo identifier; 0
//   DATA        String     bytes after the ICMP header; none
//   LIMIT       Integer    requests, negative for no limit; -1
//   ACTIVE      Boolean    send at all; true
//   STOP        Boolean    stop the driver after the last request; false
//   VERBOSE     Boolean    print a line for each reply; true
// =Handlers
//   count     r   requests sent
//   received  r   replies
//   rtt_min, rtt_avg, rtt_max  r  round trip times, seconds
//   summary   r   all of these in words
//   active    rw  send at all
//   limit     rw  requests
//   reset     w   zero the counters, start again
// =Source RFC 792
class ICMPPingSource : public Element {
  public:
    ICMPPingSource() : _timer(this) {}

    const char *class_name() const override { return "ICMPPingSource"; }
    const char *port_count() const override { return "0-1/1"; }
    const char *processing() const override { return PUSH; }
    const char *flow_code() const override { return "x/y"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    void push(int port, Packet *packet) override;
    void run_timer(Timer *timer) override;

  private:
    enum Handle { h_min, h_avg, h_max, h_summary, h_active, h_reset };
    Packet *make_request();
    static String read_handler(Element *element, void *user_data);
    static int write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh);

    IPAddress _source, _destination;
    Timestamp _interval = Timestamp(1, 0);
    uint16_t _identifier = 0;
    String _data;
    int _limit = -1;
    bool _active = true;
    bool _stop = false;
    bool _verbose = true;
    Timer _timer;
    unsigned _count = 0;
    unsigned _received = 0;
    std::map<uint16_t, Timestamp> _sent;  // by sequence number, until answered
    double _sum = 0, _min = 0, _max = 0;  // round trip times, seconds
};

#endif

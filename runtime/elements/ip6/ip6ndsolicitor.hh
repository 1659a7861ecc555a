// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IP6NDSOLICITOR_HH
#define CLICK_IP6NDSOLICITOR_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>
#include <click/timer.hh>
#include <mutex>
#include "neighbourcache.hh"

// =Element IP6NDSolicitor(IP6, ETHER [, KEYWORDS])
// =Summary puts IPv6 packets into Ethernet frames to their next hop, found by neighbour discovery
// =Ports 2 / 1-2, push. Input 0: IPv6 packets with the next hop in the destination IPv6 annotation; input 1: Ethernet frames with
//   neighbour advertisements and solicitations. Output 0: frames; output 1, if connected: the questions (else they leave by output 0)
// =Arguments
//   IP6        IPv6 address  own address
//   ETHER      EtherAddress  own Ethernet address
//   CAPACITY   Integer       packets that may wait for answers; 2048
//   ENTRY_PACKET_CAPACITY  Integer  packets that may wait for one answer; 128
//   ENTRY_CAPACITY         Integer  addresses remembered; 16384
//   TIMEOUT    Seconds       an address not heard of for that long must be asked for, 0 never; 300
//   POLL_TIMEOUT Seconds     an address in use is asked for again after that long, 0 never; 60
// =Handlers
//   table      r   one line an entry: `IP6 1 ETHER AGE`, or `IP6 0 - AGE` while unresolved
//   insert     w   `IP6 ETHER`: learn this
//   delete     w   `IP6`: forget this
//   clear      w   forget everything
//   announce   w   send an unsolicited advertisement for own address, or for the addresses written
//   count      r   addresses remembered
//   length     r   packets that wait
//   queries    r   questions sent
//   responses  r   answers taken
//   drops      r   packets lost
// =Source RFC 4861 sections 7.2 and 7.3 (the timers are simpler); RFC 2464 (groups)
//
// Who asks for us tells who he is, and need not be asked for. An old answer serves while it is asked for again. A lock guards what is
// known, taken once for a batch.
class IP6NDSolicitor : public BatchElement {
  public:
    IP6NDSolicitor() : _timer(this) {}

    const char *class_name() const override { return "IP6NDSolicitor"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return "2/1-2"; }
    const char *processing() const override { return PUSH; }
    const char *flow_code() const override { return "xy/x"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void take_state(Element *old_element, ErrorHandler *errh) override;
    void add_handlers() override;

    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;
    void run_timer(Timer *timer) override;

  private:
    enum Handle { h_table, h_count, h_length, h_insert, h_delete, h_clear, h_announce };

    // With the lock held: the frame, or null, and the packet waits or is gone.
    Packet *frame(Packet *packet, const Timestamp &now);
    Packet *framed(Packet *packet, const EtherAddress &to);
    void ask(const IP6Address &address, const EtherAddress &at);
    void hear(Packet *packet);
    // With the lock let go: what was asked meanwhile leaves.
    void send_questions(std::vector<Packet *> &questions);
    String table_text();
    int announce(const String &text, ErrorHandler *errh);
    static String read_handler(Element *element, void *user_data);
    static int write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh);

    IP6Address _address;
    EtherAddress _ether;
    NeighbourCache::Limits _limits;
    std::mutex _lock;
    NeighbourCache _cache;             // these under the lock
    std::vector<Packet *> _questions;  // made, not sent yet
    Timer _timer;
    ThreadCounter _queries, _responses, _drops;
};

#endif

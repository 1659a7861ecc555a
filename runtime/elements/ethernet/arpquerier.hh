// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ARPQUERIER_HH
#define CLICK_ARPQUERIER_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>
#include <click/timer.hh>
#include <memory>
#include "arptable.hh"

// =Element ARPQuerier(IP, ETHER [, KEYWORDS]) | ARPQuerier(NAME [, KEYWORDS])
// =Summary puts IP packets into Ethernet frames to their next hop, found by ARP
// =Ports 2 / 1-2, push. Input 0: IP packets with the next hop in the destination IP annotation; input 1: Ethernet frames with
//   ARP messages. Output 0: frames; output 1, if connected: the queries (else they leave by output 0)
// =Arguments
//   IP         IPAddress or IPPrefix  own address; a prefix names the network whose broadcast address is known
//   ETHER      EtherAddress           own Ethernet address
//   NAME       word                   stands for both (AddressInfo)
//   CAPACITY   Integer                packets that may wait for answers; 2048
//   ENTRY_PACKET_CAPACITY  Integer    packets that may wait for one answer; 128
//   ENTRY_CAPACITY         Integer    addresses remembered; 16384
//   CAPACITY_SLIM_FACTOR   Integer    when more wait than CAPACITY, one in so many makes way; 2
//   TIMEOUT    Seconds                an address not heard of for that long must be asked for, 0 never; 300
//   TABLE      Element                an ARPTable to use instead of one of its own (with the five arguments before)
//   POLL_TIMEOUT Seconds              an address in use is asked for again after that long; 60
//   BROADCAST_POLL Boolean            ask for an address in use by broadcast, not at its last known place; false
//   BROADCAST  IPAddress              the network's broadcast address; from the prefix
// =Handlers
//   table      r   one line an entry: `IP 1 ETHER AGE`, or `IP 0 ETHER AGE` while unresolved (FF-… if it never was known)
//   insert     w   `IP ETHER`: learn this
//   delete     w   `IP`: forget this
//   clear      w   forget everything
//   announce   w   send a gratuitous ARP for own address, or for the addresses written
//   count      r   addresses remembered
//   length     r   packets that wait
//   queries    r   ARP requests sent
//   responses  r   ARP answers taken
//   drops      r   packets lost
//   stats      r   drops and queries in words
//   drop_details r the same by reason, `NAME VALUE` lines
//   ipaddr, ethaddr rw  own addresses;  broadcast r
// =Source RFC 826; RFC 1122 section 2.3.2 (cache, rate limit, packets kept); RFC 5227 section 3 (announcement)
//
// While an address is known, its packets are framed without a lock: any number of threads may push. The lock of the cache is
// for what changes it: packets that must wait, answers, and the question that is asked again when an answer is old. An old
// answer still serves meanwhile, so traffic does not stop for a poll.
class ARPQuerier : public BatchElement {
  public:
    ARPQuerier();

    const char *class_name() const override { return "ARPQuerier"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return "2/1-2"; }
    const char *processing() const override { return PUSH; }
    const char *flow_code() const override { return "xy/x"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    int initialize(ErrorHandler *errh) override;
    void take_state(Element *old_element, ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void *cast(const char *name) override;
    void add_handlers() override;

    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;
    void run_timer(Timer *timer) override;

  private:
    enum Drop { drop_no_address, drop_short, drop_memory, ndrops };
    static const char *const drop_names[ndrops];
    enum Handle { h_drops, h_details, h_stats };

    void use_table(ARPTable *table, const ArpCache::Limits &limits);
    Packet *frame(Packet *packet, const Timestamp &now);
    Packet *frame_slowly(Packet *packet, IPAddress address, const Timestamp &now);
    bool group_address(IPAddress address, EtherAddress &ether) const;
    Packet *framed(Packet *packet, const EtherAddress &destination);
    IPAddress next_hop(const Packet *packet);
    Packet *hold(Packet *packet, IPAddress address, const Timestamp &now);
    void schedule(const Timestamp &when);
    void query(IPAddress address, const EtherAddress &destination, const Timestamp &time);
    void handle_arp(Packet *packet);
    void learn(IPAddress address, const EtherAddress &ether);
    void send(const std::vector<Packet *> &packets, const EtherAddress &destination);
    void drop(Packet *packet, Drop reason);
    uint64_t drops() const;

    int announce(const String &text, ErrorHandler *errh);
    static String read_handler(Element *element, void *user_data);
    static int announce_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh);

    IPAddress _ip, _mask, _broadcast;
    EtherAddress _ether;
    bool _broadcast_poll = false;

    Timestamp _poll = Timestamp(60, 0);
    std::unique_ptr<ARPTable> _own;
    ARPTable *_table = nullptr;
    Timer _timer;
    Timestamp _timer_due;  // zero: not set. Threads with the table's lock look here, not at the timer, which its own thread changes
    ThreadCounter _queries;
    ThreadCounter _responses;
    ThreadCounter _drops[ndrops];
};

#endif

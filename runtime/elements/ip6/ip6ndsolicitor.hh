// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IP6NDSOLICITOR_HH
#define CLICK_IP6NDSOLICITOR_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>
#include <click/timer.hh>
#include <click/tokenbucket.hh>
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
//   SOUGHT_CAPACITY        Integer  addresses that are asked for at a time, the oldest makes way; 512
//   RATE       Integer       questions a second about unknown addresses, a tenth of them at once; 5000
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
// Who asks for us tells who he is, and need not be asked for. Nor need who answers us although we did not ask: then another box with our
// address did. An old answer serves while it is asked for again.
//
// While an address is known, its packets are framed without a lock: any number of threads may push. The lock is for what changes what
// is known: packets that must wait, answers, and the question that is asked again.
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
    enum Handle { h_table, h_count, h_length, h_drops, h_insert, h_delete, h_clear, h_announce };

    // The frame, or null, and the packet waits or is gone; `questions` leave after it, with the lock let go.
    Packet *frame(Packet *packet, const Timestamp &now, std::vector<Packet *> &questions);
    Packet *frame_slowly(Packet *packet, const IP6Address &address, const Timestamp &now, std::vector<Packet *> &questions);
    Packet *framed(Packet *packet, const EtherAddress &to);
    void ask(const IP6Address &address, const EtherAddress &at, std::vector<Packet *> &questions);
    void hear(Packet *packet);
    void learn(const IP6Address &address, const NeighbourCache::News &news);
    bool may_ask();
    void schedule(const Timestamp &when);
    void send_questions(const std::vector<Packet *> &questions);
    String table_text();
    int announce(const String &text, ErrorHandler *errh);
    static String read_handler(Element *element, void *user_data);
    static int write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh);

    IP6Address _address;
    EtherAddress _ether;
    NeighbourCache::Limits _limits;
    Timestamp _poll;
    std::recursive_mutex _lock;  // what leaves while it is held may come back
    NeighbourCache _cache;       // under it, its answers excepted
    TokenBucket _bucket;         // under it
    Timer _timer;
    Timestamp _timer_due;        // under it; zero: not set. Threads look here, not at the timer, which its own thread changes
    ThreadCounter _queries, _responses, _drops;
};

#endif

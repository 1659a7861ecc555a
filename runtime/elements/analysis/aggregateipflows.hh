// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_AGGREGATEIPFLOWS_HH
#define CLICK_AGGREGATEIPFLOWS_HH
#include <click/element.hh>
#include <click/ipflowid.hh>
#include <click/timestamp.hh>
#include <clicknet/ip.h>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

// =Element AggregateIPFlows([KEYWORDS])
// =Summary numbers TCP and UDP flows in the aggregate annotation, and says the direction in the paint annotation
// =Ports 1 / 1-2, push or pull; output 1 takes what belongs to no flow (push only), else dropped
// =Arguments
//   TCP_TIMEOUT       Seconds  after this much silence (by timestamps) a flow is over, and the next packet begins another; 24 hours
//   TCP_DONE_TIMEOUT  Seconds  the same after FINs in both directions or a reset; 30
//   UDP_TIMEOUT       Seconds  the same for UDP; 60
//   FRAGMENTS         Boolean  hold fragments until the one that has the ports is there; true where packets are pushed, and
//                              only possible there. Else later fragments belong to no flow
//   FRAGMENT_TIMEOUT  Seconds  how long fragments are held, by timestamps; 30
//   REAP              Seconds  how often flows that are over are forgotten; 20 minutes
//   ICMP              Boolean  an ICMP error belongs to the flow of the packet that it is about; false
// =Handlers
//   clear  w  let go of what is held, and forget all flows
// =Source none
//
// Numbers begin with 1. Paint 0 is the direction of a flow's first packet, 1 the other one; ICMP errors get 2 and 3. Packets
// between two hosts keep their order: while a fragment is held, what comes after it waits too. Held packets leave only when
// later ones, or `clear`, push them out.
class AggregateIPFlows : public Element {
  public:
    const char *class_name() const override { return "AggregateIPFlows"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;
    void push(int port, Packet *packet) override;
    Packet *pull(int port) override;

  private:
    struct Flow {
        uint32_t aggregate;
        Timestamp last;
        bool reverse;          // its first packet went from the higher end to the lower one
        uint8_t finished = 0;  // directions that said so; both: over
    };
    struct Held {
        Packet *packet;
        bool fragment;
    };
    // A datagram of which fragments are held.
    struct Datagram {
        uint32_t aggregate = 0;
        uint8_t paint = 0;
        unsigned held = 0;
    };
    struct Hash {
        size_t operator()(const IPFlowID &id) const { return id.hashcode(); }
    };
    typedef std::unordered_map<IPFlowID, Flow, Hash> Flows;
    // What waits between two hosts, first come first.
    struct Queue {
        std::deque<Held> packets;
        std::unordered_map<uint64_t, Datagram> datagrams;  // by source and identification
    };
    typedef std::unordered_map<IPFlowID, Queue, Hash> Queues;
    enum Verdict { emit, reject, keep };

    // What left the queues and is still to be pushed: nothing is pushed while the state is being changed, since packets may
    // come back here.
    typedef std::vector<Packet *> Released;

    Verdict handle(Packet *packet, Released &out);
    bool join_flow(Packet *packet, const click_ip *ip, bool error);
    Flow &find_flow(const IPFlowID &key, bool reverse, bool tcp, bool begins, const Timestamp &now);
    bool over(const Flow &flow, bool tcp, const Timestamp &now) const;
    static void hold(Packet *packet, bool fragment, Queue &queue);
    static void release_head(Queue &queue, Released &out);
    void release_due(Queue &queue, const Timestamp &now, Released &out) const;
    void reap(const Timestamp &now, Released &out);
    void push_released(const Released &out);
    static int clear_handler(const String &, Element *element, void *, ErrorHandler *);

    uint32_t _tcp_timeout = 86400, _tcp_done_timeout = 30, _udp_timeout = 60, _fragment_timeout = 30, _reap_interval = 1200;
    bool _fragments = true, _fragments_given = false, _icmp = false, _warned = false;
    Flows _flows[2];  // UDP, TCP
    Queues _queues[2];
    uint32_t _next = 1;
    Timestamp _next_reap;
};

#endif

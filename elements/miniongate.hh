// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MINIONGATE_HH
#define MIMI_MINIONGATE_HH
#include <click/config.h>
#if HAVE_BATCH
# include <click/batchelement.hh>
#else
# include <click/element.hh>
#endif
#include <atomic>
#include <mimi/threadcounts.hh>
CLICK_DECLS
class MinionBox;

// Theory of operation
//
// After a failure the primary is back, but the flows that went through the minion meanwhile are not its any more: it missed
// their packets, or never heard of them. So the minion stays in the path and *drains*: what belongs to such a flow goes on
// through the box, every other packet goes back the way it came, unmodified, and the switch hands it to the primary. Flows that
// begin now are the primary's from their first packet. When the minion's own flows have ended, `own` says 0, and it can be taken
// out of the path.
//
// A flow is the box's *own* when one of its packets went through the box. The box marks its record, and the mark outlives a newer
// record of the same binding: a primary that times the flow out meanwhile changes nothing.
//
//   1  c:4000 > v:80 ACK   of a flow that the minion adopted: to the box
//   2  d:5000 > v:80 SYN   begins: back to the primary, which chooses a backend and tells of it
//   3  d:5000 > v:80 ACK   the record of 2 is in the table, but none of its packets went through the box: back
//   4  c:4000 > v:80 SYN   after the end of 1, the same port again: the record makes way, back to the primary
//
// Limits. Later fragments carry no ports and go back; an own flow that is fragmented loses them while the minion drains.

// =Element MinionGate(BOX)
// =Summary before a box: lets all packets through, or only those of flows that went through the box before
// =Ports 2 / 4, push; IP packets with their network header set (CheckIPHeader)
//   input 0   from clients, or from inside
//   input 1   from servers, or from outside
//   output 0  input 0's packets, to the box
//   output 1  input 1's packets, to the box
//   output 2  input 0's packets that are the primary's, unmodified
//   output 3  input 1's packets that are the primary's, unmodified
// =Arguments
//   BOX  Element  the MinionLB, MinionNAT or MinionFirewall behind the gate
// =Handlers
//   mode    rw  active (all packets to the box) or drain (only those of its own flows)
//   own     r   the box's own flows that have not ended
//   handed  r   packets that went back since the beginning
// =Source docs/architecture.md, failback

#if HAVE_BATCH
class MinionGate : public BatchElement {
#else
class MinionGate : public Element {
#endif
  public:
    MinionGate() CLICK_COLD;

    const char *class_name() const { return "MinionGate"; }
    const char *flags() const { return "T"; }
    const char *port_count() const { return "2/4"; }
    const char *processing() const { return PUSH; }
    const char *flow_code() const { return "xy/xyxy"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) CLICK_COLD;
    void add_handlers() CLICK_COLD;
    void take_state(Element *old, ErrorHandler *errh) CLICK_COLD;

    void push(int port, Packet *p);
#if HAVE_BATCH
    void push_batch(int port, PacketBatch *batch);
#endif

  private:
    enum { h_mode, h_own, h_handed };
    enum : unsigned { group_size = 32 };

    MinionBox *_box = nullptr;
    std::atomic<bool> _drains;
    mimi::ThreadCounts _handed;

    static String read_handler(Element *e, void *thunk) CLICK_COLD;
    static int write_handler(const String &text, Element *e, void *thunk, ErrorHandler *errh) CLICK_COLD;
};

CLICK_ENDDECLS
#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FLOWCARRIER_HH
#define MIMI_FLOWCARRIER_HH
#include <cstdint>
#include <mimi/tablelock.hh>

// Between an element that keeps flows, the *owner*, and a *carrier* that takes the packets of established flows past it. The carrier
// asks the owner what a packet that leaves came in as, and tells it what it has carried; the owner tells the carrier
// when a flow is over. Both do so with the lock of the owner's table held: what forget() has returned from is not carried any more.
// C++11, nothing of Click.

namespace mimi {

// A flow in one direction, as its packets look on the wire. Network byte order.
struct WireFlow {
    uint32_t saddr, daddr;
    uint16_t sport, dport;
    uint8_t proto;
    uint8_t side;  // the owner's input that its packets come in by, 0 or 1
};

class FlowCarrier {
  public:
    // Stops carrying what comes in like this; harmless if it does not. Returns the packets carried that the owner does not know of yet.
    virtual uint64_t forget(const WireFlow &arriving) = 0;
    virtual void forget_all() = 0;

  protected:
    ~FlowCarrier() {}
};

class FlowOwner {
  public:
    virtual void set_carrier(FlowCarrier *carrier) = 0;
    virtual TableLock &carried_lock() = 0;
    // No flow is over sooner than so long after its last packet.
    virtual uint32_t shortest_lifetime_s() const = 0;
    // What packets that leave as `leaving` come in as. False: it is no flow of the owner's, or one whose every packet the owner must
    // see. Without the lock the answer may be out of date.
    virtual bool find_arriving(const WireFlow &leaving, WireFlow &arriving) = 0;
    // So many packets of a flow were carried since the last time. False: the owner wants to see the next ones.
    virtual bool note_carried(const WireFlow &arriving, uint64_t packets) = 0;

  protected:
    ~FlowOwner() {}
};

}  // namespace mimi
#endif

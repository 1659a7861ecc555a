// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TCPFLOWS_HH
#define CLICK_TCPFLOWS_HH
#include <click/string.hh>
#include <click/vector.hh>
#include "flowstore.hh"

class ErrorHandler;
class Element;
class Packet;
class WritablePacket;

// What a rewriter knows of TCP: how long its flows live, and what their packets tell.
class TCPFlows {
  public:
    uint32_t data_timeout_s = 86400;   // payload has been seen both ways
    uint32_t done_timeout_s = 240;     // both sides have finished, or one has reset
    uint32_t nodata_timeout_s = 300;
    uint32_t guarantee_s = 5;

    // Takes TIMEOUT, TCP_TIMEOUT, TCP_DONE_TIMEOUT, TCP_NODATA_TIMEOUT, TCP_GUARANTEE, GUARANTEE.
    int configure(Vector<String> &conf, const Element *element, ErrorHandler *errh);
    mimi::FlowLifetimes lifetimes() const;

    // The marks after this packet, whose transport header has at least 4 bytes.
    static uint8_t marks_after(const Packet *p, uint8_t marks, bool reply);
    // Sequence, acknowledgement and SACK numbers.
    static void shift_numbers(WritablePacket *p, mimi::SequenceShift &shift, bool reply);
};

// What a rewriter knows of UDP: a flow is a stream after three packets, one of them a reply.
class UDPFlows {
  public:
    uint32_t timeout_s = 300;
    uint32_t streaming_timeout_s = 300;
    uint32_t guarantee_s = 5;

    mimi::FlowLifetimes lifetimes() const;
    static uint8_t marks_after(uint8_t marks, bool reply)
    {
        marks |= reply ? mimi::FlowRecord::udp_replied : 0;
        if ((marks & mimi::FlowRecord::udp_packets) != mimi::FlowRecord::udp_packets)
            marks = static_cast<uint8_t>(marks + mimi::FlowRecord::udp_packet);
        return marks;
    }
};

#endif

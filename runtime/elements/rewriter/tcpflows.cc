// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "tcpflows.hh"
#include <click/args.hh>
#include <click/packet.hh>
#include <clicknet/tcp.h>
#include <mimi/checksumdelta.hh>
#include <mimi/sack.hh>
#include "iprewriterbase.hh"

using mimi::FlowRecord;

int TCPFlows::configure(Vector<String> &conf, const Element *element, ErrorHandler *errh)
{
    return Args(element, errh).bind(conf)
        .read("TCP_NODATA_TIMEOUT", SecondsArg(), nodata_timeout_s)
        .read("TCP_GUARANTEE", SecondsArg(), guarantee_s)
        .read("GUARANTEE", SecondsArg(), guarantee_s)
        .read("TIMEOUT", SecondsArg(), data_timeout_s)
        .read("TCP_TIMEOUT", SecondsArg(), data_timeout_s)
        .read("TCP_DONE_TIMEOUT", SecondsArg(), done_timeout_s)
        .consume();
}

mimi::FlowLifetimes TCPFlows::lifetimes() const
{
    const unsigned done = FlowRecord::tcp_done_forward | FlowRecord::tcp_done_reply;
    const unsigned data = FlowRecord::tcp_data_forward | FlowRecord::tcp_data_reply;
    mimi::FlowLifetimes all;
    for (unsigned marks = 0; marks < 16; ++marks) {
        const uint32_t timeout_s = (marks & done) == done ? done_timeout_s
            : (marks & data) == data                      ? data_timeout_s
                                                          : nodata_timeout_s;
        all.timeout_ms[marks] = IPRewriterBase::milliseconds(timeout_s);
    }
    all.guarantee_ms = IPRewriterBase::milliseconds(guarantee_s);
    return all;
}

uint8_t TCPFlows::marks_after(const Packet *p, uint8_t marks, bool reply)
{
    const int flags_end = 14;
    if (p->transport_length() < flags_end)
        return marks;
    const click_ip *ip = p->ip_header();
    const click_tcp *tcp = p->tcp_header();
    // Unfinished segmentation beyond 64 KB says 0.
    const unsigned ip_bytes = ip->ip_len ? ntohs(ip->ip_len) : static_cast<unsigned>(p->network_length());
    const bool payload = (ip->ip_hl + tcp->th_off) * 4U < ip_bytes;
    const uint8_t done = static_cast<uint8_t>(FlowRecord::tcp_done_forward << reply);
    if (tcp->th_flags & TH_RST)
        marks |= FlowRecord::tcp_done_forward | FlowRecord::tcp_done_reply;
    else if (tcp->th_flags & TH_FIN)
        marks |= done;
    else if ((tcp->th_flags & TH_SYN) || payload)
        marks &= static_cast<uint8_t>(~done);
    if (payload)
        marks |= static_cast<uint8_t>(FlowRecord::tcp_data_forward << reply);
    return marks;
}

void TCPFlows::shift_numbers(WritablePacket *p, mimi::SequenceShift &shift, bool reply)
{
    unsigned char *tcp = p->transport_header();
    const unsigned header_bytes = (tcp[12] >> 4) * 4U;
    if (p->transport_length() < 20 || header_bytes < 20 || static_cast<unsigned>(p->transport_length()) < header_bytes)
        return;
    const uint32_t before = mimi::fold(mimi::sum_words(tcp, header_bytes));
    const uint32_t number = ntohl(mimi::load32(tcp + 4));
    shift.advance(reply, number);
    mimi::store32(tcp + 4, htonl(shift.sequence(reply, number)));
    const auto acknowledge = [&](unsigned char *at) {
        mimi::store32(at, htonl(shift.acknowledgement(reply, ntohl(mimi::load32(at)))));
    };
    acknowledge(tcp + 8);
    mimi::for_each_sack_edge(tcp, header_bytes, acknowledge);
    if (!p->csum_partial())
        mimi::update_sum(tcp + 16, mimi::change16(static_cast<uint16_t>(before),
                                                  mimi::fold(mimi::sum_words(tcp, header_bytes))));
}

mimi::FlowLifetimes UDPFlows::lifetimes() const
{
    mimi::FlowLifetimes all;
    all.timeout_ms.fill(IPRewriterBase::milliseconds(timeout_s));
    all.timeout_ms[FlowRecord::udp_packets | FlowRecord::udp_replied] = IPRewriterBase::milliseconds(streaming_timeout_s);
    all.guarantee_ms = IPRewriterBase::milliseconds(guarantee_s);
    return all;
}

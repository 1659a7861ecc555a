// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/ipflowid.hh>
#include <click/packet.hh>
#include <click/straccum.hh>

// TCP and UDP headers begin alike. `transport` may be unaligned.
static void read_ports(const void *transport, uint16_t &sport, uint16_t &dport)
{
    uint16_t ports[2];
    memcpy(ports, transport, sizeof ports);
    sport = ports[0];
    dport = ports[1];
}

IPFlowID::IPFlowID(const Packet *packet, bool reverse)
    : _saddr(packet->ip_header()->ip_src), _daddr(packet->ip_header()->ip_dst)
{
    read_ports(packet->transport_header(), _sport, _dport);
    if (reverse)
        *this = this->reverse();
}

IPFlowID::IPFlowID(const click_ip *iph, bool reverse) : _saddr(iph->ip_src), _daddr(iph->ip_dst)
{
    read_ports(reinterpret_cast<const unsigned char *>(iph) + iph->ip_hl * 4, _sport, _dport);
    if (reverse)
        *this = this->reverse();
}

String IPFlowID::unparse() const
{
    StringAccum sa(48);
    sa << *this;
    return sa.take_string();
}

StringAccum &operator<<(StringAccum &sa, const IPFlowID &flow)
{
    return sa << '(' << flow.saddr() << ", " << ntohs(flow.sport()) << ", " << flow.daddr() << ", " << ntohs(flow.dport())
              << ')';
}

// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_ROUTEROPTIONS_HH
#define MIMI_ROUTEROPTIONS_HH
#include <click/ipaddress.hh>
#include <click/packet.hh>
#include <clicknet/ip.h>
#include <vector>

// What a router does about the options of an IP header: it records its address and the time where it is asked to.
class RouterOptions {
  public:
    explicit RouterOptions(IPAddress address = IPAddress()) : _address(address) {}
    // Another address of the router, for timestamps asked of certain routers.
    void add(IPAddress address) { _others.push_back(address.addr()); }

    static bool any(const click_ip *ip) { return ip->ip_hl * 4 > static_cast<int>(sizeof(click_ip)); }
    // Returns 0, or the offset of the byte at fault. Keeps the header checksum right.
    int handle(WritablePacket *packet) const;

  private:
    int handle_options(unsigned char *header, unsigned header_length, bool &changed) const;
    int record_route(unsigned char *option, bool &changed) const;
    int timestamp(unsigned char *option, bool &changed) const;
    bool mine(uint32_t address) const;

    IPAddress _address;
    std::vector<uint32_t> _others;
};

#endif

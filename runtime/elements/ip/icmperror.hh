// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ICMPERROR_HH
#define CLICK_ICMPERROR_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>
#include <click/ipaddress.hh>
#include <vector>

// =Element ICMPError(SRC, TYPE [, CODE, KEYWORDS])
// =Summary makes ICMP error messages about the packets it gets
// =Ports 1 / 1-2, push or pull. Output 0: the errors, for the route table; output 1, if connected: packets that must not be
//   answered (else they are dropped)
// =Arguments
//   SRC       IPAddress  the router's address; FixIPSrc replaces it by that of the interface
//   TYPE      Word       unreachable, sourcequench, redirect, timeexceeded, parameterproblem, or a number
//   CODE      Word       net, host, protocol, port, needfrag, srcroutefail; transit, reassembly; erroratptr, missingopt,
//                        length; or a number; 0
//   BADADDRS  IP list    broadcast addresses that are no senders; none
//   MTU       Integer    longest error message, bytes; 576
//   PMTU      Integer    next-hop MTU told by `unreachable needfrag`; 0
//   SET_FIX_ANNO Boolean mark the errors for FixIPSrc; true
// =Handlers
//   count  r  errors made
//   drops  r  packets that must not be answered
// =Source RFC 792; RFC 1122 section 3.2.2; RFC 1812 sections 4.3.2 and 5.2.7; RFC 1191 (PMTU)
//
// No error is made about ICMP errors, later fragments, broadcasts and multicasts, packets whose source names no single host,
// and, for redirects, source-routed packets. A redirect names the gateway in the destination IP annotation.
class ICMPError : public SimpleBatchElement<ICMPError> {
  public:
    const char *class_name() const override { return "ICMPError"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    const char *flow_code() const override { return "x/yx"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    bool may_answer(const Packet *packet) const;
    bool is_bad(uint32_t address) const;
    bool names_one_host(uint32_t address) const;
    unsigned way_back(const Packet *packet, unsigned char *option) const;
    Packet *make_error(const Packet *packet);

    IPAddress _source;
    unsigned _type = 0, _code = 0;
    unsigned _mtu = 576, _pmtu = 0;
    bool _set_fix_anno = true;
    std::vector<uint32_t> _bad_addresses;
    ThreadCounter _count;
    ThreadCounter _drops;
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPFLOWID_HH
#define CLICK_IPFLOWID_HH
#include <click/hashcode.hh>
#include <click/ipaddress.hh>
#include <clicknet/ip.h>

class Packet;

// Selects constructors that leave the object as it is.
struct uninitialized_type {};

// The addresses and ports of a TCP or UDP packet, all in network order.
class IPFlowID {
  public:
    typedef uninitialized_type uninitialized_t;
    typedef IPFlowID key_type;
    typedef IPAddress (IPFlowID::*unspecified_bool_type)() const;

    IPFlowID() : _sport(0), _dport(0) {}
    IPFlowID(const uninitialized_t &)
        : _saddr(IPAddress::uninitialized_t()), _daddr(IPAddress::uninitialized_t())
    {
    }
    IPFlowID(IPAddress saddr, uint16_t sport, IPAddress daddr, uint16_t dport)
        : _saddr(saddr), _daddr(daddr), _sport(sport), _dport(dport)
    {
    }
    // From the network and transport headers; `reverse` swaps source and destination.
    explicit IPFlowID(const Packet *packet, bool reverse = false);
    explicit IPFlowID(const click_ip *iph, bool reverse = false);

    operator unspecified_bool_type() const { return _saddr || _daddr ? &IPFlowID::saddr : nullptr; }

    IPAddress saddr() const { return _saddr; }
    IPAddress daddr() const { return _daddr; }
    uint16_t sport() const { return _sport; }
    uint16_t dport() const { return _dport; }
    void set_saddr(IPAddress a) { _saddr = a; }
    void set_daddr(IPAddress a) { _daddr = a; }
    void set_sport(uint16_t p) { _sport = p; }
    void set_dport(uint16_t p) { _dport = p; }
    void assign(IPAddress saddr, uint16_t sport, IPAddress daddr, uint16_t dport)
    {
        *this = IPFlowID(saddr, sport, daddr, dport);
    }

    IPFlowID reverse() const { return IPFlowID(_daddr, _dport, _saddr, _sport); }
    IPFlowID rev() const { return reverse(); }

    hashcode_t hashcode() const
    {
        uint64_t h = (uint64_t{_saddr.addr()} << 32 | _daddr.addr()) * 0x9E3779B97F4A7C15u;
        h ^= (h >> 29) ^ (uint64_t{_sport} << 16 | _dport);
        h *= 0xBF58476D1CE4E5B9u;
        return static_cast<hashcode_t>(h ^ (h >> 32));
    }

    friend bool operator==(const IPFlowID &a, const IPFlowID &b)
    {
        return a._saddr == b._saddr && a._daddr == b._daddr && a._sport == b._sport && a._dport == b._dport;
    }
    friend bool operator!=(const IPFlowID &a, const IPFlowID &b) { return !(a == b); }

    // "(1.0.0.1, 80, 2.0.0.2, 90)", ports as numbers.
    String unparse() const;
    String s() const { return unparse(); }
    operator String() const { return unparse(); }

  private:
    IPAddress _saddr;
    IPAddress _daddr;
    uint16_t _sport;
    uint16_t _dport;
};

StringAccum &operator<<(StringAccum &sa, const IPFlowID &flow);

#endif

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "addressinfo.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/confparse.hh>
#include <click/etheraddress.hh>
#include <click/ipaddress.hh>
#include <click/nameinfo.hh>

namespace {

struct Prefix {
    uint32_t address;
    uint32_t mask;
};

}  // namespace

bool AddressInfo::define_ip(const String &name, const String &address) const
{
    IPAddress ip, mask;
    if (IPAddressArg().parse(address, ip, this))
        return NameInfo::define(NameInfo::T_IP_ADDR, this, name, ip.data(), 4);
    if (!IPPrefixArg().parse(address, ip, mask, this))
        return false;
    Prefix prefix{ip.addr() & mask.addr(), mask.addr()};
    // 10.1.0.1/16 is a host and its network; 10.1.0.0/16 is a network.
    bool good = NameInfo::define(NameInfo::T_IP_PREFIX, this, name, &prefix, sizeof(prefix));
    if (ip.addr() & ~mask.addr())
        good &= NameInfo::define(NameInfo::T_IP_ADDR, this, name, ip.data(), 4);
    return good;
}

bool AddressInfo::define(const String &name, const String &address) const
{
    EtherAddress ether;
    bool good = define_ip(name, address);
    if (EtherAddressArg().parse(address, ether, this))
        good |= NameInfo::define(NameInfo::T_ETHERNET_ADDR, this, name, ether.data(), 6);
    return good;
}

int AddressInfo::configure(Vector<String> &conf, ErrorHandler *errh)
{
    int before = errh->nerrors();
    for (int i = 0; i < conf.size(); ++i) {
        Vector<String> words;
        cp_spacevec(conf[i], words);
        if (words.size() == 0)
            continue;
        if (words.size() < 2)
            errh->error("'%s': expected NAME ADDR [ADDR...]", conf[i].c_str());
        for (int j = 1; j < words.size(); ++j)
            if (!define(words[0], words[j]))
                errh->error("'%s': '%s' is no address, or the name has another already", words[0].c_str(), words[j].c_str());
    }
    return errh->nerrors() == before ? 0 : -1;
}

EXPORT_ELEMENT(AddressInfo)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "portinfo.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/confparse.hh>
#include <click/nameinfo.hh>
#include <clicknet/ip.h>

bool PortInfo::define(const String &name, const String &port_text, int protocol) const
{
    uint16_t port;
    if (!IPPortArg(protocol).parse(port_text, port, this))
        return false;
    return NameInfo::define_int(NameInfo::T_IP_PORT + protocol, this, name, port);
}

int PortInfo::configure(Vector<String> &conf, ErrorHandler *errh)
{
    int before = errh->nerrors();
    for (int i = 0; i < conf.size(); ++i) {
        Vector<String> words;
        cp_spacevec(conf[i], words);
        if (words.size() == 0)
            continue;
        if (words.size() != 2) {
            errh->error("'%s': expected NAME PORT[/PROTO]", conf[i].c_str());
            continue;
        }
        int slash = words[1].find_left('/');
        String port = slash < 0 ? words[1] : words[1].substring(0, slash);
        String protocol = slash < 0 ? String() : words[1].substring(slash + 1);
        bool good = !protocol || protocol == "tcp" || protocol == "udp";
        if (good && protocol != "udp")
            good &= define(words[0], port, IP_PROTO_TCP);
        if (good && protocol != "tcp")
            good &= define(words[0], port, IP_PROTO_UDP);
        if (!good)
            errh->error("'%s': '%s' is no port, or the name has another already", words[0].c_str(), words[1].c_str());
    }
    return errh->nerrors() == before ? 0 : -1;
}

EXPORT_ELEMENT(PortInfo)

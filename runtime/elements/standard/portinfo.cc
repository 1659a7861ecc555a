// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "portinfo.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/confparse.hh>
#include <click/nameinfo.hh>
#include <clicknet/ip.h>
#include <algorithm>

bool PortInfo::define(const String &name, const String &port_text, int protocol) const
{
    uint16_t port;
    if (!IPPortArg(protocol).parse(port_text, port, this))
        return false;
    return NameInfo::define_int(NameInfo::T_IP_PORT + protocol, this, name, port);
}

// One line: NAME PORT[/PROTO] [NAME...] [# comment].
int PortInfo::define_line(const String &line, ErrorHandler *errh) const
{
    Vector<String> words;
    cp_spacevec(line.substring(line.begin(), std::find(line.begin(), line.end(), '#')), words);
    if (words.size() == 0)
        return 0;
    if (words.size() < 2)
        return errh->error("'%s': expected NAME PORT[/PROTO]", line.c_str());
    int slash = words[1].find_left('/');
    String port = slash < 0 ? words[1] : words[1].substring(0, slash);
    String protocol = slash < 0 ? String() : words[1].substring(slash + 1);
    bool good = !protocol || protocol == "tcp" || protocol == "udp";
    for (int i = 0; i < words.size(); ++i) {
        if (i == 1)
            continue;
        if (good && protocol != "udp")
            good &= define(words[i], port, IP_PROTO_TCP);
        if (good && protocol != "tcp")
            good &= define(words[i], port, IP_PROTO_UDP);
    }
    if (!good)
        errh->error("'%s': '%s' is no port, or the name has another already", words[0].c_str(), words[1].c_str());
    return good ? 0 : -1;
}

int PortInfo::configure(Vector<String> &conf, ErrorHandler *errh)
{
    int before = errh->nerrors();
    for (int i = 0; i < conf.size(); ++i)
        define_line(conf[i], errh);
    return errh->nerrors() == before ? 0 : -1;
}

EXPORT_ELEMENT(PortInfo)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipgwoptions.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>

int IPGWOptions::configure(Vector<String> &conf, ErrorHandler *errh)
{
    IPAddress address;
    String others;
    if (Args(conf, this, errh).read_mp("MYADDR", address).read_p("OTHERADDRS", AnyArg(), others).complete() < 0)
        return -1;
    RouterOptions options(address);
    Vector<String> words;
    cp_spacevec(others, words);
    for (int i = 0; i < words.size(); ++i) {
        if (!IPAddressArg().parse(words[i], address, this))
            return errh->error("OTHERADDRS: expected IP addresses, found '%s'", words[i].c_str());
        options.add(address);
    }
    _options = options;
    return 0;
}

Packet *IPGWOptions::simple_action(Packet *packet)
{
    if (!RouterOptions::any(packet->ip_header()))
        return packet;
    WritablePacket *writable = packet->uniqueify();
    if (!writable)
        return nullptr;
    int problem = _options.handle(writable);
    if (problem == 0)
        return writable;
    ++_drops;
    SET_ICMP_PARAMPROB_ANNO(writable, problem);
    checked_output_push(1, writable);
    return nullptr;
}

EXPORT_ELEMENT(IPGWOptions)

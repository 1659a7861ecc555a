// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "checkicmpheader.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/straccum.hh>
#include <clicknet/ip.h>
#include <clicknet/icmp.h>

const char *const CheckICMPHeader::reason_names[nreasons] = {"not-icmp", "bad-length", "bad-checksum"};

int CheckICMPHeader::configure(Vector<String> &conf, ErrorHandler *errh)
{
    bool details;
    return Args(conf, this, errh)
        .read("CHECKSUM", _checksum)
        .read("VERBOSE", _verbose)
        .read("DETAILS", details)
        .complete();
}

Packet *CheckICMPHeader::drop(Reason reason, Packet *packet)
{
    bool first = true;
    for (uint64_t n : _drops)
        first &= n == 0;
    if (_verbose || first)
        click_chatter("%s: ICMP header check failed: %s", declaration().c_str(), reason_names[reason]);
    ++_drops[reason];
    checked_output_push(1, packet);
    return nullptr;
}

static bool sound_length(unsigned type, unsigned length)
{
    switch (type) {
    case ICMP_TSTAMP:
    case ICMP_TSTAMPREPLY:
        return length == 20;
    case ICMP_IREQ:
    case ICMP_IREQREPLY:
        return length == 8;
    case ICMP_UNREACH:
    case ICMP_TIMXCEED:
    case ICMP_PARAMPROB:
    case ICMP_SOURCEQUENCH:
    case ICMP_REDIRECT:
        return length >= 8 + sizeof(click_ip) + 8;  // what is quoted: a header and 64 bits, RFC 792
    default:
        return true;
    }
}

Packet *CheckICMPHeader::simple_action(Packet *packet)
{
    if (!packet->has_network_header() || packet->ip_header()->ip_p != IP_PROTO_ICMP)
        return drop(not_icmp, packet);
    unsigned length = packet->transport_length();
    const click_icmp *icmp = packet->icmp_header();
    if (length < 8 || !sound_length(icmp->icmp_type, length))
        return drop(bad_length, packet);
    if (_checksum && click_in_cksum(packet->transport_header(), length) != 0)
        return drop(bad_checksum, packet);
    ++_count;
    return packet;
}

String CheckICMPHeader::read_handler(Element *element, void *details)
{
    CheckICMPHeader *c = static_cast<CheckICMPHeader *>(element);
    StringAccum sa;
    uint64_t total = 0;
    for (int i = 0; i < nreasons; ++i) {
        total += c->_drops[i];
        sa << reason_names[i] << ' ' << c->_drops[i].value() << '\n';
    }
    return details ? sa.take_string() : String(total);
}

void CheckICMPHeader::add_handlers()
{
    add_counter_handler(this, "count", &_count);
    add_read_handler("drops", read_handler, 0);
    add_read_handler("drop_details", read_handler, 1);
}

EXPORT_ELEMENT(CheckICMPHeader)

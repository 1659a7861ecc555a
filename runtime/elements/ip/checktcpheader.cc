// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "checktcpheader.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/straccum.hh>
#include <clicknet/ip.h>
#include <clicknet/tcp.h>
#include "transportchecksum.hh"

const char *const CheckTCPHeader::reason_names[nreasons] = {"not-tcp", "bad-length", "bad-checksum"};

int CheckTCPHeader::configure(Vector<String> &conf, ErrorHandler *errh)
{
    bool details;
    return Args(conf, this, errh)
        .read("CHECKSUM", _checksum)
        .read("VERBOSE", _verbose)
        .read("DETAILS", details)
        .complete();
}

Packet *CheckTCPHeader::drop(Reason reason, Packet *packet)
{
    bool first = true;
    for (uint64_t n : _drops)
        first &= n == 0;
    if (_verbose || first)
        click_chatter("%s: TCP header check failed: %s", declaration().c_str(), reason_names[reason]);
    ++_drops[reason];
    checked_output_push(1, packet);
    return nullptr;
}

Packet *CheckTCPHeader::simple_action(Packet *packet)
{
    if (!packet->has_network_header() || packet->ip_header()->ip_p != IP_PROTO_TCP)
        return drop(not_tcp, packet);
    unsigned length = packet->transport_length();
    const click_tcp *tcp = packet->tcp_header();
    if (length < sizeof(click_tcp) || tcp->th_off * 4 < sizeof(click_tcp) || tcp->th_off * 4 > length)
        return drop(bad_length, packet);
    if (_checksum && check_transport_checksum(packet, tcp->th_sum, length) == ChecksumState::bad)
        return drop(bad_checksum, packet);
    ++_count;
    return packet;
}

String CheckTCPHeader::read_handler(Element *element, void *details)
{
    CheckTCPHeader *c = static_cast<CheckTCPHeader *>(element);
    StringAccum sa;
    uint64_t total = 0;
    for (int i = 0; i < nreasons; ++i) {
        total += c->_drops[i];
        sa << reason_names[i] << ' ' << c->_drops[i].value() << '\n';
    }
    return details ? sa.take_string() : String(total);
}

void CheckTCPHeader::add_handlers()
{
    add_counter_handler(this, "count", &_count);
    add_read_handler("drops", read_handler, 0);
    add_read_handler("drop_details", read_handler, 1);
}

EXPORT_ELEMENT(CheckTCPHeader)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "checkudpheader.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/straccum.hh>
#include <clicknet/ip.h>
#include <clicknet/udp.h>
#include "transportchecksum.hh"

const char *const CheckUDPHeader::reason_names[nreasons] = {"not-udp", "bad-length", "bad-checksum"};

int CheckUDPHeader::configure(Vector<String> &conf, ErrorHandler *errh)
{
    bool details;
    return Args(conf, this, errh)
        .read("CHECKSUM", _checksum)
        .read("VERBOSE", _verbose)
        .read("DETAILS", details)
        .complete();
}

Packet *CheckUDPHeader::drop(Reason reason, Packet *packet)
{
    bool first = true;
    for (uint64_t n : _drops)
        first &= n == 0;
    if (_verbose || first)
        click_chatter("%s: UDP header check failed: %s", declaration().c_str(), reason_names[reason]);
    ++_drops[reason];
    checked_output_push(1, packet);
    return nullptr;
}

Packet *CheckUDPHeader::simple_action(Packet *packet)
{
    if (!packet->has_network_header() || packet->ip_header()->ip_p != IP_PROTO_UDP)
        return drop(not_udp, packet);
    unsigned available = packet->transport_length();
    const click_udp *udp = packet->udp_header();
    if (available < sizeof(click_udp))
        return drop(bad_length, packet);
    unsigned length = ntohs(udp->uh_ulen);
    bool gso = packet->offload().gso_type != 0;
    if (!gso && (length < sizeof(click_udp) || length > available))
        return drop(bad_length, packet);
    if (_checksum && !gso && check_transport_checksum(packet, udp->uh_sum, length) == ChecksumState::bad)
        return drop(bad_checksum, packet);
    ++_count;
    return packet;
}

String CheckUDPHeader::read_handler(Element *element, void *details)
{
    CheckUDPHeader *c = static_cast<CheckUDPHeader *>(element);
    StringAccum sa;
    uint64_t total = 0;
    for (int i = 0; i < nreasons; ++i) {
        total += c->_drops[i];
        sa << reason_names[i] << ' ' << c->_drops[i].value() << '\n';
    }
    return details ? sa.take_string() : String(total);
}

void CheckUDPHeader::add_handlers()
{
    add_counter_handler(this, "count", &_count);
    add_read_handler("drops", read_handler, 0);
    add_read_handler("drop_details", read_handler, 1);
}

EXPORT_ELEMENT(CheckUDPHeader)

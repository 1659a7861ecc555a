// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "icmpipencap.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/nameinfo.hh>
#include <clicknet/icmp.h>
#include <clicknet/ip.h>
#include <cstring>
#include "finishchecksum.hh"

int ICMPIPEncap::set_destination(const String &text, ErrorHandler *errh)
{
    _by_annotation = text == "DST_ANNO";
    if (!_by_annotation && !IPAddressArg().parse(text, _destination, this))
        return errh->error("DST: expected IP address or DST_ANNO");
    return 0;
}

int ICMPIPEncap::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String destination, code_text = "0";
    IPAddress source;
    uint8_t type;
    uint16_t identifier = 0;
    if (Args(conf, this, errh)
            .read_mp("SRC", source)
            .read_mp("DST", AnyArg(), destination)
            .read_mp("TYPE", NamedIntArg(NameInfo::T_ICMP_TYPE), type)
            .read_p("CODE", WordArg(), code_text)
            .read("IDENTIFIER", identifier)
            .complete() < 0)
        return -1;
    uint8_t code;
    if (!NamedIntArg(NameInfo::T_ICMP_CODE + type).parse(code_text, code, Args(this, errh)))
        return errh->error("CODE: expected 0 to 255 or a name of this type's codes");
    if (set_destination(destination, errh) < 0)
        return -1;
    _source = source;
    _type = type;
    _code = code;
    _identifier = identifier;
    return 0;
}

static bool has_sequence(uint8_t type)
{
    return type == ICMP_ECHO || type == ICMP_ECHOREPLY || type == ICMP_TSTAMP || type == ICMP_TSTAMPREPLY
           || type == ICMP_IREQ || type == ICMP_IREQREPLY || type == ICMP_MASKREQ || type == ICMP_MASKREQREPLY;
}

Packet *ICMPIPEncap::simple_action(Packet *packet)
{
    // What was to be finished is payload now.
    if (packet->csum_partial() && !(packet = finish_checksum(packet)))
        return nullptr;
    if (packet->length() > 65535 - sizeof(click_ip) - sizeof(click_icmp)) {
        packet->kill();
        return nullptr;
    }
    IPAddress destination = _by_annotation ? packet->dst_ip_anno() : _destination;
    WritablePacket *result = packet->push(sizeof(click_ip) + sizeof(click_icmp));
    if (!result)
        return nullptr;
    memset(result->data(), 0, sizeof(click_ip) + sizeof(click_icmp));
    click_ip *ip = reinterpret_cast<click_ip *>(result->data());
    result->set_ip_header(ip, sizeof(click_ip));
    ip->ip_v = 4;
    ip->ip_hl = sizeof(click_ip) / 4;
    ip->ip_len = htons(result->length());
    ip->ip_id = htons(_ip_id++);
    ip->ip_ttl = 255;
    ip->ip_p = IP_PROTO_ICMP;
    ip->ip_src = _source.in_addr();
    ip->ip_dst = destination.in_addr();
    ip->ip_sum = click_in_cksum(result->data(), sizeof(click_ip));
    result->set_dst_ip_anno(destination);
    click_icmp_sequenced *icmp = reinterpret_cast<click_icmp_sequenced *>(ip + 1);
    icmp->icmp_type = _type;
    icmp->icmp_code = _code;
    if (has_sequence(_type)) {
        icmp->icmp_identifier = htons(_identifier);
        icmp->icmp_sequence = htons(++_sequence);
    }
    icmp->icmp_cksum = click_in_cksum(result->transport_header(), result->transport_length());
    return result;
}

void ICMPIPEncap::add_handlers()
{
    add_read_handler("src", read_keyword_handler, "0 SRC");
    add_write_handler("src", reconfigure_keyword_handler, "0 SRC");
    add_read_handler("dst", read_keyword_handler, "1 DST");
    add_write_handler("dst", reconfigure_keyword_handler, "1 DST");
}

EXPORT_ELEMENT(ICMPIPEncap)

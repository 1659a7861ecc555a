// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipfragmenter.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <clicknet/ip.h>
#include <algorithm>
#include <cstring>

int IPFragmenter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    unsigned headroom;
    if (Args(conf, this, errh)
            .read_mp("MTU", _mtu)
            .read_p("HONOR_DF", _honor_df)
            .read("VERBOSE", _verbose)
            .read("HEADROOM", headroom)
            .complete() < 0)
        return -1;
    if (_mtu < 28)
        return errh->error("MTU must be at least 28, a header and 8 bytes");
    return 0;
}

void IPFragmenter::push(int, Packet *packet)
{
    if (fits(packet))
        output(0).push(packet);
    else
        cut(packet);
}

void IPFragmenter::push_batch(int, PacketBatch *batch)
{
    PacketBatch *whole = nullptr;
    FOR_EACH_PACKET_SAFE(batch, packet) {
        packet->set_next(nullptr);
        if (!fits(packet)) {
            if (whole)
                output_push_batch(0, whole);
            whole = nullptr;
            cut(packet);
        } else if (whole) {
            whole->append_packet(packet);
        } else {
            whole = PacketBatch::make_from_packet(packet);
        }
    }
    if (whole)
        output_push_batch(0, whole);
}

// The header of a later fragment: options without the copy bit stay in the first.
static unsigned copy_options(const click_ip *from, unsigned char *to)
{
    const unsigned char *option = reinterpret_cast<const unsigned char *>(from + 1);
    const unsigned char *end = reinterpret_cast<const unsigned char *>(from) + from->ip_hl * 4;
    unsigned length = 0;
    while (option < end && *option != IPOPT_EOL) {
        unsigned size = *option == IPOPT_NOP ? 1 : option + 1 < end && option[1] >= 2 ? option[1] : 0;
        if (size == 0 || option + size > end)
            break;
        if (*option & 0x80) {
            memcpy(to + length, option, size);
            length += size;
        }
        option += size;
    }
    while (length % 4)
        to[length++] = IPOPT_EOL;
    return length;
}

Packet *IPFragmenter::fragment(const Packet *packet, unsigned header_length, uint16_t id, unsigned offset, unsigned length, bool more)
{
    const click_ip *ip = packet->ip_header();
    unsigned char options[40];
    unsigned options_length = offset == 0 ? header_length - sizeof(click_ip) : copy_options(ip, options);
    unsigned before = packet->network_header_offset() > 0 ? packet->network_header_offset() : 0;
    unsigned new_header = sizeof(click_ip) + options_length;
    WritablePacket *f = Packet::make(packet->headroom(), nullptr, before + new_header + length, 0);
    if (!f)
        return nullptr;
    memcpy(f->data(), packet->data(), before + sizeof(click_ip));
    unsigned char *header = f->data() + before;
    memcpy(header + sizeof(click_ip), offset == 0 ? reinterpret_cast<const unsigned char *>(ip + 1) : options, options_length);
    memcpy(header + new_header, packet->network_header() + header_length + offset, length);
    f->copy_annotations(packet);
    f->set_ip_header(reinterpret_cast<click_ip *>(header), new_header);
    click_ip *new_ip = f->ip_header();
    new_ip->ip_hl = new_header / 4;
    new_ip->ip_len = htons(new_header + length);
    new_ip->ip_id = id;
    unsigned old_off = ntohs(ip->ip_off);
    more |= old_off & IP_MF;
    new_ip->ip_off = htons((old_off & IP_RF) | (more ? IP_MF : 0) | ((old_off & IP_OFFMASK) + offset / 8));
    new_ip->ip_sum = 0;
    new_ip->ip_sum = click_in_cksum(header, new_header);
    ++_fragments;
    return f;
}

bool IPFragmenter::segments_fit(const Packet *packet) const
{
    const click_ip *ip = packet->ip_header();
    return segment_headers(packet, ip->ip_hl * 4, ip->ip_p) + packet->offload().gso_size <= _mtu;
}

// TCP does not care where its segments end.
bool IPFragmenter::shorten_segments(Packet *packet) const
{
    const click_ip *ip = packet->ip_header();
    const unsigned headers = segment_headers(packet, ip->ip_hl * 4, ip->ip_p);
    if (ip->ip_p != IP_PROTO_TCP || headers >= _mtu)
        return false;
    PacketOffload shorter = packet->offload();
    shorter.gso_size = static_cast<uint16_t>(_mtu - headers);
    packet->set_offload(shorter);
    return true;
}

void IPFragmenter::cut(Packet *packet)
{
    const click_ip *ip = packet->ip_header();
    const bool may_cut = !(ip->ip_off & htons(IP_DF)) || !_honor_df;
    if (may_cut && is_gso(packet) && shorten_segments(packet)) {
        output(0).push(packet);
        return;
    }
    if (!may_cut || is_gso(packet)) {
        if (_verbose)
            click_chatter("%s: must not be cut, MTU %u, length %d", declaration().c_str(), _mtu, packet->network_length());
        ++_drops;
        checked_output_push(1, packet);
        return;
    }
    // The checksum spans all fragments, so no device could finish it.
    if (packet->csum_partial() && !(packet = finish_checksum(packet)))
        return;
    ip = packet->ip_header();
    unsigned header_length = ip->ip_hl * 4;
    unsigned total = ntohs(ip->ip_len) - header_length;
    if (_mtu < header_length + 8) {
        ++_drops;
        checked_output_push(1, packet);
        return;
    }
    unsigned char options[40];
    unsigned later_header = sizeof(click_ip) + copy_options(ip, options);
    // Whoever said "do not fragment" need not have chosen an identification of its own (RFC 6864).
    uint16_t id = ip->ip_off & htons(IP_DF) ? click_random() : ip->ip_id;
    for (unsigned offset = 0, length; offset < total; offset += length) {
        length = std::min((_mtu - (offset == 0 ? header_length : later_header)) & ~7U, total - offset);
        if (Packet *f = fragment(packet, header_length, id, offset, length, offset + length < total))
            output(0).push(f);
    }
    packet->kill();
}

void IPFragmenter::add_handlers()
{
    add_counter_handler(this, "fragments", &_fragments);
    add_counter_handler(this, "drops", &_drops);
}

EXPORT_ELEMENT(IPFragmenter)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "transportchecksum.hh"
#include <click/glue.hh>
#include <clicknet/tcp.h>
#include <clicknet/udp.h>

namespace {

uint16_t fold(uint32_t sum)
{
    sum = (sum & 0xFFFF) + (sum >> 16);
    return (sum & 0xFFFF) + (sum >> 16);
}

uint32_t halves(uint32_t word)
{
    return (word & 0xFFFF) + (word >> 16);
}

void replace(uint16_t *field, uint32_t old_word, uint32_t new_word, bool partial)
{
    uint32_t sum = partial ? *field : static_cast<uint16_t>(~*field);
    uint16_t result = fold(fold(sum + halves(~old_word)) + halves(new_word));
    *field = partial ? result : static_cast<uint16_t>(~result);
}

}  // namespace

uint16_t pseudo_header_sum(const click_ip *ip, unsigned transport_length)
{
    uint32_t sum = halves(ip->ip_src.s_addr) + halves(ip->ip_dst.s_addr) + htons(ip->ip_p);
    return fold(sum + halves(htonl(transport_length)));
}

uint16_t *transport_checksum_field(WritablePacket *packet)
{
    const click_ip *ip = packet->ip_header();
    int length = packet->transport_length();
    if (!IP_FIRSTFRAG(ip))
        return nullptr;
    if (ip->ip_p == IP_PROTO_TCP && length >= 18)
        return &packet->tcp_header()->th_sum;
    if (ip->ip_p == IP_PROTO_UDP && length >= 8 && (packet->udp_header()->uh_sum || packet->csum_partial()))
        return &packet->udp_header()->uh_sum;
    return nullptr;
}

void set_transport_checksum(WritablePacket *packet, uint16_t *field, unsigned transport_length)
{
    const click_ip *ip = packet->ip_header();
    if (packet->csum_partial()) {
        *field = pseudo_header_sum(ip, transport_length);
        return;
    }
    *field = 0;
    unsigned sum = click_in_cksum(packet->transport_header(), transport_length);
    *field = click_in_cksum_pseudohdr(sum, ip, transport_length);
    if (*field == 0 && ip->ip_p == IP_PROTO_UDP)
        *field = 0xFFFF;
}

void update_for_address(WritablePacket *packet, uint32_t old_address, uint32_t new_address)
{
    uint16_t *field = transport_checksum_field(packet);
    if (!field)
        return;
    replace(field, old_address, new_address, packet->csum_partial());
    if (!packet->csum_partial() && *field == 0 && packet->ip_header()->ip_p == IP_PROTO_UDP)
        *field = 0xFFFF;
}

void rewrite_address(WritablePacket *packet, struct in_addr *field, uint32_t new_address)
{
    uint32_t old_address = field->s_addr;
    replace(&packet->ip_header()->ip_sum, old_address, new_address, false);
    field->s_addr = new_address;
    update_for_address(packet, old_address, new_address);
}

ChecksumState check_transport_checksum(const Packet *packet, uint16_t field, unsigned transport_length)
{
    static constexpr uint8_t data_valid = 2;
    const click_ip *ip = packet->ip_header();
    if (packet->csum_partial() || (packet->offload().flags & data_valid))
        return ChecksumState::good;
    if (field == 0 && ip->ip_p == IP_PROTO_UDP)
        return ChecksumState::good;
    unsigned sum = click_in_cksum(packet->transport_header(), transport_length);
    return click_in_cksum_pseudohdr(sum, ip, transport_length) == 0 ? ChecksumState::good : ChecksumState::bad;
}

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "unfinishedsum.hh"
#include <cstddef>

namespace {

constexpr uint8_t protocol_tcp = 6, protocol_udp = 17;

uint32_t word(const unsigned char *at)
{
    return static_cast<uint32_t>(at[0]) << 8 | at[1];
}

uint64_t add(const unsigned char *data, size_t n, uint64_t sum)
{
    size_t i = 0;
    for (; i + 1 < n; i += 2)
        sum += word(data + i);
    return i < n ? sum + (static_cast<uint32_t>(data[i]) << 8) : sum;
}

uint32_t fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<uint32_t>(sum);
}

// Where the transport header is.
struct Segment {
    uint32_t start = 0;
    uint32_t length = 0;
    uint8_t protocol = 0;
    uint64_t addresses = 0;  // their sum
};

bool find_segment4(const unsigned char *frame, uint32_t length, uint32_t at, Segment &segment)
{
    const unsigned char *ip = frame + at;
    if (length < at + 20 || ip[0] >> 4 != 4)
        return false;
    const uint32_t header = (ip[0] & 15u) * 4, total = word(ip + 2);
    // Only a whole datagram has its transport checksum.
    if (header < 20 || total < header || length - at < total || (word(ip + 6) & 0x3FFF))
        return false;
    segment = {at + header, total - header, ip[9], add(ip + 12, 8, 0)};
    return true;
}

bool find_segment6(const unsigned char *frame, uint32_t length, uint32_t at, Segment &segment)
{
    const unsigned char *ip = frame + at;
    if (length < at + 40 || ip[0] >> 4 != 6)
        return false;
    const uint32_t payload = word(ip + 4);
    if (length - at - 40 < payload)
        return false;
    segment = {at + 40, payload, ip[6], add(ip + 8, 32, 0)};
    return true;
}

}  // namespace

bool find_unfinished_sum(const unsigned char *frame, uint32_t length, VirtioHeader &header)
{
    uint32_t at = 14;
    if (length < at + 20)
        return false;
    if (word(frame + 12) == 0x8100 || word(frame + 12) == 0x88A8)
        at += 4;
    const uint32_t type = word(frame + at - 2);
    Segment segment;
    if (!(type == 0x0800 ? find_segment4(frame, length, at, segment) : type == 0x86DD && find_segment6(frame, length, at, segment)))
        return false;
    const bool tcp = segment.protocol == protocol_tcp;
    if (segment.length < (tcp ? 20u : 8u) || (!tcp && segment.protocol != protocol_udp))
        return false;
    const uint16_t offset = tcp ? 16 : 6;
    const uint32_t pseudo = fold(segment.addresses + segment.protocol + segment.length);
    if (word(frame + segment.start + offset) != pseudo)
        return false;
    if (fold(add(frame + segment.start, segment.length, pseudo)) == 0xFFFF)
        return false;
    header = VirtioHeader{};
    header.flags = VirtioHeader::needs_checksum;
    header.csum_start = static_cast<uint16_t>(segment.start);
    header.csum_offset = offset;
    return true;
}

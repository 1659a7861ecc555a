// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/glue.hh>
#include <clicknet/ip.h>
#include <clicknet/ip6.h>

// The one's complement sum does not care how words are grouped (RFC 1071, section 2), so it is taken eight bytes at a
// time with end-around carry and folded to 16 bits at the end. Everything is in the byte order of the packet.

static inline uint64_t add(uint64_t sum, uint64_t x)
{
    sum += x;
    return sum + (sum < x);
}

static inline uint16_t fold(uint64_t sum)
{
    sum = (sum >> 32) + (sum & 0xFFFFFFFFu);
    sum = (sum >> 32) + (sum & 0xFFFFFFFFu);
    sum = (sum >> 16) + (sum & 0xFFFFu);
    sum = (sum >> 16) + (sum & 0xFFFFu);
    return static_cast<uint16_t>(sum);
}

template <typename T>
static inline T load(const unsigned char *p)
{
    T x;
    memcpy(&x, p, sizeof x);
    return x;
}

static uint64_t sum_of(const unsigned char *p, int len)
{
    uint64_t a = 0, b = 0;
    for (; len >= 32; p += 32, len -= 32) {
        // Two chains of additions run side by side.
        a = add(add(a, load<uint64_t>(p)), load<uint64_t>(p + 8));
        b = add(add(b, load<uint64_t>(p + 16)), load<uint64_t>(p + 24));
    }
    for (; len >= 4; p += 4, len -= 4)
        a = add(a, load<uint32_t>(p));
    if (len >= 2) {
        a = add(a, load<uint16_t>(p));
        p += 2;
        len -= 2;
    }
    if (len > 0) {
        const unsigned char last[2] = {*p, 0};
        a = add(a, load<uint16_t>(last));
    }
    return add(a, b);
}

uint16_t click_in_cksum(const unsigned char *data, int len)
{
    return static_cast<uint16_t>(~fold(sum_of(data, len)));
}

uint16_t click_in_cksum_pseudohdr_raw(uint32_t csum, uint32_t src, uint32_t dst, int proto, int packet_len)
{
    uint64_t sum = ~csum & 0xFFFFu;
    sum += src;
    sum += dst;
    sum += htons(static_cast<uint16_t>(proto));
    sum += htons(static_cast<uint16_t>(packet_len));
    return static_cast<uint16_t>(~fold(sum));
}

uint16_t click_in_cksum_pseudohdr_hard(uint32_t csum, const click_ip *iph, int packet_len)
{
    uint32_t dst = iph->ip_dst.s_addr;
    const unsigned char *option = reinterpret_cast<const unsigned char *>(iph + 1);
    const unsigned char *end = reinterpret_cast<const unsigned char *>(iph) + iph->ip_hl * 4;
    while (option < end && *option != IPOPT_EOL) {
        if (*option == IPOPT_NOP) {
            ++option;
            continue;
        }
        if (end - option < 2 || option[1] < 2 || option[1] > end - option)
            break;
        // A route with addresses left: the last one is where the packet goes (RFC 791, section 3.1; RFC 1122, 4.1.3.4).
        bool source_route = *option == IPOPT_LSRR || *option == IPOPT_SSRR;
        if (source_route && option[1] >= 7 && option[2] + 3 <= option[1])
            dst = load<uint32_t>(option + option[1] - 4);
        option += option[1];
    }
    return click_in_cksum_pseudohdr_raw(csum, iph->ip_src.s_addr, dst, iph->ip_p, packet_len);
}

void click_update_zero_in_cksum_hard(uint16_t *csum, const unsigned char *data, int len)
{
    // With 0 and 0xFFFF alike to the sum, data that adds up to 0 consists of zeros: only then is the checksum 0xFFFF.
    uint16_t stored = *csum;
    *csum = 0;
    *csum = click_in_cksum(data, len);
    if (*csum != 0 && *csum != 0xFFFF)
        *csum = stored;  // the data does not match its checksum: not ours to repair
}

uint16_t in6_fast_cksum(const struct in6_addr *src, const struct in6_addr *dst, uint16_t len_n, uint8_t proto,
                        uint16_t old_sum, const unsigned char *data, uint16_t data_len_n)
{
    uint64_t sum = sum_of(data, ntohs(data_len_n));
    sum = add(sum, sum_of(reinterpret_cast<const unsigned char *>(src), 16));
    sum = add(sum, sum_of(reinterpret_cast<const unsigned char *>(dst), 16));
    sum = add(sum, len_n);
    sum = add(sum, htons(proto));
    sum = add(sum, static_cast<uint16_t>(~old_sum));  // takes the field out of the sum
    uint16_t result = static_cast<uint16_t>(~fold(sum));
    return result ? result : 0xFFFF;
}

unsigned ip6_header_length(const click_ip6 *ip6, unsigned available, int &proto)
{
    const unsigned char *p = reinterpret_cast<const unsigned char *>(ip6);
    unsigned length = 40;
    proto = ip6->ip6_nxt;
    while (length + 8 <= available) {
        switch (proto) {
        case 0:    // hop-by-hop options
        case 43:   // routing
        case 60: {  // destination options
            proto = p[length];
            length += (p[length + 1] + 1u) * 8;
            break;
        }
        case IP6PROTO_FRAGMENT: {
            bool later = (load<uint16_t>(p + length + 2) & htons(IP6_OFFMASK)) != 0;
            proto = later ? IP_PROTO_NONE : p[length];
            length += 8;
            break;
        }
        default:
            return length;
        }
        if (proto == IP_PROTO_NONE)
            return length;
    }
    return length;
}

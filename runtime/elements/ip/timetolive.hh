// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_TIMETOLIVE_HH
#define MIMI_TIMETOLIVE_HH
#include <click/glue.hh>
#include <clicknet/ip.h>

// One hop less to live, with the header checksum brought up to date.
inline void lower_ttl(click_ip *ip)
{
    uint16_t before = htons(ip->ip_ttl << 8 | ip->ip_p);
    --ip->ip_ttl;
    click_update_in_cksum(&ip->ip_sum, before, htons(ip->ip_ttl << 8 | ip->ip_p));
}

#endif

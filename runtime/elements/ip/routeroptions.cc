// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "routeroptions.hh"
#include <click/glue.hh>
#include <click/timestamp.hh>
#include <algorithm>
#include <cstring>

bool RouterOptions::mine(uint32_t address) const
{
    return address == _address.addr() || std::find(_others.begin(), _others.end(), address) != _others.end();
}

// Offsets in options count from 1.
int RouterOptions::record_route(unsigned char *option, bool &changed) const
{
    unsigned length = option[1], pointer = option[2];
    if (length < 3 || pointer < 4)
        return 2;
    if (pointer > length)  // full, or nonsense
        return pointer == length + 1 ? 0 : 2;
    if (pointer + 3 > length)
        return 2;
    uint32_t address = _address.addr();
    memcpy(option + pointer - 1, &address, 4);
    option[2] = pointer + 4;
    changed = true;
    return 0;
}

int RouterOptions::timestamp(unsigned char *option, bool &changed) const
{
    unsigned length = option[1], pointer = option[2], flag = option[3] & 15;
    unsigned entry = flag == 0 ? 4 : 8;
    if (length < 4 || pointer < 5)
        return 2;
    if (flag != 0 && flag != 1 && flag != 3)
        return 3;
    if (pointer > length) {
        if ((option[3] >> 4) == 15)
            return 3;
        option[3] += 16;  // one more router without room
        changed = true;
        return 0;
    }
    if (pointer - 1 + entry > length)
        return 2;
    unsigned char *at = option + pointer - 1;
    if (flag == 3) {
        uint32_t wanted;
        memcpy(&wanted, at, 4);
        if (!mine(wanted))
            return 0;
    } else if (flag == 1) {
        uint32_t address = _address.addr();
        memcpy(at, &address, 4);
    }
    Timestamp now = Timestamp::now();
    uint32_t since_midnight = htonl(static_cast<uint32_t>(now.sec() % 86400) * 1000 + now.msec());
    memcpy(at + entry - 4, &since_midnight, 4);
    option[2] = pointer + entry;
    changed = true;
    return 0;
}

int RouterOptions::handle_options(unsigned char *header, unsigned header_length, bool &changed) const
{
    for (unsigned i = sizeof(click_ip); i < header_length && header[i] != IPOPT_EOL;) {
        unsigned char *option = header + i;
        if (*option == IPOPT_NOP) {
            ++i;
            continue;
        }
        unsigned length = i + 1 < header_length ? option[1] : 0;
        if (length < 2 || i + length > header_length)
            return i + 1;
        int problem = 0;
        if (*option == IPOPT_RR)
            problem = length < 3 ? 1 : record_route(option, changed);
        else if (*option == IPOPT_TS)
            problem = length < 4 ? 1 : timestamp(option, changed);
        if (problem)
            return i + problem;
        i += length;
    }
    return 0;
}

int RouterOptions::handle(WritablePacket *packet) const
{
    click_ip *ip = packet->ip_header();
    if (!any(ip))
        return 0;
    bool changed = false;
    int problem = handle_options(packet->network_header(), ip->ip_hl * 4, changed);
    if (changed) {
        ip->ip_sum = 0;
        ip->ip_sum = click_in_cksum(packet->network_header(), ip->ip_hl * 4);
    }
    return problem;
}

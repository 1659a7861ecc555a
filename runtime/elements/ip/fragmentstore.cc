// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "fragmentstore.hh"
#include <click/glue.hh>
#include <click/packet.hh>
#include <click/packet_anno.hh>
#include <clicknet/ip.h>
#include <algorithm>
#include <cstring>

void FragmentStore::clear()
{
    while (!_map.empty())
        erase(_map.begin());
}

void FragmentStore::erase(Map::iterator it)
{
    _bytes -= it->second.payload.size();
    if (it->second.head)
        it->second.head->kill();
    _ages.erase(it->second.age);
    _map.erase(it);
}

// Copies what falls into holes, and closes these.
static void fill(std::string &payload, auto &holes, unsigned start, unsigned end, const unsigned char *data)
{
    auto before = holes;
    holes.clear();
    if (payload.size() < end)
        payload.resize(end);
    for (const auto &hole : before) {
        unsigned from = std::max(hole.start, start), to = std::min(hole.end, end);
        if (from >= to) {
            holes.push_back(hole);
            continue;
        }
        memcpy(payload.data() + from, data + (from - start), to - from);
        if (hole.start < from)
            holes.push_back({hole.start, from});
        if (to < hole.end)
            holes.push_back({to, hole.end});
    }
}

Packet *FragmentStore::add(Packet *packet, const Timestamp &now, bool &bad, unsigned &largest)
{
    const click_ip *ip = packet->ip_header();
    const unsigned header = ip->ip_hl * 4, length = ntohs(ip->ip_len);
    const unsigned start = (ntohs(ip->ip_off) & IP_OFFMASK) * 8;
    const bool more = ntohs(ip->ip_off) & IP_MF;
    bad = header < sizeof(click_ip) || length <= header || packet->network_length() < static_cast<int>(length);
    const unsigned end = start + length - header;
    bad = bad || (more && (length - header) % 8) || end + header > 65535;
    if (bad) {
        packet->kill();
        return nullptr;
    }
    Key key{ip->ip_src.s_addr, ip->ip_dst.s_addr, static_cast<uint32_t>(ip->ip_id << 8 | ip->ip_p)};
    auto [it, added] = _map.try_emplace(key);
    Datagram &d = it->second;
    if (added)
        d.age = _ages.insert(_ages.end(), key);
    _ages.splice(_ages.end(), _ages, d.age);
    d.last = now;
    d.largest = std::max(d.largest, length);
    if (!more && end < d.total) {
        d.total = end;
        std::erase_if(d.holes, [&](const Hole &hole) { return hole.start >= end; });
        for (Hole &hole : d.holes)
            hole.end = std::min(hole.end, end);
    }
    const size_t before = d.payload.size();
    fill(d.payload, d.holes, start, std::min(end, d.total), packet->network_header() + header);
    _bytes += d.payload.size() - before;
    if (!d.head || start == 0 || !d.have_start)
        std::swap(packet, d.head);
    if (packet)
        packet->kill();
    d.have_start = d.have_start || start == 0;
    if (!d.holes.empty())
        return nullptr;
    largest = d.largest;
    return finish(it);
}

Packet *FragmentStore::finish(Map::iterator it)
{
    Datagram &d = it->second;
    const unsigned before = d.head->network_header_offset() + d.head->network_header_length();
    const unsigned size = std::min<size_t>(d.payload.size(), d.total);
    WritablePacket *whole = Packet::make(Packet::default_headroom, nullptr, before + size, 0);
    if (whole) {
        const int network = d.head->network_header_offset();
        memcpy(whole->data(), d.head->data(), before);
        memcpy(whole->data() + before, d.payload.data(), size);
        whole->copy_annotations(d.head);
        if (d.head->has_mac_header() && d.head->mac_header_offset() >= 0)
            whole->set_mac_header(whole->data() + d.head->mac_header_offset());
        click_ip *ip = reinterpret_cast<click_ip *>(whole->data() + network);
        whole->set_ip_header(ip, d.head->network_header_length());
        ip->ip_len = htons(before - network + size);
        ip->ip_off = htons(ntohs(ip->ip_off) & ~(IP_MF | IP_OFFMASK));
        ip->ip_sum = 0;
        ip->ip_sum = click_in_cksum(whole->network_header(), whole->network_header_length());
        SET_IPREASSEMBLER_ANNO(whole, 0);
    }
    erase(it);
    return whole;
}

Packet *FragmentStore::take_oldest()
{
    return _ages.empty() ? nullptr : finish(_map.find(_ages.front()));
}

Packet *FragmentStore::take_older(const Timestamp &before)
{
    if (_ages.empty() || _map.find(_ages.front())->second.last > before)
        return nullptr;
    return take_oldest();
}

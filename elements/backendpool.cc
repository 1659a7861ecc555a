// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "backendpool.hh"
#include <random>
#include "flowbinding.hh"

namespace mimi {

const uint16_t BackendPool::none;

BackendPool::BackendPool()
{
    std::random_device entropy;
    _random = (uint64_t(entropy()) << 32) | entropy();
}

std::string BackendPool::add_vip(const std::vector<std::string> &words)
{
    if (words.size() < 4)
        return "expected PROTO ADDRESS:PORT random|round-robin BACKEND:PORT…, found " + std::to_string(words.size())
            + " words";
    Vip v;
    if (words[0] != "tcp" && words[0] != "udp")
        return "expected tcp or udp, found '" + words[0] + "'";
    v.proto = words[0] == "tcp" ? proto_tcp : proto_udp;
    if (!parse_endpoint(words[1], v.addr, v.port))
        return "expected ADDRESS:PORT, found '" + words[1] + "'";
    if (words[2] != "random" && words[2] != "round-robin")
        return "expected random or round-robin, found '" + words[2] + "'";
    v.choose = words[2] == "random" ? Choose::random : Choose::round_robin;
    if (vip_of(v.proto, v.addr, v.port) != none)
        return "there is a VIP " + words[0] + " " + words[1] + " already";
    if (_backends.size() + words.size() - 3 >= none || _vips.size() + 1 >= none)
        return "too many backends";
    v.first = uint16_t(_backends.size());
    v.count = 0;
    std::vector<Backend> added;
    for (size_t i = 3; i != words.size(); ++i) {
        Backend b;
        if (!parse_endpoint(words[i], b.addr, b.port))
            return "expected ADDRESS:PORT, found '" + words[i] + "'";
        for (const Backend &other : added)
            if (other.addr == b.addr && other.port == b.port)
                return "backend " + words[i] + " is named twice";
        b.vip = uint16_t(_vips.size());
        added.push_back(b);
        ++v.count;
    }
    for (const Backend &b : added) {
        _backends.push_back(b);
        _backend_services.insert(service(v.proto, b.addr, b.port));
        _backend_addresses.insert(b.addr);
    }
    _vip_services[service(v.proto, v.addr, v.port)] = uint16_t(_vips.size());
    _vip_addresses.insert(v.addr);
    _vips.push_back(v);
    return std::string();
}

uint16_t BackendPool::vip_of(uint8_t proto, uint32_t addr, uint16_t port) const
{
    auto found = _vip_services.find(service(proto, addr, port));
    return found == _vip_services.end() ? none : found->second;
}

uint16_t BackendPool::backend_of(uint16_t vip, uint32_t addr, uint16_t port) const
{
    const Vip &v = _vips[vip];
    for (uint16_t i = v.first; i != v.first + v.count; ++i)
        if (_backends[i].addr == addr && _backends[i].port == port)
            return i;
    return none;
}

// Splitmix64, then multiplication instead of division; what would make a value likelier than another is drawn again.
uint16_t BackendPool::below(uint16_t n)
{
    for (;;) {
        uint64_t z = _random += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        const uint64_t product = ((z ^ (z >> 31)) >> 32) * n;
        if (uint32_t(product) >= (uint32_t(0) - n) % n)
            return uint16_t(product >> 32);
    }
}

uint16_t BackendPool::choose(uint16_t vip)
{
    Vip &v = _vips[vip];
    ++v.chosen;
    uint16_t offset = 0;
    if (v.choose == Choose::random) {
        offset = below(v.count);
    } else {
        offset = v.turn;
        v.turn = uint16_t((v.turn + 1) % v.count);
    }
    ++_backends[v.first + offset].chosen;
    return uint16_t(v.first + offset);
}

}  // namespace mimi

ELEMENT_PROVIDES(BackendPool)
ELEMENT_REQUIRES(FlowBinding)

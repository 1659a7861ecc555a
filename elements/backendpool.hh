// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BACKENDPOOL_HH
#define MIMI_BACKENDPOOL_HH
#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

// The VIPs of a load balancer, the backends behind each, and the choice among them.

namespace mimi {

enum class Choose : uint8_t { random, round_robin };

struct Backend {
    uint32_t addr;  // network order, as everywhere
    uint16_t port;
    uint16_t vip;
    uint64_t chosen = 0;  // flows
};

struct Vip {
    uint32_t addr;
    uint16_t port;
    uint8_t proto;
    Choose choose;
    uint16_t first;  // its backends are first … first + count - 1
    uint16_t count;
    uint16_t turn = 0;  // round-robin
    uint64_t chosen = 0;
};

class BackendPool {
  public:
    static const uint16_t none = 0xffff;

    BackendPool();

    // `PROTO ADDR:PORT random|round-robin ADDR:PORT…`, split into words. Returns what is wrong, or nothing.
    std::string add_vip(const std::vector<std::string> &words);

    const std::vector<Vip> &vips() const { return _vips; }
    const Backend &backend(uint16_t i) const { return _backends[i]; }
    const std::vector<Backend> &backends() const { return _backends; }

    // Each returns `none` when there is none.
    uint16_t vip_of(uint8_t proto, uint32_t addr, uint16_t port) const;
    uint16_t backend_of(uint16_t vip, uint32_t addr, uint16_t port) const;

    bool is_vip_address(uint32_t addr) const { return _vip_addresses.count(addr) != 0; }
    bool is_backend_address(uint32_t addr) const { return _backend_addresses.count(addr) != 0; }
    bool is_backend_service(uint8_t proto, uint32_t addr, uint16_t port) const
    {
        return _backend_services.count(service(proto, addr, port)) != 0;
    }

    // The backend for a new flow. Everything else may be asked by several threads at once; this changes the pool. All backends weigh the same; weights belong here and nowhere else.
    uint16_t choose(uint16_t vip);

  private:
    std::vector<Vip> _vips;
    std::vector<Backend> _backends;
    std::unordered_map<uint64_t, uint16_t> _vip_services;
    std::unordered_set<uint64_t> _backend_services;
    std::unordered_set<uint32_t> _vip_addresses;
    std::unordered_set<uint32_t> _backend_addresses;
    uint64_t _random;

    static uint64_t service(uint8_t proto, uint32_t addr, uint16_t port)
    {
        return (uint64_t(proto) << 48) | (uint64_t(port) << 32) | addr;
    }
    uint16_t below(uint16_t n);
};

}  // namespace mimi
#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_VIPSPEC_HH
#define MIMI_VIPSPEC_HH
#include <cstdint>
#include <string>
#include <vector>
#include "chooser.hh"

// A VIP and its backends as text says them:
//
//   PROTO ADDR:PORT[-PORT] CHOOSE [MODE dnat|direct] [MODE full-nat SNAT ADDR[-ADDR][:PORT-PORT]…] [SEED N] [HASH nftables]
//       BACKEND[:PORT] [weight W]…
//
// A backend without a port keeps the port that the client spoke to.

namespace mimi {

// How packets reach a backend. dnat: with its address for the VIP's. full_nat: and with an address of ours for the client's.
// direct: unchanged, by its link address; it answers the client itself.
enum class Mode : uint8_t { dnat, full_nat, direct };
const char *mode_word(Mode mode);

enum : uint32_t { heaviest_backend = 65535 };

struct BackendSpec {
    uint32_t addr;    // network order
    uint16_t port;    // network order; 0: the client's
    uint32_t weight;  // 0: no new flows

    std::string name() const;
    bool operator==(const BackendSpec &o) const { return addr == o.addr && port == o.port; }
};

// Addresses and ports to send from, both ends included, host order.
struct SourceRange {
    uint32_t first, last;
    uint16_t first_port, last_port;
};

struct VipSpec {
    uint8_t proto;
    uint32_t addr;                  // network order
    uint16_t first_port, last_port; // host order
    Choose choose;
    Mode mode;
    bool seeded;
    HashSpec hash;
    std::vector<SourceRange> sources;
    std::vector<BackendSpec> backends;

    std::string name() const;  // PROTO ADDR:PORT[-PORT]
    // Whether both would be reached by the same address and port.
    bool clash(const BackendSpec &a, const BackendSpec &b) const;
};

// Each returns what is wrong, or nothing.
std::string parse_vip(const std::vector<std::string> &words, VipSpec &vip);
std::string parse_vip_name(const std::string &proto, const std::string &service, VipSpec &vip);
std::string parse_backend(const std::string &word, BackendSpec &backend);
std::string parse_weight(const std::string &word, uint32_t &weight);

}  // namespace mimi
#endif

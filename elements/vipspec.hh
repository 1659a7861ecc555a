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
// A backend without a port keeps the port that the client spoke to. All addresses of a VIP are of its family. IPv6 with a port is
// `[ADDR]:PORT`; alone it may have its brackets or not, so that a source is `ADDR-ADDR` or `[ADDR]-[ADDR]:PORT-PORT`.

namespace mimi {

// How packets reach a backend. dnat: with its address for the VIP's. full_nat: and with an address of ours for the client's.
// direct: unchanged, by its link address; it answers the client itself.
enum class Mode : uint8_t { dnat, full_nat, direct };
const char *mode_word(Mode mode);

enum : uint32_t { heaviest_backend = 65535 };

template <class A> struct BackendSpecOf {
    A addr;           // network order
    uint16_t port;    // network order; 0: the client's
    uint32_t weight;  // 0: no new flows

    std::string name() const;
    bool operator==(const BackendSpecOf &o) const { return addr == o.addr && port == o.port; }
};

typedef BackendSpecOf<uint32_t> BackendSpec;

// Addresses and ports to send from: `first` and as many `more` behind it, and from first_port to last_port.
template <class A> struct SourceRangeOf {
    A first;  // network order
    uint32_t more;
    uint16_t first_port, last_port;  // host order
};

template <class A> struct VipSpecOf {
    uint8_t proto;
    A addr;                         // network order
    uint16_t first_port, last_port; // host order
    Choose choose;
    Mode mode;
    bool seeded;
    HashSpec hash;
    std::vector<SourceRangeOf<A>> sources;
    std::vector<BackendSpecOf<A>> backends;

    std::string name() const;  // PROTO ADDR:PORT[-PORT]
    // Whether both would be reached by the same address and port.
    bool clash(const BackendSpecOf<A> &a, const BackendSpecOf<A> &b) const;
};
typedef VipSpecOf<uint32_t> VipSpec;
typedef VipSpecOf<Address6> VipSpec6;

// The version of the addresses of `ADDR:PORT[-PORT]`, if they are well-formed.
int service_version(const std::string &service);

// Each returns what is wrong, or nothing.
template <class A> std::string parse_vip(const std::vector<std::string> &words, VipSpecOf<A> &vip);
template <class A> std::string parse_vip_name(const std::string &proto, const std::string &service, VipSpecOf<A> &vip);
template <class A> std::string parse_backend(const std::string &word, BackendSpecOf<A> &backend);
std::string parse_weight(const std::string &word, uint32_t &weight);

}  // namespace mimi
#endif

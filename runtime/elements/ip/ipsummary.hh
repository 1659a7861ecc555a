// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_IPSUMMARY_HH
#define MIMI_IPSUMMARY_HH
#include <click/ipaddress.hh>
#include <click/packet.hh>
#include <click/string.hh>
#include <click/timestamp.hh>
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

struct click_icmp;
struct click_ip;
struct click_tcp;
struct click_udp;
class Element;
class StringAccum;

// One packet, one line of text: the fields of IP summary dumps, how each is written and read back.
//
// A field that a packet does not have is written `-`, and `-` leaves the draft as it is.
namespace ipsummary {

// The headers of a packet that are really there.
struct View {
    explicit View(const Packet *packet);
    // Null when not all of them were captured.
    const unsigned char *ip_options() const;
    const unsigned char *tcp_options() const;

    const Packet *packet;
    const click_ip *ip = nullptr;
    const click_tcp *tcp = nullptr;
    const click_udp *udp = nullptr;
    const click_icmp *icmp = nullptr;
    bool source_port = false, ports = false;  // captured
    const unsigned char *transport = nullptr;
    uint32_t ip_length = 0;  // as sent, captured or not
    uint32_t payload_length = 0;
    const unsigned char *payload = nullptr;
    uint32_t payload_captured = 0;
};

// What a line says, and defaults for the rest.
struct Draft {
    Timestamp timestamp;
    IPAddress source, destination;
    uint16_t source_port = 0, destination_port = 0;
    uint8_t protocol = 6, ttl = 100, tos = 0;
    uint16_t id = 0, fragment = 0;  // with flags, host order
    bool later_fragment = false;
    std::optional<uint32_t> ip_length, udp_length, payload_length, wire_length;
    std::optional<uint16_t> ip_sum, tcp_urgent;
    unsigned ip_header_length = 20, tcp_header_length = 20;  // at least; what options do not fill is zeros
    String ip_options, tcp_options;
    std::optional<String> payload;
    uint32_t tcp_sequence = 0, tcp_ack = 0;
    uint16_t tcp_window = 0;
    uint8_t tcp_flags = 0;
    uint8_t icmp_type = 0, icmp_code = 0;
    uint16_t icmp_id = 0, icmp_sequence = 0;
    uint32_t count = 1, aggregate = 0;
    uint8_t paint = 0;
    Timestamp first_timestamp;

    unsigned ip_header() const { return std::max(ip_header_length, 20U + ip_options.length()); }
    unsigned tcp_header() const { return std::max(tcp_header_length, 20U + tcp_options.length()); }

    // The packet; payload bytes that the line does not give are zeros with `zero`, else only counted in the extra-length
    // annotation. Null when out of memory.
    Packet *make_packet(bool checksum, bool zero) const;
};

struct Field {
    const char *name;
    // False when the packet has no such field.
    bool (*write)(const View &view, StringAccum &sa);
    // False when the text is wrong; null: can only be written.
    bool (*read)(const String &text, Draft &draft, const Element *context);
};

// By any of its names; null when there is no such field.
const Field *find_field(const String &name);

}  // namespace ipsummary

#endif

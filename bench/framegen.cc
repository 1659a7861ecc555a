// SPDX-License-Identifier: Apache-2.0
// Sends UDP frames of 60 bytes over many flows as fast as a packet socket takes them, and tells as JSON what it did.
//   framegen DEVICE SOURCE_MAC DESTINATION_MAC FIRST_SOURCE DESTINATION PORT FLOWS SECONDS [FRAMES]
// Flow i comes from address FIRST_SOURCE + i / 50000, port 10000 + i % 50000. FRAMES, if given, ends the run earlier.
#include <arpa/inet.h>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <net/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <vector>

namespace {

constexpr size_t frame_bytes = 60, stride = 64, burst = 64, ports = 50000;

uint16_t checksum(const unsigned char *data, size_t n, uint32_t sum = 0)
{
    for (size_t i = 0; i < n; i += 2)
        sum += static_cast<uint32_t>(data[i]) << 8 | data[i + 1];
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return htons(static_cast<uint16_t>(~sum));
}

void put16(unsigned char *at, size_t value)
{
    at[0] = static_cast<unsigned char>(value >> 8);
    at[1] = static_cast<unsigned char>(value);
}

bool put_mac(unsigned char *at, const char *text)
{
    unsigned b[6];
    if (sscanf(text, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2, b + 3, b + 4, b + 5) != 6)
        return false;
    for (int i = 0; i < 6; ++i)
        at[i] = static_cast<unsigned char>(b[i]);
    return true;
}

std::vector<unsigned char> make_frames(char **argv, size_t flows)
{
    std::vector<unsigned char> all(flows * stride);
    const in_addr_t first = ntohl(inet_addr(argv[4])), destination = inet_addr(argv[5]);
    for (size_t i = 0; i < flows; ++i) {
        unsigned char *frame = &all[i * stride], *ip = frame + 14, *udp = ip + 20;
        if (!put_mac(frame, argv[3]) || !put_mac(frame + 6, argv[2]))
            return {};
        put16(frame + 12, ETH_P_IP);
        const in_addr_t source = htonl(static_cast<in_addr_t>(first + i / ports));
        ip[0] = 0x45;
        put16(ip + 2, frame_bytes - 14);
        ip[6] = 0x40;
        ip[8] = 64;
        ip[9] = IPPROTO_UDP;
        memcpy(ip + 12, &source, 4);
        memcpy(ip + 16, &destination, 4);
        uint16_t sum = checksum(ip, 20);
        memcpy(ip + 10, &sum, 2);
        put16(udp, 10000 + i % ports);
        put16(udp + 2, static_cast<size_t>(atoi(argv[6])));
        put16(udp + 4, frame_bytes - 34);
        // The pseudo header: both addresses, the protocol and the length.
        sum = checksum(ip + 12, frame_bytes - 26, IPPROTO_UDP + frame_bytes - 34);
        memcpy(udp + 6, &sum, 2);
    }
    return all;
}

int open_socket(const char *device)
{
    int fd = socket(AF_PACKET, SOCK_RAW, 0), on = 1, bytes = 8 << 20;
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = static_cast<int>(if_nametoindex(device));
    address.sll_protocol = htons(ETH_P_IP);
    if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) < 0
        || setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) < 0
        || bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) < 0)
        return -1;
    return fd;
}

}  // namespace

int main(int argc, char **argv)
{
    if (argc < 9)
        return fprintf(stderr, "usage: framegen DEVICE SMAC DMAC SOURCE DESTINATION PORT FLOWS SECONDS [FRAMES]\n"), 2;
    const size_t flows = strtoul(argv[7], nullptr, 0), most = argc > 9 ? strtoull(argv[9], nullptr, 0) : SIZE_MAX;
    std::vector<unsigned char> frames = make_frames(argv, flows);
    int fd = open_socket(argv[1]);
    if (frames.empty() || fd < 0)
        return perror("framegen"), 1;
    std::vector<mmsghdr> messages(burst);
    std::vector<iovec> parts(burst);
    for (size_t k = 0; k < burst; ++k) {
        parts[k].iov_len = frame_bytes;
        messages[k].msg_hdr.msg_iov = &parts[k];
        messages[k].msg_hdr.msg_iovlen = 1;
    }
    typedef std::chrono::steady_clock clock;
    const auto start = clock::now();
    const auto length = std::chrono::duration<double>(atof(argv[8]));
    size_t sent = 0, refused = 0;
    while (sent < most && clock::now() - start < length) {
        const size_t n = most - sent < burst ? most - sent : burst;
        for (size_t k = 0; k < n; ++k)
            parts[k].iov_base = &frames[(sent + k) % flows * stride];
        int done = sendmmsg(fd, messages.data(), static_cast<unsigned>(n), 0);
        sent += done > 0 ? static_cast<size_t>(done) : 0;
        refused += done <= 0;
    }
    const double seconds = std::chrono::duration<double>(clock::now() - start).count();
    printf("{\"sent\": %zu, \"seconds\": %.4f, \"refused\": %zu}\n", sent, seconds, refused);
}

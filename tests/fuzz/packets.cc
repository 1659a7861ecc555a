// SPDX-License-Identifier: Apache-2.0
// Packets through a configuration, which is the file that MIMI_FUZZ_CONFIGURATION names. It receives at MemoryIn elements
// in0, in1, ... and sends to MemoryOut elements out0, out1, .... Lines of it that begin with `// account:` are promises:
//
//   // account: in.count = a.count + b.count      sums of handlers; `lb.stats/forward` is a line of a handler
//   // account: ipv4-out                          frames that leave have sound IPv4 headers (and so have 14 bytes in front)
//
// An input is a list of packets: a byte whose lowest bits say where it goes in, 4: an offload follows, 8: a second
// passes first; two bytes of length; perhaps an offload; the packet.
#include "tests/fuzz/harness.hh"
#include <click/element.hh>
#include <click/packet.hh>
#include <clicknet/ip.h>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <vector>

namespace {

struct Account {
    std::string text;
    std::vector<std::string> left, right;
};

struct Configuration {
    std::string text;
    std::vector<std::string> inputs, outputs;
    std::vector<Account> accounts;
    bool ipv4_out = false;
};

Configuration read_configuration()
{
    const char *path = std::getenv("MIMI_FUZZ_CONFIGURATION");
    if (!path)
        fuzz::fail("MIMI_FUZZ_CONFIGURATION names no configuration");
    Configuration result;
    result.text = fuzz::read_file(path);
    std::istringstream lines(result.text);
    constexpr std::string_view mark = "// account: ";
    for (std::string line; std::getline(lines, line);) {
        if (line.compare(0, mark.size(), mark) != 0)
            continue;
        Account account{line.substr(mark.size()), {}, {}};
        if (account.text == "ipv4-out") {
            result.ipv4_out = true;
            continue;
        }
        std::istringstream words(account.text);
        std::vector<std::string> *side = &account.left;
        for (std::string word; words >> word;) {
            if (word == "=")
                side = &account.right;
            else if (word != "+")
                side->push_back(word);
        }
        result.accounts.push_back(account);
    }
    fuzz::Bench bench(result.text);
    bench.start_or_fail();
    for (int i = 0; bench.router()->find("in" + String(i)); ++i)
        result.inputs.push_back("in" + std::to_string(i));
    for (int i = 0; bench.router()->find("out" + String(i)); ++i)
        result.outputs.push_back("out" + std::to_string(i));
    if (result.inputs.empty() || result.outputs.empty())
        fuzz::fail("%s has no in0 or no out0", path);
    return result;
}

uint64_t value_of(fuzz::Bench &bench, const std::string &word)
{
    size_t slash = word.find('/');
    std::string text = "\n" + bench.must_read(word.substr(0, slash));
    if (slash == word.npos)
        return std::strtoull(text.c_str() + 1, nullptr, 10);
    size_t at = text.find("\n" + word.substr(slash + 1) + " ");
    if (at == text.npos)
        fuzz::fail("no %s", word.c_str());
    return std::strtoull(text.c_str() + text.find(' ', at), nullptr, 10);
}

uint64_t sum(fuzz::Bench &bench, const std::vector<std::string> &words)
{
    uint64_t total = 0;
    for (const std::string &word : words)
        total += value_of(bench, word);
    return total;
}

PacketOffload read_offload(fuzz::Bytes &bytes)
{
    static constexpr uint8_t kinds[] = {0, 1, 3, 4, 5, 0x81};
    PacketOffload offload{};
    offload.flags = bytes.u8() & (PacketOffload::needs_checksum | PacketOffload::data_valid);
    offload.gso_type = kinds[bytes.u8() % sizeof kinds];
    offload.gso_size = bytes.u16();
    offload.hdr_len = bytes.u8();
    offload.csum_start = bytes.u8();
    offload.csum_offset = bytes.u8();
    return offload;
}

// What a kernel would say stays within the packet.
bool fits(const PacketOffload &offload, size_t length)
{
    return offload.csum_start + offload.csum_offset + size_t{2} <= length && offload.hdr_len <= length;
}

void check_ipv4(const char *output, const Packet *packet)
{
    const unsigned char *frame = packet->data();
    if (packet->length() < 14 || frame[12] != 8 || frame[13] != 0)
        return;
    const auto *ip = reinterpret_cast<const click_ip *>(frame + 14);
    uint32_t length = packet->length() - 14;
    if (length < sizeof(click_ip) || ip->ip_hl < 5 || length < ip->ip_hl * 4u || length < ntohs(ip->ip_len) || ip->ip_v != 4)
        fuzz::fail("%s: a broken IPv4 header leaves", output);
    if (click_in_cksum(frame + 14, ip->ip_hl * 4) != 0)
        fuzz::fail("%s: a wrong IPv4 header checksum leaves", output);
}

void check_packet(const Configuration &configuration, const char *output, const Packet *packet)
{
    // Touches every byte, for the sanitizer.
    unsigned char all = 0;
    for (uint32_t i = 0; i < packet->length(); ++i)
        all |= packet->data()[i];
    static volatile unsigned char sink;
    sink = all;
    (void) sink;
    if (packet->length() > 70000)
        fuzz::fail("%s: a packet of %u bytes leaves", output, packet->length());
    if (configuration.ipv4_out) {
        check_ipv4(output, packet);
        const PacketOffload &view = packet->offload();
        if ((view.flags & PacketOffload::needs_checksum)
            && (view.csum_start < packet->headroom() || view.csum_start + view.csum_offset + 2u > packet->headroom() + packet->length()))
            fuzz::fail("%s: an unfinished checksum outside its packet", output);
    }
}

void take_all(fuzz::Bench &bench, const Configuration &configuration)
{
    for (const std::string &output : configuration.outputs)
        while (Packet *packet = bench.take(output.c_str())) {
            check_packet(configuration, output.c_str(), packet);
            packet->kill();
        }
}

// After so many milliseconds whatever was held for something to come has left or is dropped.
constexpr int waits_no_longer = 20000;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const Configuration configuration = read_configuration();
    fuzz::Bench bench(configuration.text);
    bench.start_or_fail();
    fuzz::Bytes bytes(data, size);
    for (int i = 0; i < 50 && !bytes.empty(); ++i) {
        uint8_t flags = bytes.u8();
        size_t length = bytes.u16() % 4096;
        PacketOffload offload = flags & 4 ? read_offload(bytes) : PacketOffload();
        std::string_view packet = bytes.take(length);
        if (flags & 8)
            bench.pass_time(1000);
        const std::string &input = configuration.inputs[(flags & 3) % configuration.inputs.size()];
        bench.push(input.c_str(), packet, (flags & 4) && fits(offload, packet.size()) ? &offload : nullptr);
        bench.run();
        take_all(bench, configuration);
    }
    bench.pass_time(waits_no_longer);
    take_all(bench, configuration);
    for (const Account &account : configuration.accounts)
        if (sum(bench, account.left) != sum(bench, account.right))
            fuzz::fail("%s: %llu is not %llu", account.text.c_str(), static_cast<unsigned long long>(sum(bench, account.left)),
                       static_cast<unsigned long long>(sum(bench, account.right)));
    return 0;
}

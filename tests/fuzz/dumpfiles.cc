// SPDX-License-Identifier: Apache-2.0
// Files with packets. An input begins with a letter: p for a pcap file, s for an IP summary, b for one whose packets come
// in binary records after the usual first lines. What is read is written and read again; of binary records nothing may get
// lost on the way.
#include "tests/fuzz/harness.hh"
#include <sys/mman.h>
#include <unistd.h>

namespace {

class MemoryFile {
  public:
    MemoryFile() : _fd(memfd_create("fuzz", MFD_CLOEXEC)) {}
    ~MemoryFile() { close(_fd); }
    MemoryFile(const MemoryFile &) = delete;
    MemoryFile &operator=(const MemoryFile &) = delete;

    std::string path() const { return "/proc/self/fd/" + std::to_string(_fd); }
    void write(std::string_view text) const
    {
        if (::write(_fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
            fuzz::fail("cannot write to memory");
    }

  private:
    int _fd;
};

constexpr int most_packets = 1000;
// The first of them can be written in binary too.
#define BINARY_FIELDS \
    "timestamp ip_src ip_dst sport dport ip_proto ip_len ip_id ip_ttl ip_tos ip_opt " \
    "tcp_seq tcp_ack tcp_flags tcp_window tcp_opt udp_len icmp_type icmp_code payload_len"
constexpr const char *binary_fields = BINARY_FIELDS;
constexpr const char *summary_fields = BINARY_FIELDS " ip_frag ip_fragoff payload";

// How many packets come out, at most most_packets.
int count_packets(const std::string &source)
{
    fuzz::Bench bench(source + " -> out :: MemoryOut");
    if (!bench.start())
        return -1;
    bench.run(most_packets);
    int count = 0;
    while (Packet *packet = bench.take("out")) {
        packet->kill();
        ++count;
    }
    return count;
}

int copy_packets(const std::string &source, const std::string &sink)
{
    fuzz::Bench bench(source + " -> c :: Counter -> " + sink);
    if (!bench.start())
        return -1;
    bench.run(most_packets);
    return static_cast<int>(bench.must_count("c.count"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz::Bytes bytes(data, size);
    char letter = static_cast<char>(bytes.u8());
    MemoryFile in, out;
    in.write(bytes.rest());
    if (letter == 'p') {
        int copied = copy_packets("FromDump(" + in.path() + ", STOP true)", "ToDump(" + out.path() + ", SNAPLEN 0)");
        int again = copied < 0 ? -1 : count_packets("FromDump(" + out.path() + ", STOP true)");
        if (copied != again)
            fuzz::fail("%d packets written, %d read", copied, again);
    } else if (letter == 's') {
        copy_packets("FromIPSummaryDump(" + in.path() + ", STOP true, CHECKSUM true)", "ToIPSummaryDump(" + out.path() + ", FIELDS " + summary_fields + ")");
        count_packets("FromIPSummaryDump(" + out.path() + ", STOP true)");
    } else if (letter == 'b') {
        MemoryFile with_head;
        with_head.write(std::string("!IPSummaryDump 1.3\n!data ") + binary_fields + "\n!binary\n");
        with_head.write(std::string_view(reinterpret_cast<const char *>(data) + 1, size - 1));
        std::string fields = std::string(", BINARY true, FIELDS ") + binary_fields + ")";
        int copied = copy_packets("FromIPSummaryDump(" + with_head.path() + ", STOP true, CHECKSUM true)", "ToIPSummaryDump(" + out.path() + fields);
        int again = copied < 0 ? -1 : count_packets("FromIPSummaryDump(" + out.path() + ", STOP true)");
        if (copied != again)
            fuzz::fail("%d binary records written, %d read", copied, again);
    } else {
        return -1;
    }
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_PCAPFILE_HH
#define MIMI_PCAPFILE_HH
#include <click/config.h>
#include <click/string.hh>
#include <click/timestamp.hh>
#include <cstdint>
#include <cstdio>
#include <vector>

// The classic pcap capture file: a header of 24 bytes, then records of a 16-byte header and the packet's bytes.
// Magic number a1b2c3d4: microseconds, a1b23c4d: nanoseconds; the byte order is that of the machine that wrote it.
namespace pcap {

enum LinkType { link_ethernet = 1, link_raw_old = 12, link_raw = 101, link_linux_cooked = 113, link_ipv4 = 228 };

struct Record {
    Timestamp time;
    uint32_t original_length = 0;
    std::vector<unsigned char> bytes;
};

class Reader {
  public:
    Reader() = default;
    ~Reader() { close(); }
    Reader(const Reader &) = delete;
    Reader &operator=(const Reader &) = delete;

    // "-" is the standard input. Returns the reason for a failure, empty on success.
    String open(const String &filename);
    void close();
    bool is_open() const { return _file; }

    enum Result { record, end, broken };
    // `broken`: problem() tells why; nothing more can be read.
    Result read(Record &result);
    const String &problem() const { return _problem; }

    int link_type() const { return _link_type; }
    uint64_t position() const { return _position; }

  private:
    uint32_t word(const unsigned char *p) const;
    bool read_bytes(void *to, size_t n);

    FILE *_file = nullptr;
    bool _swapped = false;
    bool _nanoseconds = false;
    int _link_type = 0;
    uint64_t _position = 0;
    String _problem;
};

class Writer {
  public:
    Writer() = default;
    ~Writer() { close(); }
    Writer(const Writer &) = delete;
    Writer &operator=(const Writer &) = delete;

    // "-" is the standard output. Returns the reason for a failure, empty on success.
    String open(const String &filename, int link_type, uint32_t snap_length, bool nanoseconds);
    void close();
    bool is_open() const { return _file; }
    // False when the bytes could not be written.
    bool write(const Timestamp &time, const unsigned char *data, uint32_t captured, uint32_t original);
    bool flush();

  private:
    FILE *_file = nullptr;
    bool _nanoseconds = false;
};

}  // namespace pcap

#endif

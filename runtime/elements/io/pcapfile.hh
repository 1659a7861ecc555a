// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_PCAPFILE_HH
#define MIMI_PCAPFILE_HH
#include <click/config.h>
#include <click/string.hh>
#include <click/timestamp.hh>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>
#include "runtime/base/packetblock.hh"

// The classic pcap capture file: a header of 24 bytes, then records of a 16-byte header and the packet's bytes.
// Magic number a1b2c3d4: microseconds, a1b23c4d: nanoseconds; the byte order is that of the machine that wrote it.
namespace pcap {

constexpr uint32_t magic_microseconds = 0xA1B2C3D4, magic_nanoseconds = 0xA1B23C4D;

enum LinkType { link_ethernet = 1, link_raw_old = 12, link_raw = 101, link_linux_cooked = 113, link_ipv4 = 228 };

struct Record {
    Timestamp time;
    uint32_t original_length = 0;
    uint32_t length = 0;
    unsigned char *bytes = nullptr;  // good until the next read(), and longer for who borrows them
    unsigned char *head = nullptr;   // bytes from head to bytes + length + tailroom belong to nobody else
    uint32_t tailroom = 0;
};

// Reads files, pipes and terminals alike: in blocks, which packets may borrow their bytes from. When the packets of one are
// gone by the time it is used up, it serves again, still in the processor's cache; a mapped file would bring a page fault
// for every page, another when a packet is written to, and an end with a signal when somebody cuts the file short.
class Reader {
  public:
    Reader() = default;
    ~Reader() { close(); }
    Reader(const Reader &) = delete;
    Reader &operator=(const Reader &) = delete;

    // "-" is the standard input. Returns the reason for a failure, empty on success.
    String open(const String &filename);
    void close();
    bool is_open() const { return _file >= 0; }

    enum Result { record, end, broken };
    // `broken`: problem() tells why; nothing more can be read.
    Result read(Record &result)
    {
        if (likely(ready()) || fill())
            return take(result);
        return no_record();
    }
    // True when read() will not have to ask the system, and gives a record of block().
    bool ready() const
    {
        size_t left = static_cast<size_t>(_limit - _next);
        return left >= record_header && left - record_header >= word(_next + 8);
    }
    const String &problem() const { return _problem; }
    // The block that the last record is in; null: its bytes are to be copied.
    PacketBlock *block() const { return _lent; }

    int link_type() const { return _link_type; }
    uint64_t position() const { return _position; }

  private:
    static constexpr size_t record_header = 16;
    // A block fits into a core's own cache with what else is used. With 64 of them lent, 8 MB, packets are copied instead.
    static constexpr size_t block_size = 128 << 10, block_front = 8;
    static constexpr size_t most_blocks = 64;

    uint32_t word(const unsigned char *p) const
    {
        uint32_t value;
        memcpy(&value, p, 4);
        return _swapped ? __builtin_bswap32(value) : value;
    }
    Result take(Record &result);
    Result no_record();
    bool fill();
    bool switch_block(size_t needed);
    PacketBlock *free_block();
    bool read_more(size_t needed);
    bool read_file_header();

    int _file = -1;
    bool _swapped = false;
    bool _nanoseconds = false;
    int _link_type = 0;
    int _misalignment = 0;  // of an address whose packet has its network header at a multiple of 4
    uint64_t _position = 0;
    String _problem;

    std::vector<PacketBlock *> _blocks;  // each held once by us
    size_t _turn = 0;                    // the next one to ask for
    PacketBlock *_own = nullptr;         // never lent
    PacketBlock *_current = nullptr;     // one of them
    PacketBlock *_lent = nullptr;        // _current, if packets may borrow from it
    unsigned char *_next = nullptr, *_limit = nullptr;  // what is read but not yet taken, in _current
};

// The record at _next, which is complete. Its bytes move to where the network header is aligned, over their own header.
inline Reader::Result Reader::take(Record &result)
{
    const unsigned char *header = _next;
    const uint32_t seconds = word(header), fraction = word(header + 4);
    result.time = _nanoseconds ? Timestamp::make_nsec(seconds, fraction) : Timestamp::make_usec(seconds, fraction);
    result.length = word(header + 8);
    result.original_length = word(header + 12);
    result.head = _next;
    result.bytes = _next + record_header;
    result.tailroom = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(result.bytes) - static_cast<uintptr_t>(_misalignment)) & 3;
    if (result.tailroom) {
        memmove(result.bytes - result.tailroom, result.bytes, result.length);
        result.bytes -= result.tailroom;
    }
    _next += record_header + result.length;
    _position += record_header + result.length;
    return record;
}

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

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "pcapfile.hh"
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/types.h>
#include <unistd.h>

namespace pcap {

namespace {

const uint32_t longest_record = 1 << 24;  // beyond any packet: the file is damaged
const size_t file_header = 24;

// As read(), but waits for what is not there yet.
ssize_t read_some(int file, void *to, size_t n)
{
    for (;;) {
        ssize_t got = ::read(file, to, n);
        if (got >= 0 || (errno != EINTR && errno != EAGAIN))
            return got;
        if (errno == EAGAIN) {
            pollfd wanted = {file, POLLIN, 0};
            poll(&wanted, 1, -1);
        }
    }
}

}  // namespace

String Reader::open(const String &filename)
{
    close();
    _position = 0;
    _problem = String();
    _file = filename == "-" ? STDIN_FILENO : ::open(filename.c_str(), O_RDONLY | O_CLOEXEC);
    if (_file < 0)
        return strerror(errno);
    if (!switch_block(file_header) || !read_more(file_header)) {
        String reason = _problem ? _problem : String("not a pcap file (shorter than its header)");
        close();
        return reason;
    }
    if (!read_file_header()) {
        close();
        return "not a pcap file (unknown magic number)";
    }
    return String();
}

bool Reader::read_file_header()
{
    uint32_t magic;
    memcpy(&magic, _next, 4);
    _swapped = magic == __builtin_bswap32(magic_microseconds) || magic == __builtin_bswap32(magic_nanoseconds);
    magic = word(_next);
    _nanoseconds = magic == magic_nanoseconds;
    _link_type = static_cast<int>(word(_next + 20) & 0x0FFFFFFF);
    _misalignment = _link_type == link_ethernet ? 2 : 0;
    _next += file_header;
    _position += file_header;
    return magic == magic_microseconds || magic == magic_nanoseconds;
}

void Reader::close()
{
    if (_file >= 0 && _file != STDIN_FILENO)
        ::close(_file);
    _file = -1;
    // Packets that still borrow from a block keep it.
    for (PacketBlock *block : _blocks)
        block->release(1);
    _blocks.clear();
    if (_own)
        _own->release(1);
    _own = _current = _lent = nullptr;
    _next = _limit = nullptr;
}

// What it means that fill() found no record.
Reader::Result Reader::no_record()
{
    const size_t left = static_cast<size_t>(_limit - _next);
    if (!_problem && left == 0)
        return end;
    if (!_problem)
        _problem = (left < record_header ? "truncated record header at byte " : "truncated record at byte ") + String(_position);
    _position += left;
    _next = _limit;
    return broken;
}

// Has a whole record at _next. False at the end of the file, with a damaged record, and without memory.
bool Reader::fill()
{
    if (_file < 0 || _problem)
        return false;
    size_t needed = record_header;
    if (static_cast<size_t>(_limit - _next) >= record_header) {
        uint32_t captured = word(_next + 8);
        if (captured > longest_record) {
            _problem = "record of " + String(captured) + " bytes at byte " + String(_position);
            return false;
        }
        needed += captured;
    }
    if (!switch_block(needed) || !read_more(needed))
        return false;
    return ready() || fill();
}

// Room for `needed` bytes at _next. When the current block has none, what is left moves to the start of another one.
bool Reader::switch_block(size_t needed)
{
    if (_current && _next + needed <= _current->bytes() + _current->size())
        return true;
    const size_t left = static_cast<size_t>(_limit - _next);
    PacketBlock *outgrown = nullptr;
    PacketBlock *block = _lent = needed + block_front <= block_size ? free_block() : nullptr;
    if (!block && (!_own || _own->size() < needed + block_front)) {
        outgrown = _own;
        _own = PacketBlock::make(std::max(block_size, needed + block_front));
    }
    if (!block && !(block = _own))
        _problem = "out of memory";
    if (block) {
        // Where the first record needs no move to be aligned; often that holds for those behind it too.
        unsigned char *start = block->bytes() + _misalignment;
        if (left)
            memmove(start, _next, left);
        _current = block;
        _next = start;
        _limit = start + left;
    }
    if (outgrown)
        outgrown->release(1);
    return block != nullptr;
}

// A block without packets, the current one if possible; null when there are enough of them, and all are in use.
PacketBlock *Reader::free_block()
{
    if (_current && _current != _own && _current->alone())
        return _current;
    for (size_t i = 0; i < _blocks.size(); ++i) {
        _turn = (_turn + 1) % _blocks.size();
        if (_blocks[_turn]->alone())
            return _blocks[_turn];
    }
    PacketBlock *block = _blocks.size() < most_blocks ? PacketBlock::make(block_size) : nullptr;
    if (block)
        _blocks.push_back(block);
    return block;
}

// Reads until `needed` bytes are at _next; false if the file ends before.
bool Reader::read_more(size_t needed)
{
    while (static_cast<size_t>(_limit - _next) < needed) {
        size_t room = static_cast<size_t>(_current->bytes() + _current->size() - _limit);
        ssize_t got = read_some(_file, _limit, room);
        if (got < 0)
            _problem = strerror(errno);
        if (got <= 0)
            return false;
        _limit += got;
    }
    return true;
}

}  // namespace pcap

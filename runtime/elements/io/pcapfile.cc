// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "pcapfile.hh"
#include <cerrno>
#include <cstring>

namespace pcap {

namespace {

const uint32_t magic_microseconds = 0xA1B2C3D4, magic_nanoseconds = 0xA1B23C4D;
const uint32_t longest_record = 1 << 24;  // beyond any packet: the file is damaged

}  // namespace

uint32_t Reader::word(const unsigned char *p) const
{
    uint32_t value;
    memcpy(&value, p, 4);
    return _swapped ? __builtin_bswap32(value) : value;
}

bool Reader::read_bytes(void *to, size_t n)
{
    size_t got = fread(to, 1, n, _file);
    _position += got;
    return got == n;
}

String Reader::open(const String &filename)
{
    close();
    _position = 0;
    _file = filename == "-" ? stdin : fopen(filename.c_str(), "rbe");
    if (!_file)
        return strerror(errno);
    unsigned char header[24];
    if (!read_bytes(header, sizeof(header))) {
        close();
        return "not a pcap file (shorter than its header)";
    }
    uint32_t magic;
    memcpy(&magic, header, 4);
    _swapped = magic == __builtin_bswap32(magic_microseconds) || magic == __builtin_bswap32(magic_nanoseconds);
    magic = word(header);
    if (magic != magic_microseconds && magic != magic_nanoseconds) {
        close();
        return "not a pcap file (unknown magic number)";
    }
    _nanoseconds = magic == magic_nanoseconds;
    _link_type = word(header + 20) & 0x0FFFFFFF;
    return String();
}

void Reader::close()
{
    if (_file && _file != stdin)
        fclose(_file);
    _file = nullptr;
}

Reader::Result Reader::read(Record &result)
{
    unsigned char header[16];
    uint64_t start = _position;
    if (!read_bytes(header, sizeof(header))) {
        if (_position == start)
            return end;
        _problem = "truncated record header at byte " + String(start);
        return broken;
    }
    uint32_t captured = word(header + 8);
    if (captured > longest_record) {
        _problem = "record of " + String(captured) + " bytes at byte " + String(start);
        return broken;
    }
    uint32_t fraction = word(header + 4);
    result.time = _nanoseconds ? Timestamp::make_nsec(word(header), fraction) : Timestamp::make_usec(word(header), fraction);
    result.original_length = word(header + 12);
    result.bytes.resize(captured);
    if (!read_bytes(result.bytes.data(), captured)) {
        _problem = "truncated record at byte " + String(start);
        return broken;
    }
    return record;
}

String Writer::open(const String &filename, int link_type, uint32_t snap_length, bool nanoseconds)
{
    close();
    _nanoseconds = nanoseconds;
    _file = filename == "-" ? stdout : fopen(filename.c_str(), "wbe");
    if (!_file)
        return strerror(errno);
    uint32_t header[6] = {nanoseconds ? magic_nanoseconds : magic_microseconds, 0, 0, 0, snap_length, static_cast<uint32_t>(link_type)};
    const uint16_t version[2] = {2, 4};
    memcpy(&header[1], version, 4);
    if (fwrite(header, sizeof(header), 1, _file) != 1)
        return strerror(errno);
    return String();
}

void Writer::close()
{
    if (_file == stdout)
        fflush(_file);
    else if (_file)
        fclose(_file);
    _file = nullptr;
}

bool Writer::write(const Timestamp &time, const unsigned char *data, uint32_t captured, uint32_t original)
{
    uint32_t fraction = _nanoseconds ? time.nsec() : time.usec();
    uint32_t header[4] = {static_cast<uint32_t>(time.sec()), fraction, captured, original};
    return fwrite(header, sizeof(header), 1, _file) == 1 && (captured == 0 || fwrite(data, captured, 1, _file) == 1);
}

bool Writer::flush()
{
    return !_file || fflush(_file) == 0;
}

}  // namespace pcap

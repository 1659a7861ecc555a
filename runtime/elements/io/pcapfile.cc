// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "pcapfile.hh"
#include <cerrno>
#include <cstring>

namespace pcap {

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

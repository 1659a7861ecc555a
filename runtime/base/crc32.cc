// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/crc32.h>
#include <array>

static constexpr std::array<uint32_t, 256> make_table()
{
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
        uint32_t crc = i << 24;
        for (int bit = 0; bit < 8; ++bit)
            crc = crc & 0x80000000u ? (crc << 1) ^ 0x04C11DB7u : crc << 1;
        table[i] = crc;
    }
    return table;
}

uint32_t update_crc(uint32_t crc, const char *data, int len)
{
    static constexpr std::array<uint32_t, 256> table = make_table();
    for (int i = 0; i < len; ++i)
        crc = (crc << 8) ^ table[(crc >> 24) ^ static_cast<unsigned char>(data[i])];
    return crc;
}

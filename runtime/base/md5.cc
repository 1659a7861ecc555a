// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/md5.h>
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace {

// RFC 1321 section 3.4: the integer part of 2^32 * |sin(i + 1)|.
struct Sines {
    uint32_t value[64];
    Sines()
    {
        for (int i = 0; i < 64; ++i)
            value[i] = static_cast<uint32_t>(std::floor(std::fabs(std::sin(i + 1.0)) * 4294967296.0));
    }
};

const int rotations[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

// The round's mixture of three words, and which word of the block step i takes.
uint32_t mix(int round, uint32_t b, uint32_t c, uint32_t d)
{
    switch (round) {
    case 0:
        return (b & c) | (~b & d);
    case 1:
        return (b & d) | (c & ~d);
    case 2:
        return b ^ c ^ d;
    default:
        return c ^ (b | ~d);
    }
}

int word_of(int i)
{
    static const int factor[] = {1, 5, 3, 7}, offset[] = {0, 1, 5, 0};
    return (factor[i / 16] * i + offset[i / 16]) % 16;
}

uint32_t little_word(const md5_byte_t *p)
{
    return p[0] | p[1] << 8 | p[2] << 16 | static_cast<uint32_t>(p[3]) << 24;
}

void process(md5_state_t *state)
{
    static const Sines sines;
    uint32_t a = state->digest[0], b = state->digest[1], c = state->digest[2], d = state->digest[3];
    for (int i = 0; i < 64; ++i) {
        int round = i / 16;
        uint32_t sum = a + mix(round, b, c, d) + sines.value[i] + little_word(state->block + 4 * word_of(i));
        a = d;
        d = c;
        c = b;
        b += std::rotl(sum, rotations[round][i % 4]);
    }
    state->digest[0] += a;
    state->digest[1] += b;
    state->digest[2] += c;
    state->digest[3] += d;
}

}  // namespace

int md5_init(md5_state_t *state)
{
    state->length = 0;
    state->digest[0] = 0x67452301;
    state->digest[1] = 0xEFCDAB89;
    state->digest[2] = 0x98BADCFE;
    state->digest[3] = 0x10325476;
    return 0;
}

void md5_append(md5_state_t *state, const md5_byte_t *data, int length)
{
    while (length > 0) {
        int used = static_cast<int>(state->length % 64);
        int n = std::min(length, 64 - used);
        memcpy(state->block + used, data, n);
        state->length += n;
        data += n;
        length -= n;
        if (used + n == 64)
            process(state);
    }
}

void md5_finish(md5_state_t *state, md5_byte_t digest[MD5_DIGEST_SIZE])
{
    const uint64_t bits = state->length * 8;
    static const md5_byte_t padding[64] = {0x80};
    md5_append(state, padding, 1 + static_cast<int>((119 - state->length % 64) % 64));
    md5_byte_t length[8];
    for (int i = 0; i < 8; ++i)
        length[i] = static_cast<md5_byte_t>(bits >> 8 * i);
    md5_append(state, length, 8);
    for (int i = 0; i < MD5_DIGEST_SIZE; ++i)
        digest[i] = static_cast<md5_byte_t>(state->digest[i / 4] >> 8 * (i % 4));
}

int md5_finish_text(md5_state_t *state, char *text, int allow_at)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@";
    md5_byte_t digest[MD5_DIGEST_SIZE];
    md5_finish(state, digest);
    unsigned bits = 0;
    int nbits = 0, n = 0;
    auto emit = [&]() {
        char c = letters[bits & 63];
        text[n++] = c == '@' && !allow_at ? '-' : c;
        bits >>= 6;
        nbits -= 6;
    };
    for (md5_byte_t byte : digest) {
        bits |= static_cast<unsigned>(byte) << nbits;
        nbits += 8;
        while (nbits >= 6)
            emit();
    }
    if (nbits > 0)
        emit();
    return n;
}

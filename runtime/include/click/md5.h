/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLICK_MD5_H
#define CLICK_MD5_H
#include <click/config.h>
#include <cstdint>

/* The MD5 message digest (RFC 1321): to compare data, not to protect it. */

typedef unsigned char md5_byte_t;
typedef struct md5_state_t {
    uint64_t length;  /* bytes so far */
    uint32_t digest[4];
    md5_byte_t block[64];
} md5_state_t;

enum { MD5_DIGEST_SIZE = 16, MD5_TEXT_DIGEST_SIZE = 22, MD5_TEXT_DIGEST_MAX_SIZE = 26 };

int md5_init(md5_state_t *state);
void md5_append(md5_state_t *state, const md5_byte_t *data, int length);
void md5_finish(md5_state_t *state, md5_byte_t digest[MD5_DIGEST_SIZE]);
/* The digest as MD5_TEXT_DIGEST_SIZE characters of a-z A-Z 0-9 _ @, six bits each, lowest first; no zero follows. With
 * `allow_at` false, `@` becomes `-`. Returns the number of characters. */
int md5_finish_text(md5_state_t *state, char *text, int allow_at);
static inline void md5_free(md5_state_t *) {}

#endif

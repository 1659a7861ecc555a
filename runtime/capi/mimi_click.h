/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine as a flat C surface, for a program that runs a router inside itself.
 *
 * Nothing here exits the process or lets an exception out. Functions that can fail return NULL or a negative number and
 * store a message, with Click's own words, in *error; the caller frees it with mimi_click_free(). A router is
 * used by one thread at a time.
 */
#ifndef MIMI_CLICK_H
#define MIMI_CLICK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mimi_click_router mimi_click_router;

/* A virtio-net view of a packet; csum_start counts from the first byte of the data. */
typedef struct mimi_click_offload {
    uint8_t flags;
    uint8_t gso_type;
    uint16_t gso_size;
    uint16_t hdr_len;
    uint16_t csum_start;
    uint16_t csum_offset;
} mimi_click_offload;

typedef struct mimi_click_packet {
    const uint8_t *data; /* stays until the next mimi_click_take() or mimi_click_destroy() of the router */
    size_t length;
    int64_t sec; /* timestamp annotation */
    uint32_t nsec;
    uint32_t dst_ip; /* annotation, network byte order */
    int port;        /* the MemoryOut's input */
    uint8_t paint;
    uint8_t has_offload;
    mimi_click_offload offload;
} mimi_click_packet;

enum {
    /* The clock of the whole process stands still but for mimi_click_run(), which moves it. */
    MIMI_CLICK_VIRTUAL_CLOCK = 1
};

/* `parameters` are NAME=VALUE, ended by NULL; it may be NULL. `name` stands in messages. */
mimi_click_router *mimi_click_create(const char *text, size_t length, const char *name, const char *const *parameters,
                                     int flags, char **error);
void mimi_click_destroy(mimi_click_router *router);

/* Hands a packet to the MemoryIn `element`, for its output `port`. `offload` may be NULL. */
int mimi_click_push(mimi_click_router *router, const char *element, int port, const void *data, size_t length,
                    const mimi_click_offload *offload, char **error);
/* The oldest packet of the MemoryOut `element`: 1, or 0 when there is none. */
int mimi_click_take(mimi_click_router *router, const char *element, mimi_click_packet *packet, char **error);

/* `*value` has `*value_length` bytes and a NUL behind them; the caller frees it. */
int mimi_click_read(mimi_click_router *router, const char *handler, const char *parameter, size_t parameter_length,
                    char **value, size_t *value_length, char **error);
int mimi_click_write(mimi_click_router *router, const char *handler, const char *data, size_t length, char **error);

/* Runs the driver until the first of: `packets` more packets have reached MemoryOut elements (negative: no limit); nothing is
 * left to do, if `until_idle`; `ns` nanoseconds of the router's clock have passed (negative: no limit); the router
 * stopped. Returns how many packets reached MemoryOut elements. With no limit at all it refuses. */
int64_t mimi_click_run(mimi_click_router *router, int64_t packets, int until_idle, int64_t ns, char **error);
/* Whether the router has not been stopped. */
int mimi_click_running(mimi_click_router *router);

void mimi_click_free(void *memory);

#ifdef __cplusplus
}
#endif

#endif

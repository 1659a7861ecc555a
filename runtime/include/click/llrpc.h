/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLICK_LLRPC_H
#define CLICK_LLRPC_H

/* Commands of Element::llrpc(): which way the data goes, how many bytes it has, and a number. A flat command's data holds
   no pointers: it can be called from another process, through a ControlSocket. */
#define CLICK_LLRPC_VOID 0x20000000u
#define CLICK_LLRPC_OUT 0x40000000u
#define CLICK_LLRPC_IN 0x80000000u
#define CLICK_LLRPC_SAFE 0x8000u
#define CLICK_LLRPC_FLAT 0x4000u
#define CLICK_LLRPC_COMMAND(flags, number, size) ((unsigned) ((flags) | (size) << 16 | (number)))
#define CLICK_LLRPC_SIZE(command) (((command) >> 16) & 0xFFF)

#define CLICK_LLRPC_BOTH (CLICK_LLRPC_IN | CLICK_LLRPC_OUT)
#define CLICK_LLRPC_GET_RATE CLICK_LLRPC_COMMAND(CLICK_LLRPC_BOTH | CLICK_LLRPC_SAFE | CLICK_LLRPC_FLAT, 1, 4)
#define CLICK_LLRPC_GET_RATES CLICK_LLRPC_COMMAND(CLICK_LLRPC_VOID | CLICK_LLRPC_SAFE, 2, 0)
#define CLICK_LLRPC_GET_COUNT CLICK_LLRPC_COMMAND(CLICK_LLRPC_BOTH | CLICK_LLRPC_SAFE | CLICK_LLRPC_FLAT, 3, 4)
#define CLICK_LLRPC_GET_COUNTS CLICK_LLRPC_COMMAND(CLICK_LLRPC_VOID | CLICK_LLRPC_SAFE, 4, 0)
#define CLICK_LLRPC_GET_SWITCH CLICK_LLRPC_COMMAND(CLICK_LLRPC_OUT | CLICK_LLRPC_SAFE | CLICK_LLRPC_FLAT, 5, 4)
#define CLICK_LLRPC_SET_SWITCH CLICK_LLRPC_COMMAND(CLICK_LLRPC_IN | CLICK_LLRPC_FLAT, 6, 4)
#define CLICK_LLRPC_MAP_IPADDRESS CLICK_LLRPC_COMMAND(CLICK_LLRPC_BOTH | CLICK_LLRPC_FLAT, 7, 4)
#define CLICK_LLRPC_IPREWRITER_MAP_TCP CLICK_LLRPC_COMMAND(CLICK_LLRPC_BOTH | CLICK_LLRPC_FLAT, 8, 12)
#define CLICK_LLRPC_IPREWRITER_MAP_UDP CLICK_LLRPC_COMMAND(CLICK_LLRPC_BOTH | CLICK_LLRPC_FLAT, 9, 12)
#define CLICK_LLRPC_IPRATEMON_LEVEL_FWD_AVG CLICK_LLRPC_COMMAND(CLICK_LLRPC_VOID, 10, 0)
#define CLICK_LLRPC_IPRATEMON_LEVEL_REV_AVG CLICK_LLRPC_COMMAND(CLICK_LLRPC_VOID, 11, 0)
#define CLICK_LLRPC_IPRATEMON_FWD_N_REV_AVG CLICK_LLRPC_COMMAND(CLICK_LLRPC_VOID, 12, 0)
#define CLICK_LLRPC_IPRATEMON_SET_ANNO_LEVEL CLICK_LLRPC_COMMAND(CLICK_LLRPC_VOID, 13, 0)

/* CLICK_LLRPC_GET_COUNTS: fills in the value that belongs to each of the first n keys. */
#define CLICK_LLRPC_COUNTS_SIZE 8
struct click_llrpc_counts_st {
    unsigned n;
    unsigned keys[CLICK_LLRPC_COUNTS_SIZE];
    unsigned values[CLICK_LLRPC_COUNTS_SIZE];
};

/* Copies between the caller's data and the element's; each is 0 on success. */
#define CLICK_LLRPC_GET_DATA(to, from, size) (memcpy((to), (from), (size)), 0)
#define CLICK_LLRPC_PUT_DATA(to, from, size) (memcpy((to), (from), (size)), 0)
#define CLICK_LLRPC_GET(to, from) (memcpy(&(to), (from), sizeof(to)), 0)
#define CLICK_LLRPC_PUT(to, from) (memcpy((to), &(from), sizeof(from)), 0)

#endif

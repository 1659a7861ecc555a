/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLICK_LLRPC_H
#define CLICK_LLRPC_H

/* Commands of Element::llrpc(): a number with the size of its data. Elements are called within the process, so data are
   simply copied. */
#define CLICK_LLRPC_COMMAND(number, size) ((unsigned) ((number) | (size) << 16))
#define CLICK_LLRPC_SIZE(command) (((command) >> 16) & 0x3FFF)

#define CLICK_LLRPC_GET_RATE CLICK_LLRPC_COMMAND(0, 4)
#define CLICK_LLRPC_GET_COUNT CLICK_LLRPC_COMMAND(1, 4)
#define CLICK_LLRPC_GET_COUNTS CLICK_LLRPC_COMMAND(2, 8)
#define CLICK_LLRPC_GET_SWITCH CLICK_LLRPC_COMMAND(3, 4)
#define CLICK_LLRPC_SET_SWITCH CLICK_LLRPC_COMMAND(4, 4)
#define CLICK_LLRPC_MAP_IPADDRESS CLICK_LLRPC_COMMAND(5, 4)
#define CLICK_LLRPC_REVMAP_IPADDRESS CLICK_LLRPC_COMMAND(6, 4)
#define CLICK_LLRPC_IPREWRITER_MAP_TCP CLICK_LLRPC_COMMAND(7, 12)
#define CLICK_LLRPC_IPREWRITER_MAP_UDP CLICK_LLRPC_COMMAND(8, 12)
#define CLICK_LLRPC_IPRATEMON_LEVEL_FWD_AVG CLICK_LLRPC_COMMAND(9, 1024)
#define CLICK_LLRPC_IPRATEMON_LEVEL_REV_AVG CLICK_LLRPC_COMMAND(10, 1024)
#define CLICK_LLRPC_IPRATEMON_FWD_N_REV_AVG CLICK_LLRPC_COMMAND(11, 2048)
#define CLICK_LLRPC_IPRATEMON_SET_ANNO_LEVEL CLICK_LLRPC_COMMAND(12, 12)
#define CLICK_LLRPC_SET_TIMESTAMP_SKEW CLICK_LLRPC_COMMAND(13, 8)
#define CLICK_LLRPC_ABANDON_HANDLER CLICK_LLRPC_COMMAND(14, 0)
#define CLICK_LLRPC_CALL_HANDLER CLICK_LLRPC_COMMAND(15, 0)

/* Copies between the caller's data and the element's; each is 0 on success. */
#define CLICK_LLRPC_GET_DATA(to, from, size) (memcpy((to), (from), (size)), 0)
#define CLICK_LLRPC_PUT_DATA(to, from, size) (memcpy((to), (from), (size)), 0)
#define CLICK_LLRPC_GET(to, from) ((to) = *(from), 0)
#define CLICK_LLRPC_PUT(to, from) (*(to) = (from), 0)

#endif

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "finishchecksum.hh"
#include <click/glue.hh>
#include <clicknet/ip.h>
#include <cstring>

Packet *finish_checksum(Packet *packet)
{
    int start = partial_checksum_start(packet);
    WritablePacket *writable = packet->uniqueify();
    if (!writable)
        return nullptr;
    if (start >= 0) {
        unsigned char *field = writable->data() + start + writable->offload().csum_offset;
        uint16_t sum = click_in_cksum(writable->data() + start, writable->length() - start);
        // UDP reads a zero as "no checksum"; its other spelling says the same to every protocol.
        if (sum == 0)
            sum = 0xFFFF;
        memcpy(field, &sum, sizeof(sum));
    }
    writable->clear_offload();
    return writable;
}

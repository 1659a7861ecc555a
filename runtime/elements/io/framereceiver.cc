// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "framereceiver.hh"
#include <cstring>
#include <linux/if_packet.h>
#include <sys/socket.h>

const char *const FrameReceiver::drop_names[ndrops] = {"no-memory", "truncated", "unknown-offload", "outgoing"};

WritablePacket *FrameReceiver::restore_tag(WritablePacket *packet, uint16_t type, uint16_t tci)
{
    packet = packet->push(4);
    if (!packet) {
        drop(drop_memory);
        return nullptr;
    }
    unsigned char *data = packet->data();
    memmove(data, data + 4, 12);
    data[12] = static_cast<unsigned char>(type >> 8);
    data[13] = static_cast<unsigned char>(type & 255);
    data[14] = static_cast<unsigned char>(tci >> 8);
    data[15] = static_cast<unsigned char>(tci & 255);
    return packet;
}

WritablePacket *FrameReceiver::restore_tag(const msghdr &message, WritablePacket *packet)
{
    msghdr *header = const_cast<msghdr *>(&message);
    for (cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
            continue;
        tpacket_auxdata aux;
        memcpy(&aux, CMSG_DATA(c), sizeof(aux));
        if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
            return packet;
        uint16_t type = aux.tp_status & TP_STATUS_VLAN_TPID_VALID ? aux.tp_vlan_tpid : 0x8100;
        return restore_tag(packet, type, aux.tp_vlan_tci);
    }
    return packet;
}

void FrameReceiver::describe(const VirtioHeader &vnet, WritablePacket *packet, uint32_t frame_start)
{
    if (vnet.flags == 0 && vnet.gso_type == VirtioHeader::gso_none)
        return;
    PacketOffload offload{};
    offload.flags = vnet.flags & (PacketOffload::needs_checksum | PacketOffload::data_valid);
    offload.gso_type = vnet.gso_type;
    offload.gso_size = vnet.gso_size;
    offload.hdr_len = static_cast<uint16_t>(vnet.hdr_len ? frame_start + vnet.hdr_len : 0);
    offload.csum_start = static_cast<uint16_t>(frame_start + vnet.csum_start);
    offload.csum_offset = vnet.csum_offset;
    packet->set_offload(offload);
    if (offload.gso_type != VirtioHeader::gso_none)
        gso.add(1);
}

void FrameReceiver::finish(WritablePacket *packet, unsigned packet_type)
{
    packet->set_packet_type_anno(static_cast<Packet::PacketType>(packet_type));
    packet->set_mac_header(packet->data());
    frames.add(1);
    bytes.add(packet->length());
}

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "arpframe.hh"
#include <cstring>

namespace {

const unsigned char fixed_part[8] = {0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4};  // type ARP; Ethernet, IPv4, lengths

IPAddress read_ip(const unsigned char *p)
{
    uint32_t address;
    memcpy(&address, p, 4);
    return IPAddress(address);
}

void write_ip(unsigned char *p, IPAddress address)
{
    uint32_t value = address.addr();
    memcpy(p, &value, 4);
}

}  // namespace

bool ArpMessage::read(const Packet *packet, ArpMessage &message)
{
    const unsigned char *frame = packet->data();
    if (packet->length() < frame_bytes || memcmp(frame + 12, fixed_part, sizeof(fixed_part)) != 0)
        return false;
    message.operation = frame[20] << 8 | frame[21];
    message.sender_ether = EtherAddress(frame + 22);
    message.sender_ip = read_ip(frame + 28);
    message.target_ether = EtherAddress(frame + 32);
    message.target_ip = read_ip(frame + 38);
    return true;
}

WritablePacket *ArpMessage::make_frame(const EtherAddress &destination) const
{
    WritablePacket *packet = Packet::make(Packet::default_headroom, nullptr, frame_bytes, 18);
    if (!packet)
        return nullptr;
    unsigned char *frame = packet->data();
    memcpy(frame, destination.data(), 6);
    memcpy(frame + 6, sender_ether.data(), 6);
    memcpy(frame + 12, fixed_part, sizeof(fixed_part));
    frame[20] = 0;
    frame[21] = operation;
    memcpy(frame + 22, sender_ether.data(), 6);
    write_ip(frame + 28, sender_ip);
    memcpy(frame + 32, target_ether.data(), 6);
    write_ip(frame + 38, target_ip);
    packet->set_mac_header(frame, 14);
    return packet;
}

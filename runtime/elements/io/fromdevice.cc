// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "fromdevice.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>
#include <click/router.hh>
#include <click/straccum.hh>
#include <cerrno>
#include <cstring>
#include <utility>
#include "hostfilter.hh"

const char *const FromDevice::drop_names[ndrops] = {"no-memory", "truncated", "unknown-offload", "outgoing"};

FromDevice::FromDevice() = default;

FromDevice::~FromDevice()
{
    release_slots();
}

int FromDevice::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String method = "PACKET";
    if (Args(conf, this, errh)
            .read_mp("DEVNAME", _device)
            .read_p("PROMISC", _options.promiscuous)
            .read("SNIFFER", _sniffer)
            .read("OUTBOUND", _options.outgoing)
            .read("TIMESTAMP", _timestamp)
            .read("BURST", _burst)
            .read("HEADROOM", _headroom)
            .read("METHOD", WordArg(), method)
            .read("ACTIVE", _active)
            .complete() < 0)
        return -1;
    if (method.upper() != "PACKET" && method.upper() != "LINUX")
        return errh->error("METHOD: expected PACKET, found %s", method.c_str());
    if (_burst < 1 || _burst > 256)
        return errh->error("BURST: expected 1 to 256, found %u", _burst);
    if (_headroom < 4 || _headroom > most_headroom)
        return errh->error("HEADROOM: expected 4 to %u, found %u", most_headroom, _headroom);
    // The IP header behind 14 bytes of Ethernet then starts at a multiple of 4.
    _headroom = (_headroom + 3) / 4 * 4 + 2;
    return 0;
}

int FromDevice::initialize(ErrorHandler *errh)
{
    String problem = _socket.open_for_receive(_device, _options);
    if (problem)
        return errh->error("FromDevice(%s): %s", _device.c_str(), problem.c_str());
    if (!_sniffer && hide_from_kernel(errh) < 0)
        return -1;

    _messages.resize(_burst);
    for (unsigned i = 0; i < _burst; ++i) {
        _slots.push_back(std::make_unique<Slot>());
        if (!prepare(*_slots[i], _messages[i].msg_hdr))
            return errh->error("out of memory");
    }
    if (_active)
        add_select(_socket.fd(), SELECT_READ);
    return 0;
}

void FromDevice::cleanup(CleanupStage)
{
    if (_socket.fd() >= 0)
        remove_select(_socket.fd(), SELECT_READ);
    reveal_to_kernel();
    _socket.close();
    release_slots();
}

void FromDevice::release_slots()
{
    for (auto &slot : _slots)
        for (WritablePacket *packet : {slot->small, slot->large})
            if (packet)
                packet->kill();
    _slots.clear();
}

int FromDevice::hide_from_kernel(ErrorHandler *errh)
{
    String problem = HostFilter::hide(_device);
    if (problem)
        return errh->error("FromDevice(%s): SNIFFER false: %s", _device.c_str(), problem.c_str());
    _hidden = true;
    return 0;
}

void FromDevice::reveal_to_kernel()
{
    if (_hidden)
        HostFilter::reveal(_device);
    _hidden = false;
}

// Makes the slot ready for one frame. False when there is no memory for it.
bool FromDevice::prepare(Slot &slot, msghdr &message)
{
    if (!slot.small && !(slot.small = Packet::make(_headroom, nullptr, small_bytes, 0)))
        return false;
    if (!slot.large && !(slot.large = Packet::make(_headroom, nullptr, large_bytes, 0)))
        return false;
    slot.parts[0] = {&slot.vnet, sizeof(slot.vnet)};
    slot.parts[1] = {slot.small->data(), small_bytes};
    // The long packet keeps room in front for the part that the small one receives.
    slot.parts[2] = {slot.large->data() + small_bytes, large_bytes - small_bytes};
    bool vnet = _socket.vnet_header();
    message = msghdr{};
    message.msg_name = &slot.from;
    message.msg_namelen = sizeof(slot.from);
    message.msg_iov = slot.parts.data() + (vnet ? 0 : 1);
    message.msg_iovlen = vnet ? 3 : 2;
    message.msg_control = slot.control;
    message.msg_controllen = sizeof(slot.control);
    return true;
}

void FromDevice::selected(int, int)
{
    for (int i = 0; i < rounds && _active; ++i)
        if (!receive_round())
            break;
}

// One system call's worth of frames. True when there may be more to read at once.
bool FromDevice::receive_round()
{
    int n = recvmmsg(_socket.fd(), _messages.data(), _burst, MSG_DONTWAIT, nullptr);
    if (n < 0) {
        // EINVAL: the kernel could not describe the frame's offload to us, and has discarded the frame.
        if (errno == EINVAL)
            drop(drop_offload);
        return errno == EINVAL || errno == EINTR;
    }
    PacketBatch *batch = nullptr;
    for (int i = 0; i < n; ++i) {
        Packet *packet = accept(*_slots[i], _messages[i]);
        if (!packet)
            ;
        else if (batch)
            batch->append_packet(packet);
        else
            batch = PacketBatch::make_from_packet(packet);
        if (!prepare(*_slots[i], _messages[i].msg_hdr)) {
            _messages[i].msg_hdr.msg_iovlen = 0;
            drop(drop_memory);
        }
    }
    if (batch)
        push_out(batch);
    return n == int(_burst);
}

void FromDevice::push_out(PacketBatch *batch)
{
    _batches.fetch_add(1, std::memory_order_relaxed);
    if (_timestamp) {
        Timestamp now = Timestamp::now();
        FOR_EACH_PACKET(batch, packet)
            packet->set_timestamp_anno(now);
    }
    output_push_batch(0, batch);
}

// The packet in a filled slot, or null when it must be dropped.
Packet *FromDevice::accept(Slot &slot, const mmsghdr &message)
{
    if (slot.from.sll_pkttype == PACKET_OUTGOING && !_options.outgoing) {
        drop(drop_outgoing);
        return nullptr;
    }
    size_t header = _socket.vnet_header() ? sizeof(slot.vnet) : 0;
    if ((message.msg_hdr.msg_flags & MSG_TRUNC) || message.msg_len < header + 14) {
        drop(drop_truncated);
        return nullptr;
    }
    WritablePacket *packet = assemble(slot, message.msg_len - header);
    uint32_t frame_start = packet->headroom();
    if (!restore_tag(message.msg_hdr, packet))
        return nullptr;
    describe(slot, packet, frame_start);
    packet->set_packet_type_anno(static_cast<Packet::PacketType>(slot.from.sll_pkttype));
    packet->set_mac_header(packet->data());
    _count.fetch_add(1, std::memory_order_relaxed);
    _bytes.fetch_add(packet->length(), std::memory_order_relaxed);
    return packet;
}

WritablePacket *FromDevice::assemble(Slot &slot, size_t length)
{
    if (length <= small_bytes) {
        WritablePacket *packet = std::exchange(slot.small, nullptr);
        packet->take(small_bytes - length);
        return packet;
    }
    WritablePacket *packet = std::exchange(slot.large, nullptr);
    memcpy(packet->data(), slot.small->data(), small_bytes);
    packet->take(large_bytes - length);
    return packet;
}

// The kernel takes an outermost VLAN tag out of the frame; puts it back. False when the packet is gone.
bool FromDevice::restore_tag(const msghdr &message, WritablePacket *&packet)
{
    msghdr *header = const_cast<msghdr *>(&message);
    for (cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
            continue;
        tpacket_auxdata aux;
        memcpy(&aux, CMSG_DATA(c), sizeof(aux));
        if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
            return true;
        uint16_t type = aux.tp_status & TP_STATUS_VLAN_TPID_VALID ? aux.tp_vlan_tpid : 0x8100;
        if (!(packet = packet->push(4))) {
            drop(drop_memory);
            return false;
        }
        unsigned char *data = packet->data();
        memmove(data, data + 4, 12);
        data[12] = type >> 8;
        data[13] = type & 255;
        data[14] = aux.tp_vlan_tci >> 8;
        data[15] = aux.tp_vlan_tci & 255;
        return true;
    }
    return true;
}

// Notes what the sender left unfinished; offsets count from the buffer's start.
void FromDevice::describe(const Slot &slot, WritablePacket *packet, uint32_t frame_start)
{
    if (!_socket.vnet_header() || (slot.vnet.flags == 0 && slot.vnet.gso_type == VirtioHeader::gso_none))
        return;
    PacketOffload offload{};
    offload.flags = slot.vnet.flags & (PacketOffload::needs_checksum | PacketOffload::data_valid);
    offload.gso_type = slot.vnet.gso_type;
    offload.gso_size = slot.vnet.gso_size;
    offload.hdr_len = slot.vnet.hdr_len ? frame_start + slot.vnet.hdr_len : 0;
    offload.csum_start = frame_start + slot.vnet.csum_start;
    offload.csum_offset = slot.vnet.csum_offset;
    packet->set_offload(offload);
    if (offload.gso_type != VirtioHeader::gso_none)
        _gso.fetch_add(1, std::memory_order_relaxed);
}

String FromDevice::read_handler(Element *element, void *user_data)
{
    FromDevice *f = static_cast<FromDevice *>(element);
    StringAccum sa;
    uint64_t total = 0;
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_count:
        return String(f->_count.load());
    case h_bytes:
        return String(f->_bytes.load());
    case h_batches:
        return String(f->_batches.load());
    case h_gso:
        return String(f->_gso.load());
    case h_drops:
        for (auto &n : f->_drops)
            total += n.load();
        return String(total);
    case h_details:
        for (int i = 0; i < ndrops; ++i)
            sa << drop_names[i] << ' ' << f->_drops[i].load() << '\n';
        return sa.take_string();
    case h_kernel_drops:
        return String(f->_socket.kernel_drops());
    default:
        return BoolArg::unparse(f->_active);
    }
}

int FromDevice::write_handler(const String &value, Element *element, void *user_data, ErrorHandler *errh)
{
    FromDevice *f = static_cast<FromDevice *>(element);
    if (user_data) {  // active
        bool active;
        if (!BoolArg().parse(cp_uncomment(value), active))
            return errh->error("expected boolean");
        if (active != f->_active && f->_socket.fd() >= 0) {
            if (active)
                f->add_select(f->_socket.fd(), SELECT_READ);
            else
                f->remove_select(f->_socket.fd(), SELECT_READ);
        }
        f->_active = active;
        return 0;
    }
    f->_count = f->_bytes = f->_batches = f->_gso = 0;
    for (auto &n : f->_drops)
        n = 0;
    return 0;
}

void FromDevice::add_handlers()
{
    add_read_handler("count", read_handler, h_count);
    add_read_handler("byte_count", read_handler, h_bytes);
    add_read_handler("batches", read_handler, h_batches);
    add_read_handler("gso_count", read_handler, h_gso);
    add_read_handler("drops", read_handler, h_drops);
    add_read_handler("drop_details", read_handler, h_details);
    add_read_handler("kernel-drops", read_handler, h_kernel_drops);
    add_read_handler("active", read_handler, h_active, Handler::CHECKBOX);
    add_write_handler("active", write_handler, 1);
    add_write_handler("reset_counts", write_handler, 0, Handler::BUTTON);
}

EXPORT_ELEMENT(FromDevice)
ELEMENT_REQUIRES(userlevel)

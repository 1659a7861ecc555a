// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "kerneltun.hh"
#include <click/args.hh>
#include <click/batchbuilder.hh>
#include <click/error.hh>
#include <click/standard/scheduleinfo.hh>
#include <click/straccum.hh>
#include <clicknet/ether.h>
#include <clicknet/ip.h>
#include <cerrno>
#include <cstring>
#include "markedip.hh"
#include "runtime/elements/ip/finishchecksum.hh"
#include "runtime/elements/ip/segments.hh"

namespace {

constexpr int most_headroom = 8192;
constexpr unsigned most_burst = 1024;
constexpr int longest_packet = 65535;
constexpr int link_bytes = 18;  // Ethernet with a VLAN tag

}  // namespace

const char *const KernelTun::drop_names[ndrops] = {"not-ip", "too-short", "too-long", "truncated", "no-room", "refused", "no-memory"};

void *KernelTun::cast(const char *name)
{
    return strcmp(name, "KernelTun") == 0 ? this : BatchElement::cast(name);
}

int KernelTun::configure(Vector<String> &conf, ErrorHandler *errh)
{
    int headroom = Packet::default_headroom;
    bool headroom_given = false;
    if (Args(conf, this, errh)
            .read_mp("ADDR", IPPrefixArg(), _options.address, _options.mask)
            .read_p("GATEWAY", _options.gateway)
            .read("TAP", _tap)
            .read("HEADROOM", headroom).read_status(headroom_given)
            .read("BURST", _burst)
            .read("ETHER", _options.ether)
            .read("IGNORE_QUEUE_OVERFLOWS", _quiet)
            .read("MTU", _options.mtu)
            .read("DEV_NAME", _options.name)
            .read("DEVNAME", _options.name)
            .complete() < 0)
        return -1;
    if (headroom < 0 || headroom > most_headroom)
        return errh->error("HEADROOM: expected 0 to %d, found %d", most_headroom, headroom);
    // The IP header then starts at a multiple of 4.
    _headroom = static_cast<unsigned>(headroom_given ? headroom : (headroom + 3) / 4 * 4 + (_tap ? 2 : 0));
    _options.tap = _tap;
    return check(errh);
}

int KernelTun::check(ErrorHandler *errh) const
{
    const IPAddress &gateway = _options.gateway;
    if (gateway && !gateway.matches_prefix(_options.address, _options.mask))
        return errh->error("GATEWAY: expected an address of %s, found %s",
                           _options.address.unparse_with_mask(_options.mask).c_str(), gateway.unparse().c_str());
    if (_burst < 1 || _burst > most_burst)
        return errh->error("BURST: expected 1 to %u, found %u", most_burst, _burst);
    if (_options.mtu < 68 || _options.mtu > longest_packet)
        return errh->error("MTU: expected 68 to %d, found %d", longest_packet, _options.mtu);
    if (_options.name.length() > 15)
        return errh->error("DEVNAME: expected at most 15 characters, found '%s'", _options.name.c_str());
    if (_options.ether && !_tap)
        errh->warning("ETHER has no effect: IP packets have no Ethernet address");
    return 0;
}

// Whether the other one's device is the one that we want, by its name.
bool KernelTun::has_device_of(const KernelTun *old) const
{
    return old && old->_device.fd() >= 0 && (_options.name == old->_options.name || _options.name == old->_device.name());
}

bool KernelTun::follows(const KernelTun *old) const
{
    if (!has_device_of(old))
        return false;
    TunDevice::Options theirs = old->_options;
    theirs.name = _options.name;
    return _options == theirs;
}

int KernelTun::open_device(ErrorHandler *errh)
{
    String problem = _device.open(_options);
    if (!problem)
        return 0;
    Element *before = hotswap_element();
    const char *hint = "";
    if (_options.name && has_device_of(before ? static_cast<KernelTun *>(before->cast("KernelTun")) : nullptr))
        hint = "; the router that runs has it with other settings, and a hot swap keeps a device as it is: expected the same address, "
               "GATEWAY, MTU, ETHER and kind";
    return errh->error("%s: %s%s", _options.name ? _options.name.c_str() : "a new device", problem.c_str(), hint);
}

int KernelTun::initialize(ErrorHandler *errh)
{
    // If the router that this one replaces has the device, take_state() will have it.
    Element *before = hotswap_element();
    bool inherits = before && follows(static_cast<KernelTun *>(before->cast("KernelTun")));
    if (!inherits && open_device(errh) < 0)
        return -1;
    if (ninputs() && input_is_pull(0)) {
        ScheduleInfo::initialize_task(this, &_task, true, errh);
        _signal = Notifier::upstream_empty_signal(this, 0, &_task);
    }
    if (!inherits)
        add_select(_device.fd(), SELECT_READ);
    return 0;
}

void KernelTun::take_state(Element *old_element, ErrorHandler *)
{
    KernelTun *old = static_cast<KernelTun *>(old_element->cast("KernelTun"));
    if (_device.fd() >= 0 || !follows(old))
        return;
    old->remove_select(old->_device.fd(), SELECT_READ);
    _device.take(old->_device);
    add_select(_device.fd(), SELECT_READ);
}

void KernelTun::cleanup(CleanupStage)
{
    if (_device.fd() >= 0)
        remove_select(_device.fd(), SELECT_READ);
    _device.close();
}

// ---- from the host

void KernelTun::selected(int, int)
{
    ++_selected_calls;
    PacketList good, bad;
    Timestamp now = Timestamp::now();
    bool more = true;
    for (unsigned i = 0; i < _burst && more; ++i) {
        TunDevice::Arrival arrival;
        WritablePacket *packet = Packet::make(_headroom, nullptr, static_cast<uint32_t>(_options.mtu + link_bytes), 0);
        if (!packet) {
            ++_drops[no_memory];
            break;
        }
        ssize_t length = _device.read(packet->data(), packet->length(), arrival);
        if (length < 0) {
            read_failed(errno);
            packet->kill();
            break;
        }
        ++_received;
        packet->take(packet->length() - static_cast<uint32_t>(length));
        packet->set_timestamp_anno(now);
        (sound(packet, arrival) ? good : bad).append(packet);
    }
    if (PacketBatch *batch = good.finish())
        output(0).push_batch(batch);
    if (PacketBatch *batch = bad.finish())
        checked_output_push_batch(1, batch);
}

bool KernelTun::sound(WritablePacket *packet, const TunDevice::Arrival &arrival)
{
    if (arrival.truncated)
        return drop(truncated, nullptr);
    if (_tap) {
        packet->set_mac_header(packet->data(), sizeof(click_ether));
        return true;
    }
    bool ip = arrival.protocol == ETHERTYPE_IP || arrival.protocol == ETHERTYPE_IP6;
    return (ip && mark_as_ip(packet)) || drop(not_ip, nullptr);
}

void KernelTun::read_failed(int error)
{
    if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR)
        return;
    click_chatter("%s: %s: %s", declaration().c_str(), _device.name().c_str(), strerror(error));
    // Such a descriptor stays readable for ever: somebody has removed the device.
    if (error == EBADFD || error == EFAULT || error == EBADF)
        remove_select(_device.fd(), SELECT_READ);
}

// ---- to the host

bool KernelTun::drop(Drop reason, const char *words)
{
    if (words && _drops[reason] == 0)
        click_chatter("%s: %s: dropped a packet: %s", declaration().c_str(), _device.name().c_str(), words);
    ++_drops[reason];
    return false;
}

bool KernelTun::fit(Packet *packet, uint16_t &protocol)
{
    uint32_t link = 0;
    if (_tap) {
        link = sizeof(click_ether);
        if (packet->length() < link)
            return drop(too_short, "shorter than an Ethernet header");
        protocol = ntohs(reinterpret_cast<const click_ether *>(packet->data())->ether_type);
    } else {
        if (!packet->has_network_header() || packet->network_length() < static_cast<int>(sizeof(click_ip)))
            return drop(not_ip, "no IP header is marked; put MarkIPHeader or CheckIPHeader in front");
        int version = packet->ip_header()->ip_v;
        if (version != 4 && version != 6)
            return drop(not_ip, "its IP version is neither 4 nor 6");
        protocol = version == 4 ? ETHERTYPE_IP : ETHERTYPE_IP6;
        int offset = packet->network_header_offset();
        packet->change_headroom_and_length(packet->headroom() + offset, static_cast<uint32_t>(packet->network_length()));
    }
    if (packet->length() - link > static_cast<uint32_t>(_options.mtu) && !is_gso(packet))
        return drop(too_long, "longer than the MTU");
    return true;
}

void KernelTun::write_failed(int error)
{
    bool full = error == EAGAIN || error == ENOBUFS || error == ENOMEM;
    ++_drops[full ? no_room : refused];
    if (full && _quiet && _told_no_room)
        return;
    _told_no_room = _told_no_room || full;
    click_chatter("%s: %s: %s", declaration().c_str(), _device.name().c_str(), strerror(error));
}

void KernelTun::push(int, Packet *packet)
{
    uint16_t protocol = 0;
    if (fit(packet, protocol)) {
        if (_device.write(packet, protocol) >= 0)
            ++_sent;
        else
            write_failed(errno);
    }
    packet->kill();
}

void KernelTun::push_batch(int port, PacketBatch *batch)
{
    FOR_EACH_PACKET_SAFE(batch, packet)
        push(port, packet);
}

bool KernelTun::run_task(Task *)
{
    PacketBatch *batch = input(0).pull_batch(_burst);
    if (batch)
        push_batch(0, batch);
    if (batch || _signal)
        _task.fast_reschedule();
    return batch != nullptr;
}

// ---- handlers

String KernelTun::read_handler(Element *element, void *user_data)
{
    KernelTun *tun = static_cast<KernelTun *>(element);
    StringAccum sa;
    uint64_t total = 0;
    for (int i = 0; i < ndrops; ++i) {
        total += tun->_drops[i];
        sa << drop_names[i] << ' ' << tun->_drops[i].value() << '\n';
    }
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case 0:
        return tun->_device.name();
    case 1:
        return String(total);
    default:
        return sa.take_string();
    }
}

void KernelTun::add_handlers()
{
    add_read_handler("dev_name", read_handler, 0);
    add_read_handler("drops", read_handler, 1);
    add_read_handler("drop_details", read_handler, 2);
    add_counter_handler(this, "packets", &_received);
    add_counter_handler(this, "sent", &_sent);
    add_data_handlers("selected_calls", Handler::OP_READ, &_selected_calls);
    if (ninputs() && input_is_pull(0))
        add_task_handlers(&_task);
}

EXPORT_ELEMENT(KernelTun)
ELEMENT_REQUIRES(userlevel)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "arpquerier.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/router.hh>
#include <click/straccum.hh>
#include <clicknet/ether.h>
#include <clicknet/ip.h>
#include <algorithm>
#include <cstring>
#include "arpframe.hh"

const char *const ARPQuerier::drop_names[ndrops] = {"no-address", "short", "no-memory"};

ARPQuerier::ARPQuerier() : _timer(this) {}

int ARPQuerier::configure(Vector<String> &conf, ErrorHandler *errh)
{
    ArpCache::Limits limits;
    Timestamp poll(60, 0);
    ARPTable *table = nullptr;
    IPAddress ip, mask, broadcast;
    EtherAddress ether;
    bool have_broadcast = false;
    // A lone name stands for both addresses.
    bool lone = conf.size() == 1 || (conf.size() > 1 && !EtherAddressArg().parse(conf[1], ether, this));
    if (lone && conf.size() > 0 && EtherAddressArg().parse(conf[0], ether, this))
        conf.insert(conf.begin() + 1, conf[0]);
    Args args(conf, this, errh);
    ARPTable::read_limits(args, limits);
    if (args.read_mp("IP", IPPrefixArg(true), ip, mask)
            .read_mp("ETHER", ether)
            .read("TABLE", ElementCastArg("ARPTable"), table)
            .read("POLL_TIMEOUT", poll)
            .read("BROADCAST_POLL", _broadcast_poll)
            .read("BROADCAST", broadcast).read_status(have_broadcast)
            .complete() < 0)
        return -1;
    use_table(table, limits);
    std::lock_guard<std::recursive_mutex> guard(_table->lock);
    _poll = poll;
    _ip = ip;
    _mask = mask;
    _ether = ether;
    _broadcast = have_broadcast ? broadcast : IPAddress(ip.addr() | ~mask.addr());
    // A host prefix has no broadcast address.
    if (!have_broadcast && _broadcast == _ip)
        _broadcast = IPAddress(0xFFFFFFFFU);
    return 0;
}

void ARPQuerier::use_table(ARPTable *table, const ArpCache::Limits &limits)
{
    if (!table) {
        if (!_own)
            _own = std::make_unique<ARPTable>();
        std::lock_guard<std::recursive_mutex> guard(_own->lock);
        _own->cache.set_limits(limits);
        table = _own.get();
    }
    _table = table;
}

int ARPQuerier::initialize(ErrorHandler *)
{
    _timer.initialize(this);
    _table->send = [this](const std::vector<Packet *> &packets, const EtherAddress &destination) { send(packets, destination); };
    return 0;
}

void *ARPQuerier::cast(const char *name)
{
    return strcmp(name, "ARPTable") == 0 ? _table : BatchElement::cast(name);
}

// A table of others takes care of itself.
void ARPQuerier::take_state(Element *old_element, ErrorHandler *)
{
    ARPQuerier *old = dynamic_cast<ARPQuerier *>(old_element);
    if (old && old->_own && _own) {
        _own->cache.take(old->_own->cache);
        schedule(Timestamp::now_steady());
    }
}

void ARPQuerier::cleanup(CleanupStage)
{
    if (_own)
        _own->cache.clear();
    else if (_table)
        _table->send = nullptr;
}

void ARPQuerier::drop(Packet *packet, Drop reason)
{
    ++_drops[reason];
    packet->kill();
}

uint64_t ARPQuerier::drops() const
{
    uint64_t total = _table->drops();
    for (uint64_t n : _drops)
        total += n;
    return total;
}

IPAddress ARPQuerier::next_hop(const Packet *packet)
{
    IPAddress address = packet->dst_ip_anno();
    // Whoever marked the header may not have looked at the packet's length.
    if (!address && packet->has_network_header() && packet->network_length() >= static_cast<int>(sizeof(click_ip)))
        address = IPAddress(packet->ip_header()->ip_dst);
    return address;
}

Packet *ARPQuerier::framed(Packet *packet, const EtherAddress &destination)
{
    WritablePacket *frame = packet->push_mac_header(sizeof(click_ether));
    if (!frame) {
        ++_drops[drop_memory];
        return nullptr;
    }
    click_ether *header = frame->ether_header();
    memcpy(header->ether_dhost, destination.data(), 6);
    memcpy(header->ether_shost, _ether.data(), 6);
    header->ether_type = htons(ETHERTYPE_IP);
    return frame;
}

// Where packets to many go: there is nobody to be asked.
bool ARPQuerier::group_address(IPAddress address, EtherAddress &ether) const
{
    if (address == _broadcast || address == IPAddress(0xFFFFFFFFU)) {
        ether = EtherAddress::make_broadcast();
        return true;
    }
    if (!address.is_multicast())
        return false;
    uint32_t group = ntohl(address.addr());
    unsigned char bytes[6] = {1, 0, 0x5E, static_cast<unsigned char>(group >> 16 & 0x7F),
                              static_cast<unsigned char>(group >> 8), static_cast<unsigned char>(group)};
    ether = EtherAddress(bytes);
    return true;
}

// The packet in its frame, or null when it waits or is lost. No lock while the answer is known and fresh.
Packet *ARPQuerier::frame(Packet *packet, const Timestamp &now)
{
    IPAddress address = next_hop(packet);
    EtherAddress destination;
    ArpAnswers::Verdict verdict = _table->cache.answers().find(address, now, _poll, destination);
    if (verdict == ArpAnswers::serves || (verdict == ArpAnswers::none && group_address(address, destination)))
        return framed(packet, destination);
    return frame_slowly(packet, address, now);
}

Packet *ARPQuerier::frame_slowly(Packet *packet, IPAddress address, const Timestamp &now)
{
    std::lock_guard<std::recursive_mutex> guard(_table->lock);
    EtherAddress destination;
    if (ArpCache::Entry *entry = _table->cache.find(address); entry && _table->cache.known(*entry, now)) {
        destination = entry->ether;
        if (_poll && now - entry->confirmed >= _poll && _table->cache.may_query(*entry, now))
            query(address, _broadcast_poll ? EtherAddress::make_broadcast() : destination, packet->timestamp_anno());
        return framed(packet, destination);
    }
    if (!address) {
        drop(packet, drop_no_address);
        return nullptr;
    }
    if (group_address(address, destination))
        return framed(packet, destination);
    return hold(packet, address, now);
}

Packet *ARPQuerier::hold(Packet *packet, IPAddress address, const Timestamp &now)
{
    ArpCache::Entry *entry = _table->cache.obtain(address, now);
    Timestamp time = packet->timestamp_anno();
    bool ask = _table->cache.may_query(*entry, now);
    _table->cache.wait(*entry, packet, now);
    schedule(_table->cache.end_of(*entry));
    if (ask)
        query(address, EtherAddress::make_broadcast(), time);
    return nullptr;
}

// The timer fires at the earliest of what was asked for.
void ARPQuerier::schedule(const Timestamp &when)
{
    if (!when || (_timer_due && _timer_due <= when))
        return;
    _timer_due = when;
    _timer.schedule_at_steady(when);
}

void ARPQuerier::query(IPAddress address, const EtherAddress &destination, const Timestamp &time)
{
    ArpMessage request;
    request.operation = ArpMessage::request;
    request.sender_ether = _ether;
    request.sender_ip = _ip;
    request.target_ip = address;
    if (WritablePacket *frame = request.make_frame(destination)) {
        ++_queries;
        frame->set_timestamp_anno(time);
        output(noutputs() - 1).push(frame);
    }
}

void ARPQuerier::push(int port, Packet *packet)
{
    if (port == 1) {
        std::lock_guard<std::recursive_mutex> guard(_table->lock);
        handle_arp(packet);
    } else if (Packet *result = frame(packet, Timestamp::recent_steady()))
        output(0).push(result);
}

void ARPQuerier::push_batch(int port, PacketBatch *batch)
{
    if (port == 1) {
        std::lock_guard<std::recursive_mutex> guard(_table->lock);
        FOR_EACH_PACKET_SAFE(batch, packet) {
            packet->set_next(nullptr);
            handle_arp(packet);
        }
        return;
    }
    const Timestamp now = Timestamp::recent_steady();
    auto framed_now = [&](Packet *packet) { return frame(packet, now); };
    EXECUTE_FOR_EACH_PACKET_DROPPABLE(framed_now, batch, [](Packet *) {});
    if (batch)
        output_push_batch(0, batch);
}

// RFC 826: an answer is always taken; a request only refreshes what is already known of its sender.
void ARPQuerier::handle_arp(Packet *packet)
{
    ArpMessage message;
    if (!ArpMessage::read(packet, message)) {
        drop(packet, drop_short);
        return;
    }
    bool usable = message.sender_ip && message.sender_ip != _ip && !message.sender_ether.is_group();
    if (usable && (message.operation == ArpMessage::reply || _table->cache.find(message.sender_ip))) {
        ++_responses;
        learn(message.sender_ip, message.sender_ether);
    }
    packet->kill();
}

void ARPQuerier::learn(IPAddress address, const EtherAddress &ether)
{
    Timestamp now = Timestamp::recent_steady();
    _table->cache.learn(address, ether, now, [&](const std::vector<Packet *> &ready) { send(ready, ether); });
    if (ArpCache::Entry *entry = _table->cache.find(address))
        schedule(_table->cache.end_of(*entry));
}

void ARPQuerier::send(const std::vector<Packet *> &packets, const EtherAddress &destination)
{
    for (Packet *packet : packets)
        if (Packet *result = framed(packet, destination))
            output(0).push(result);
}

void ARPQuerier::run_timer(Timer *)
{
    std::lock_guard<std::recursive_mutex> guard(_table->lock);
    _timer_due = Timestamp();
    _table->cache.expire(Timestamp::now_steady());
    schedule(_table->cache.next_expiry());
}

String ARPQuerier::read_handler(Element *element, void *user_data)
{
    ARPQuerier *q = static_cast<ARPQuerier *>(element);
    std::lock_guard<std::recursive_mutex> guard(q->_table->lock);
    StringAccum sa;
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_drops:
        return String(q->drops());
    case h_stats:
        sa << q->drops() << " packets killed\n" << q->_queries << " ARP queries sent\n";
        return sa.take_string();
    default:
        for (int i = 0; i < ndrops; ++i)
            sa << drop_names[i] << ' ' << q->_drops[i].value() << '\n';
        sa << "backlog " << q->_table->cache.lost().backlog << "\nunresolved " << q->_table->cache.lost().unresolved << '\n';
        return sa.take_string();
    }
}

int ARPQuerier::announce(const String &text, ErrorHandler *errh)
{
    Vector<String> words;
    cp_spacevec(text, words);
    std::vector<IPAddress> addresses;
    for (int i = 0; i < words.size(); ++i) {
        IPAddress address;
        if (!IPAddressArg().parse(words[i], address, this))
            return errh->error("'%s': expected IP address", words[i].c_str());
        addresses.push_back(address);
    }
    if (addresses.empty())
        addresses.push_back(_ip);
    for (IPAddress address : addresses) {
        ArpMessage message;
        message.operation = ArpMessage::request;
        message.sender_ether = _ether;
        message.sender_ip = message.target_ip = address;
        if (WritablePacket *frame = message.make_frame(EtherAddress::make_broadcast()))
            output(noutputs() - 1).push(frame);
    }
    return 0;
}

int ARPQuerier::announce_handler(const String &text, Element *element, void *, ErrorHandler *errh)
{
    ARPQuerier *q = static_cast<ARPQuerier *>(element);
    std::lock_guard<std::recursive_mutex> guard(q->_table->lock);
    return q->announce(text, errh);
}

void ARPQuerier::add_handlers()
{
    ARPTable::add_table_handlers(this);
    add_write_handler("announce", announce_handler);
    add_read_handler("drops", read_handler, h_drops);
    add_read_handler("drop_details", read_handler, h_details);
    add_read_handler("stats", read_handler, h_stats);
    add_counter_handler(this, "queries", &_queries);
    add_counter_handler(this, "responses", &_responses);
    add_data_handlers("ipaddr", Handler::OP_READ | Handler::OP_WRITE, &_ip);
    add_data_handlers("ethaddr", Handler::OP_READ | Handler::OP_WRITE, &_ether);
    add_data_handlers("broadcast", Handler::OP_READ, &_broadcast);
}

EXPORT_ELEMENT(ARPQuerier)

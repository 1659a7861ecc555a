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

const char *const ARPQuerier::drop_names[ndrops] = {"no-address", "short", "backlog", "unresolved", "no-memory"};

ARPQuerier::ARPQuerier() : _timer(this) {}

int ARPQuerier::configure(Vector<String> &conf, ErrorHandler *errh)
{
    ArpCache::Limits limits;
    IPAddress ip, mask, broadcast;
    EtherAddress ether;
    bool have_broadcast = false;
    // A lone name stands for both addresses.
    bool lone = conf.size() == 1 || (conf.size() > 1 && !EtherAddressArg().parse(conf[1], ether, this));
    if (lone && conf.size() > 0 && EtherAddressArg().parse(conf[0], ether, this))
        conf.insert(conf.begin() + 1, conf[0]);
    if (Args(conf, this, errh)
            .read_mp("IP", IPPrefixArg(true), ip, mask)
            .read_mp("ETHER", ether)
            .read("CAPACITY", limits.packets)
            .read("ENTRY_PACKET_CAPACITY", limits.packets_per_entry)
            .read("ENTRY_CAPACITY", limits.entries)
            .read("TIMEOUT", limits.timeout)
            .read("POLL_TIMEOUT", limits.poll)
            .read("BROADCAST_POLL", _broadcast_poll)
            .read("BROADCAST", broadcast).read_status(have_broadcast)
            .complete() < 0)
        return -1;
    std::lock_guard<std::recursive_mutex> guard(_lock);
    _cache.limits() = limits;
    _ip = ip;
    _mask = mask;
    _ether = ether;
    _broadcast = have_broadcast ? broadcast : IPAddress(ip.addr() | ~mask.addr());
    // A host prefix has no broadcast address.
    if (!have_broadcast && _broadcast == _ip)
        _broadcast = IPAddress(0xFFFFFFFFU);
    return 0;
}

int ARPQuerier::initialize(ErrorHandler *)
{
    _timer.initialize(this);
    return 0;
}

void ARPQuerier::take_state(Element *old_element, ErrorHandler *)
{
    if (ARPQuerier *old = dynamic_cast<ARPQuerier *>(old_element)) {
        _cache.take(old->_cache);
        schedule(Timestamp::now_steady());
    }
}

void ARPQuerier::cleanup(CleanupStage)
{
    _cache.clear();
}

void ARPQuerier::drop(Packet *packet, Drop reason)
{
    ++_drops[reason];
    packet->kill();
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

// The packet in its frame, or null when it waits or is lost.
Packet *ARPQuerier::frame(Packet *packet)
{
    IPAddress address = next_hop(packet);
    Timestamp now = Timestamp::recent_steady();
    if (ArpCache::Entry *entry = _cache.find(address); entry && entry->known) {
        EtherAddress destination = entry->ether;
        if (_cache.stale(*entry, now) && ArpCache::may_query(*entry, now))
            query(address, _broadcast_poll ? EtherAddress::make_broadcast() : destination, packet->timestamp_anno());
        return framed(packet, destination);
    }
    if (!address) {
        drop(packet, drop_no_address);
        return nullptr;
    }
    if (address == _broadcast || address == IPAddress(0xFFFFFFFFU))
        return framed(packet, EtherAddress::make_broadcast());
    if (address.is_multicast()) {
        uint32_t group = ntohl(address.addr());
        unsigned char ether[6] = {1, 0, 0x5E, static_cast<unsigned char>(group >> 16 & 0x7F),
                                  static_cast<unsigned char>(group >> 8), static_cast<unsigned char>(group)};
        return framed(packet, EtherAddress(ether));
    }
    return hold(packet, address, now);
}

Packet *ARPQuerier::hold(Packet *packet, IPAddress address, const Timestamp &now)
{
    ArpCache::Entry *entry = _cache.obtain(address, now);
    if (!entry) {
        drop(packet, drop_backlog);
        return nullptr;
    }
    Timestamp time = packet->timestamp_anno();
    if (Packet *displaced = _cache.wait(*entry, packet))
        drop(displaced, drop_backlog);
    if (ArpCache::may_query(*entry, now)) {
        query(address, EtherAddress::make_broadcast(), time);
        schedule(entry->next_query);
    }
    return nullptr;
}

// The timer fires at the earliest of what was asked for.
void ARPQuerier::schedule(const Timestamp &when)
{
    if (!_timer.scheduled() || _timer.expiry_steady() > when)
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
    std::lock_guard<std::recursive_mutex> guard(_lock);
    if (port == 1)
        handle_arp(packet);
    else if (Packet *result = frame(packet))
        output(0).push(result);
}

void ARPQuerier::push_batch(int port, PacketBatch *batch)
{
    std::unique_lock<std::recursive_mutex> guard(_lock);
    if (port == 1) {
        FOR_EACH_PACKET_SAFE(batch, packet) {
            packet->set_next(nullptr);
            handle_arp(packet);
        }
        return;
    }
    EXECUTE_FOR_EACH_PACKET_DROPPABLE(frame, batch, [](Packet *) {});
    guard.unlock();
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
    if (usable && (message.operation == ArpMessage::reply || _cache.find(message.sender_ip))) {
        ++_responses;
        learn(message.sender_ip, message.sender_ether);
    }
    packet->kill();
}

void ARPQuerier::learn(IPAddress address, const EtherAddress &ether)
{
    Timestamp now = Timestamp::recent_steady();
    if (_cache.limits().timeout)
        schedule(now + _cache.limits().timeout);
    for (Packet *packet : _cache.learn(address, ether, now))
        if (Packet *result = framed(packet, ether))
            output(0).push(result);
}

void ARPQuerier::ask_again(const Timestamp &now)
{
    std::vector<IPAddress> due;
    for (auto &[address, entry] : _cache.entries())
        if (!entry.known && !entry.waiting.empty() && now >= entry.next_query)
            due.push_back(IPAddress(address));
    for (IPAddress address : due)
        if (ArpCache::Entry *entry = _cache.find(address); entry && ArpCache::may_query(*entry, now))
            query(address, EtherAddress::make_broadcast(), Timestamp::now());
}

void ARPQuerier::run_timer(Timer *)
{
    std::lock_guard<std::recursive_mutex> guard(_lock);
    Timestamp now = Timestamp::now_steady();
    _drops[drop_unresolved] += _cache.expire(now, Timestamp(patience_s, 0));
    ask_again(now);
    for (const auto &[address, entry] : _cache.entries()) {
        if (!entry.known)
            schedule(entry.waiting.empty() ? entry.confirmed + Timestamp(patience_s, 0) : entry.next_query);
        else if (_cache.limits().timeout)
            schedule(entry.confirmed + _cache.limits().timeout);
    }
}

String ARPQuerier::unparse_table() const
{
    Timestamp now = Timestamp::now_steady();
    std::vector<uint32_t> addresses;
    for (const auto &[address, entry] : _cache.entries())
        addresses.push_back(address);
    std::sort(addresses.begin(), addresses.end(), [](uint32_t a, uint32_t b) { return ntohl(a) < ntohl(b); });
    StringAccum sa;
    for (uint32_t address : addresses) {
        const ArpCache::Entry &entry = _cache.entries().at(address);
        sa << IPAddress(address).unparse() << ' ' << (entry.known ? 1 : 0) << ' ' << entry.ether.unparse() << ' '
           << (now - entry.confirmed).unparse() << '\n';
    }
    return sa.take_string();
}

String ARPQuerier::read_handler(Element *element, void *user_data)
{
    ARPQuerier *q = static_cast<ARPQuerier *>(element);
    std::lock_guard<std::recursive_mutex> guard(q->_lock);
    StringAccum sa;
    uint64_t total = 0;
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_table:
        return q->unparse_table();
    case h_count:
        return String(static_cast<uint64_t>(q->_cache.entries().size()));
    case h_length:
        return String(q->_cache.waiting());
    case h_drops:
        for (uint64_t n : q->_drops)
            total += n;
        return String(total);
    case h_stats:
        for (uint64_t n : q->_drops)
            total += n;
        sa << total << " packets killed\n" << q->_queries << " ARP queries sent\n";
        return sa.take_string();
    default:
        for (int i = 0; i < ndrops; ++i)
            sa << drop_names[i] << ' ' << q->_drops[i] << '\n';
        return sa.take_string();
    }
}

int ARPQuerier::write_entry(int what, const String &text, ErrorHandler *errh)
{
    IPAddress address;
    EtherAddress ether;
    Args args(this, errh);
    args.push_back_words(text).read_mp("IP", address);
    if (what == h_insert)
        args.read_mp("ETHER", ether);
    if (args.complete() < 0)
        return -1;
    if (what == h_insert)
        learn(address, ether);
    else
        _cache.erase(address);
    return 0;
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

int ARPQuerier::write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh)
{
    ARPQuerier *q = static_cast<ARPQuerier *>(element);
    std::lock_guard<std::recursive_mutex> guard(q->_lock);
    int what = reinterpret_cast<intptr_t>(user_data);
    if (what == h_announce)
        return q->announce(text, errh);
    if (what == h_clear) {
        q->_cache.clear();
        return 0;
    }
    return q->write_entry(what, text, errh);
}

void ARPQuerier::add_handlers()
{
    add_read_handler("table", read_handler, h_table);
    add_write_handler("insert", write_handler, h_insert);
    add_write_handler("delete", write_handler, h_delete);
    add_write_handler("clear", write_handler, h_clear, Handler::BUTTON);
    add_write_handler("announce", write_handler, h_announce);
    add_read_handler("count", read_handler, h_count);
    add_read_handler("length", read_handler, h_length);
    add_read_handler("drops", read_handler, h_drops);
    add_read_handler("drop_details", read_handler, h_details);
    add_read_handler("stats", read_handler, h_stats);
    add_data_handlers("queries", Handler::OP_READ, &_queries);
    add_data_handlers("responses", Handler::OP_READ, &_responses);
    add_data_handlers("ipaddr", Handler::OP_READ | Handler::OP_WRITE, &_ip);
    add_data_handlers("ethaddr", Handler::OP_READ | Handler::OP_WRITE, &_ether);
    add_data_handlers("broadcast", Handler::OP_READ, &_broadcast);
}

EXPORT_ELEMENT(ARPQuerier)

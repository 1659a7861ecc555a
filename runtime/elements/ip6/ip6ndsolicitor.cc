// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ip6ndsolicitor.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/straccum.hh>
#include <clicknet/ether.h>
#include <cstring>
#include "ndmessage.hh"

int IP6NDSolicitor::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (Args(conf, this, errh)
            .read_mp("IP6", _address)
            .read_mp("ETHER", _ether)
            .read("CAPACITY", _limits.packets)
            .read("ENTRY_PACKET_CAPACITY", _limits.packets_of_one)
            .read("ENTRY_CAPACITY", _limits.entries)
            .read("TIMEOUT", SecondsArg(), _limits.timeout_s)
            .read("POLL_TIMEOUT", SecondsArg(), _limits.poll_s)
            .complete() < 0)
        return -1;
    if (_limits.entries == 0)
        return errh->error("ENTRY_CAPACITY: expected at least 1, found 0");
    _cache.set_limits(_limits);
    return 0;
}

int IP6NDSolicitor::initialize(ErrorHandler *)
{
    _timer.initialize(this);
    _timer.schedule_after_msec(1000);
    return 0;
}

// What was known is known; packets that wait stay with the predecessor, and are lost with it.
void IP6NDSolicitor::take_state(Element *old_element, ErrorHandler *)
{
    IP6NDSolicitor *old = static_cast<IP6NDSolicitor *>(old_element->cast("IP6NDSolicitor"));
    if (!old)
        return;
    std::scoped_lock guard(_lock, old->_lock);
    std::vector<Packet *> none;
    old->_cache.for_each([&](const IP6Address &address, const NeighbourCache::Entry &e) {
        if (e.known)
            _cache.learn(address, e.ether, true, true, e.heard, none);
    });
}

void IP6NDSolicitor::ask(const IP6Address &address, const EtherAddress &at)
{
    NdMessage question;
    question.kind = NdMessage::solicitation;
    question.flags = 0;
    question.source = _address;
    question.target = address;
    question.destination = at ? address : solicited_node(address);
    question.link = _ether;
    if (Packet *p = question.frame(at ? at : group_ether(question.destination))) {
        _questions.push_back(p);
        ++_queries;
    }
}

void IP6NDSolicitor::send_questions(std::vector<Packet *> &questions)
{
    for (Packet *p : questions)
        output(noutputs() == 2 ? 1 : 0).push(p);
}

Packet *IP6NDSolicitor::framed(Packet *packet, const EtherAddress &to)
{
    WritablePacket *frame = packet->push_mac_header(sizeof(click_ether));
    if (!frame) {
        ++_drops;
        return nullptr;
    }
    click_ether *header = frame->ether_header();
    memcpy(header->ether_dhost, to.data(), 6);
    memcpy(header->ether_shost, _ether.data(), 6);
    header->ether_type = htons(ETHERTYPE_IP6);
    return frame;
}

Packet *IP6NDSolicitor::frame(Packet *packet, const Timestamp &now)
{
    const IP6Address address = packet->dst_ip6_anno();
    if (address.is_multicast())
        return framed(packet, group_ether(address));
    if (!address) {
        packet->kill();
        ++_drops;
        return nullptr;
    }
    EtherAddress ether;
    bool due = false;
    const bool known = _cache.find(address, now, ether, due);
    if (due)
        ask(address, known ? ether : EtherAddress());
    if (known)
        return framed(packet, ether);
    for (uint64_t lost = _cache.hold(address, packet); lost; --lost)
        ++_drops;
    return nullptr;
}

void IP6NDSolicitor::hear(Packet *packet)
{
    NdMessage message;
    std::vector<Packet *> released;
    const bool sound = NdMessage::read(packet, message);
    packet->kill();
    if (!sound)
        return;
    const bool told = message.kind == NdMessage::advertisement;
    const IP6Address &who = told ? message.target : message.source;
    if (!who || (!told && !message.tells_link) || message.sender == _ether)
        return;
    {
        std::lock_guard<std::mutex> guard(_lock);
        const bool overrides = !told || (message.flags & NdMessage::override_);
        _cache.learn(who, message.link, !told, overrides, Timestamp::now_steady(), released);
    }
    if (told)
        ++_responses;
    for (Packet *p : released)
        if (Packet *frame = framed(p, message.link))
            output(0).push(frame);
}

void IP6NDSolicitor::push(int port, Packet *packet)
{
    if (port == 1) {
        hear(packet);
        return;
    }
    std::vector<Packet *> questions;
    {
        std::lock_guard<std::mutex> guard(_lock);
        packet = frame(packet, Timestamp::now_steady());
        questions.swap(_questions);
    }
    if (packet)
        output(0).push(packet);
    send_questions(questions);
}

void IP6NDSolicitor::push_batch(int port, PacketBatch *batch)
{
    PacketBatch *out = nullptr;
    std::vector<Packet *> questions;
    std::unique_lock<std::mutex> guard(_lock, std::defer_lock);
    if (port == 0)
        guard.lock();
    const Timestamp now = Timestamp::now_steady();
    FOR_EACH_PACKET_SAFE(batch, packet) {
        packet->set_next(nullptr);
        if (port == 1) {
            hear(packet);
        } else if (Packet *p = frame(packet, now)) {
            if (out)
                out->append_packet(p);
            else
                out = PacketBatch::make_from_packet(p);
        }
    }
    if (port == 0) {
        questions.swap(_questions);
        guard.unlock();
    }
    if (out)
        output_push_batch(0, out);
    send_questions(questions);
}

void IP6NDSolicitor::run_timer(Timer *)
{
    NeighbourCache::Questions again;
    std::vector<Packet *> questions;
    uint64_t lost;
    {
        std::lock_guard<std::mutex> guard(_lock);
        lost = _cache.tick(Timestamp::now_steady(), again);
        for (const auto &q : again)
            ask(q.first, q.second);
        questions.swap(_questions);
    }
    for (; lost; --lost)
        ++_drops;
    send_questions(questions);
    _timer.schedule_after_msec(1000);
}

String IP6NDSolicitor::table_text()
{
    StringAccum sa;
    std::lock_guard<std::mutex> guard(_lock);
    const Timestamp now = Timestamp::now_steady();
    _cache.for_each([&](const IP6Address &address, const NeighbourCache::Entry &e) {
        sa << address.unparse() << ' ' << int(e.known) << ' ' << (e.known ? e.ether.unparse() : String("-")) << ' '
           << (now - (e.known ? e.heard : e.asked)) << '\n';
    });
    return sa.take_string();
}

// RFC 4861, section 7.2.6: to all nodes, what they know is overridden.
int IP6NDSolicitor::announce(const String &text, ErrorHandler *errh)
{
    Vector<String> words;
    cp_spacevec(cp_uncomment(text), words);
    std::vector<IP6Address> addresses;
    for (int i = 0; i < words.size(); ++i) {
        IP6Address address;
        if (!IP6AddressArg().parse(words[i], address, this))
            return errh->error("expected IPv6 addresses, found '%s'", words[i].c_str());
        addresses.push_back(address);
    }
    if (addresses.empty())
        addresses.push_back(_address);
    for (const IP6Address &address : addresses) {
        NdMessage news;
        news.kind = NdMessage::advertisement;
        news.flags = NdMessage::router | NdMessage::override_;
        news.source = news.target = address;
        news.destination = IP6Address(String("ff02::1"));
        news.link = _ether;
        if (Packet *p = news.frame(group_ether(news.destination)))
            output(0).push(p);
    }
    return 0;
}

String IP6NDSolicitor::read_handler(Element *element, void *user_data)
{
    IP6NDSolicitor *s = static_cast<IP6NDSolicitor *>(element);
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_table: return s->table_text();
    case h_count: {
        std::lock_guard<std::mutex> guard(s->_lock);
        return String(s->_cache.size());
    }
    default: {
        std::lock_guard<std::mutex> guard(s->_lock);
        return String(s->_cache.length());
    }
    }
}

int IP6NDSolicitor::write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh)
{
    IP6NDSolicitor *s = static_cast<IP6NDSolicitor *>(element);
    const intptr_t what = reinterpret_cast<intptr_t>(user_data);
    if (what == h_announce)
        return s->announce(text, errh);
    IP6Address address;
    EtherAddress ether;
    Vector<String> words;
    cp_spacevec(cp_uncomment(text), words);
    const int wanted = what == h_clear ? 0 : what == h_insert ? 2 : 1;
    if (words.size() != wanted || (wanted > 0 && !IP6AddressArg().parse(words[0], address, s))
        || (wanted > 1 && !EtherAddressArg().parse(words[1], ether, s)))
        return errh->error("expected %s, found '%s'", wanted == 2 ? "IP6 ETHER" : wanted == 1 ? "IP6" : "nothing", text.c_str());
    std::vector<Packet *> released;
    {
        std::lock_guard<std::mutex> guard(s->_lock);
        if (what == h_clear)
            s->_cache.clear();
        else if (what == h_delete)
            s->_cache.erase(address);
        else
            s->_cache.learn(address, ether, true, true, Timestamp::now_steady(), released);
    }
    for (Packet *p : released)
        if (Packet *frame = s->framed(p, ether))
            s->output(0).push(frame);
    return 0;
}

void IP6NDSolicitor::add_handlers()
{
    add_read_handler("table", read_handler, h_table);
    add_read_handler("count", read_handler, h_count);
    add_read_handler("length", read_handler, h_length);
    add_write_handler("insert", write_handler, h_insert);
    add_write_handler("delete", write_handler, h_delete);
    add_write_handler("clear", write_handler, h_clear, Handler::f_button);
    add_write_handler("announce", write_handler, h_announce);
    add_counter_handler(this, "queries", &_queries);
    add_counter_handler(this, "responses", &_responses);
    add_counter_handler(this, "drops", &_drops);
}

EXPORT_ELEMENT(IP6NDSolicitor)

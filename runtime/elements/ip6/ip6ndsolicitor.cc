// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ip6ndsolicitor.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/straccum.hh>
#include <clicknet/ether.h>
#include <algorithm>
#include <cstring>
#include "ndmessage.hh"

int IP6NDSolicitor::configure(Vector<String> &conf, ErrorHandler *errh)
{
    uint32_t rate = 5000;
    if (Args(conf, this, errh)
            .read_mp("IP6", _address)
            .read_mp("ETHER", _ether)
            .read("CAPACITY", _limits.packets)
            .read("ENTRY_PACKET_CAPACITY", _limits.packets_of_one)
            .read("ENTRY_CAPACITY", _limits.entries)
            .read("SOUGHT_CAPACITY", _limits.sought)
            .read("RATE", rate)
            .read("TIMEOUT", SecondsArg(), _limits.timeout_s)
            .read("POLL_TIMEOUT", SecondsArg(), _limits.poll_s)
            .complete() < 0)
        return -1;
    if (_limits.entries == 0 || _limits.sought == 0 || rate == 0)
        return errh->error("ENTRY_CAPACITY, SOUGHT_CAPACITY and RATE: expected at least 1, found 0");
    _bucket.assign(rate, std::max(1U, rate / 10));
    _bucket.set_full();
    _cache.set_limits(_limits);
    _poll = Timestamp(Timestamp::seconds_type(_limits.poll_s));
    return 0;
}

int IP6NDSolicitor::initialize(ErrorHandler *)
{
    _timer.initialize(this);
    return 0;
}

// What was known is known; packets that wait stay with the predecessor, and are lost with it.
void IP6NDSolicitor::take_state(Element *old_element, ErrorHandler *)
{
    IP6NDSolicitor *old = static_cast<IP6NDSolicitor *>(old_element->cast("IP6NDSolicitor"));
    if (!old)
        return;
    std::scoped_lock guard(_lock, old->_lock);
    schedule(Timestamp::now_steady() + Timestamp(1, 0));
    old->_cache.for_each([&](const IP6Address &address, const NeighbourCache::Entry &e) {
        if (e.known)
            _cache.learn(address, {e.ether, NeighbourCache::News::always, true, true}, e.heard, [](Packet *) {});
    });
}

void IP6NDSolicitor::ask(const IP6Address &address, const EtherAddress &at, std::vector<Packet *> &questions)
{
    NdMessage question;
    question.kind = NdMessage::solicitation;
    question.flags = 0;
    question.source = _address;
    question.target = address;
    question.destination = at ? address : solicited_node(address);
    question.link = _ether;
    if (Packet *p = question.frame(at ? at : group_ether(question.destination))) {
        questions.push_back(p);
        ++_queries;
    }
}

void IP6NDSolicitor::send_questions(const std::vector<Packet *> &questions)
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

// With the lock held. What is known is asked for where it was, by the traffic of one neighbour: that needs no bound.
bool IP6NDSolicitor::may_ask()
{
    _bucket.refill();
    return _bucket.remove_if(1);
}

// No lock while the answer is known and fresh.
Packet *IP6NDSolicitor::frame(Packet *packet, const Timestamp &now, std::vector<Packet *> &questions)
{
    const IP6Address address = packet->dst_ip6_anno();
    EtherAddress ether;
    if (_cache.answers().find(address, now, _poll, ether) == LinkAnswers<IP6Address>::serves)
        return framed(packet, ether);
    if (address.is_multicast())
        return framed(packet, group_ether(address));
    return frame_slowly(packet, address, now, questions);
}

Packet *IP6NDSolicitor::frame_slowly(Packet *packet, const IP6Address &address, const Timestamp &now, std::vector<Packet *> &questions)
{
    if (!address) {
        packet->kill();
        ++_drops;
        return nullptr;
    }
    std::lock_guard<std::recursive_mutex> guard(_lock);
    EtherAddress ether;
    bool due = false;
    const bool known = _cache.find(address, now, ether, due);
    if (due && (known || may_ask()))
        ask(address, known ? ether : EtherAddress(), questions);
    if (known)
        return framed(packet, ether);
    _cache.hold(address, packet);
    schedule(NeighbourCache::first_tick(now));
    return nullptr;
}

void IP6NDSolicitor::hear(Packet *packet)
{
    NdMessage message;
    const bool sound = NdMessage::read(packet, message);
    packet->kill();
    if (!sound)
        return;
    const bool told = message.kind == NdMessage::advertisement;
    const IP6Address &who = told ? message.target : message.source;
    if (!who || (!told && !message.tells_link) || message.sender == _ether)
        return;
    if (told)
        ++_responses;
    // An advertisement that does not say where (section 7.2.5) confirms, if it comes from there, that it still is where it was.
    const bool overrides = !told || (message.tells_link && (message.flags & NdMessage::override_));
    // An answer to this address is one to us, or to the box with the same address that we stand by for: then we know it when it dies.
    const bool to_us = told && (message.flags & NdMessage::solicited) && message.destination == _address;
    learn(who, {message.link, !told || to_us ? NeighbourCache::News::if_room : NeighbourCache::News::never, overrides, message.tells_link});
}

// With the lock held. The timer fires at the earliest of what was asked for.
void IP6NDSolicitor::schedule(const Timestamp &when)
{
    if (!when || (_timer_due && _timer_due <= when))
        return;
    _timer_due = when;
    _timer.schedule_at_steady(when);
}

void IP6NDSolicitor::learn(const IP6Address &address, const NeighbourCache::News &news)
{
    std::lock_guard<std::recursive_mutex> guard(_lock);
    const Timestamp now = Timestamp::recent_steady();
    _cache.learn(address, news, now, [&](Packet *waited) {
        if (Packet *frame = framed(waited, news.ether))
            output(0).push(frame);
    });
    schedule(now + Timestamp(1, 0));
}

void IP6NDSolicitor::push(int port, Packet *packet)
{
    if (port == 1) {
        hear(packet);
        return;
    }
    std::vector<Packet *> questions;
    if (Packet *result = frame(packet, Timestamp::recent_steady(), questions))
        output(0).push(result);
    send_questions(questions);
}

void IP6NDSolicitor::push_batch(int port, PacketBatch *batch)
{
    if (port == 1) {
        FOR_EACH_PACKET_SAFE(batch, packet) {
            packet->set_next(nullptr);
            hear(packet);
        }
        return;
    }
    std::vector<Packet *> questions;
    const Timestamp now = Timestamp::recent_steady();
    auto framed_now = [&](Packet *packet) { return frame(packet, now, questions); };
    EXECUTE_FOR_EACH_PACKET_DROPPABLE(framed_now, batch, [](Packet *) {});
    if (batch)
        output_push_batch(0, batch);
    send_questions(questions);
}

void IP6NDSolicitor::run_timer(Timer *)
{
    std::vector<IP6Address> again;
    std::vector<Packet *> questions;
    {
        std::lock_guard<std::recursive_mutex> guard(_lock);
        const Timestamp now = Timestamp::now_steady();
        _timer_due = Timestamp();
        _cache.tick(now, again);
        schedule(_cache.next_tick(now));
        for (const IP6Address &address : again)
            if (may_ask())
                ask(address, EtherAddress(), questions);
    }
    send_questions(questions);
}

String IP6NDSolicitor::table_text()
{
    StringAccum sa;
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
    std::lock_guard<std::recursive_mutex> guard(s->_lock);
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_table: return s->table_text();
    case h_count: return String(s->_cache.size());
    case h_drops: return String(s->_drops.value() + s->_cache.lost());
    default: return String(s->_cache.length());
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
    std::lock_guard<std::recursive_mutex> guard(s->_lock);
    if (what == h_clear)
        s->_cache.clear();
    else if (what == h_delete)
        s->_cache.erase(address);
    else
        s->learn(address, {ether, NeighbourCache::News::always, true, true});
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
    add_read_handler("drops", read_handler, h_drops);
}

EXPORT_ELEMENT(IP6NDSolicitor)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "arptable.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet.hh>
#include <click/straccum.hh>
#include <algorithm>
#include <cstring>
#include <tuple>

void *ARPTable::cast(const char *name)
{
    return strcmp(name, "ARPTable") == 0 ? this : Element::cast(name);
}

void ARPTable::read_limits(Args &args, ArpCache::Limits &limits)
{
    args.read("CAPACITY", limits.packets)
        .read("CAPACITY_SLIM_FACTOR", limits.slim_factor)
        .read("ENTRY_PACKET_CAPACITY", limits.packets_per_entry)
        .read("ENTRY_CAPACITY", limits.entries)
        .read("TIMEOUT", limits.timeout);
}

int ARPTable::configure(Vector<String> &conf, ErrorHandler *errh)
{
    ArpCache::Limits limits;
    Args args(conf, this, errh);
    read_limits(args, limits);
    if (args.complete() < 0)
        return -1;
    std::lock_guard<std::recursive_mutex> guard(lock);
    cache.set_limits(limits);
    return 0;
}

void ARPTable::take_state(Element *old_element, ErrorHandler *)
{
    if (ARPTable *old = static_cast<ARPTable *>(old_element->cast("ARPTable")))
        cache.take(old->cache);
}

void ARPTable::cleanup(CleanupStage)
{
    cache.clear();
}

void ARPTable::learn(IPAddress address, const EtherAddress &ether)
{
    cache.learn(address, ether, Timestamp::recent_steady(), [&](const std::vector<Packet *> &ready) {
        if (send)
            send(ready, ether);
        else
            for (Packet *packet : ready)
                packet->kill();
    });
}

// What is to be found out comes first, then what was known once, then what is known.
String ARPTable::unparse()
{
    Timestamp now = Timestamp::now_steady();
    typedef std::tuple<bool, bool, uint32_t> Rank;
    std::vector<std::pair<Rank, const ArpCache::Entry *>> lines;
    for (const auto &[address, entry] : cache.entries())
        lines.emplace_back(Rank(entry.known, !entry.ether.is_broadcast(), ntohl(address)), &entry);
    std::sort(lines.begin(), lines.end());
    StringAccum sa;
    for (const auto &[rank, entry] : lines)
        sa << IPAddress(htonl(std::get<2>(rank))).unparse() << ' ' << (entry->known ? 1 : 0) << ' ' << entry->ether.unparse()
           << ' ' << (now - entry->confirmed).unparse() << '\n';
    return sa.take_string();
}

String ARPTable::read(int what)
{
    std::lock_guard<std::recursive_mutex> guard(lock);
    cache.expire(Timestamp::now_steady());
    switch (what) {
    case h_table:
        return unparse();
    case h_count:
        return String(static_cast<uint64_t>(cache.entries().size()));
    case h_length:
        return String(cache.waiting());
    default:
        return String(drops());
    }
}

int ARPTable::write(int what, const String &text, const Element *context, ErrorHandler *errh)
{
    std::lock_guard<std::recursive_mutex> guard(lock);
    if (what == h_clear) {
        cache.forget_all();
        return 0;
    }
    IPAddress address;
    EtherAddress ether;
    Args args(context, errh);
    args.push_back_words(text).read_mp("IP", address);
    if (what == h_insert)
        args.read_mp("ETHER", ether);
    if (args.complete() < 0)
        return -1;
    if (what == h_insert)
        learn(address, ether);
    else
        cache.forget(address);
    return 0;
}

static int table_handler(int operation, String &text, Element *element, const Handler *handler, ErrorHandler *errh)
{
    ARPTable *table = static_cast<ARPTable *>(element->cast("ARPTable"));
    int what = reinterpret_cast<intptr_t>(handler->user_data(operation));
    if (operation == Handler::f_write)
        return table->write(what, text, element, errh);
    text = table->read(what);
    return 0;
}

void ARPTable::add_table_handlers(Element *element)
{
    element->set_handler("table", Handler::f_read, table_handler, h_table);
    element->set_handler("count", Handler::f_read, table_handler, h_count);
    element->set_handler("length", Handler::f_read, table_handler, h_length);
    element->set_handler("insert", Handler::f_write, table_handler, h_insert, h_insert);
    element->set_handler("delete", Handler::f_write, table_handler, h_delete, h_delete);
    element->set_handler("clear", Handler::f_write | Handler::f_button, table_handler, h_clear, h_clear);
}

void ARPTable::add_handlers()
{
    add_table_handlers(this);
    set_handler("drops", Handler::f_read, table_handler, h_drops);
}

EXPORT_ELEMENT(ARPTable)

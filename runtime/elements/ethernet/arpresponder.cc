// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "arpresponder.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/straccum.hh>
#include <algorithm>
#include "arpframe.hh"

int ARPResponder::parse_entries(const String &text, Table &table, bool with_ether, bool live, ErrorHandler *errh) const
{
    Vector<String> words;
    cp_spacevec(text, words);
    EtherAddress ether;
    bool have_ether = false;
    Table entries;
    for (int i = 0; i < words.size(); ++i) {
        Entry entry;
        EtherAddress candidate;
        // A name may have both; then the address counts.
        bool address = IPAddressArg().parse(words[i], entry.address, this);
        if (address)
            entry.mask = IPAddress(0xFFFFFFFFU);
        if (address || IPPrefixArg(true).parse(words[i], entry.address, entry.mask, this)) {
            entry.address &= entry.mask;
            entries.push_back(entry);
        } else if (with_ether && !have_ether && EtherAddressArg().parse(words[i], candidate, this)) {
            ether = candidate;
            have_ether = true;
        } else {
            return errh->error("'%s': expected IP/MASK%s", words[i].c_str(), with_ether ? " or one Ethernet address" : "");
        }
    }
    // A lone name may stand for both addresses.
    if (with_ether && !have_ether && words.size() == 1)
        have_ether = EtherAddressArg().parse(words[0], ether, this);
    if (with_ether && !have_ether)
        return errh->error("'%s': Ethernet address missing", text.c_str());
    if (entries.empty())
        return errh->error("'%s': IP address missing", text.c_str());
    for (Entry &entry : entries) {
        entry.ether = ether;
        if (insert(table, entry) && !live)
            errh->warning("multiple entries for %s", entry.address.unparse_with_mask(entry.mask).c_str());
    }
    return 0;
}

// True when the entry takes another's place.
bool ARPResponder::insert(Table &table, const Entry &entry)
{
    auto same = [&](const Entry &e) { return e.address == entry.address && e.mask == entry.mask; };
    auto old = std::find_if(table.begin(), table.end(), same);
    if (old != table.end()) {
        old->ether = entry.ether;
        return true;
    }
    auto shorter = [&](const Entry &e) { return ntohl(e.mask.addr()) < ntohl(entry.mask.addr()); };
    table.insert(std::find_if(table.begin(), table.end(), shorter), entry);
    return false;
}

int ARPResponder::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Table table;
    int before = errh->nerrors();
    for (int i = 0; i < conf.size(); ++i) {
        parse_entries(conf[i], table, true, false, errh);
    }
    if (errh->nerrors() != before)
        return -1;
    _table.swap(table);
    return 0;
}

const ARPResponder::Entry *ARPResponder::find(IPAddress address) const
{
    for (const Entry &entry : _table)
        if (address.matches_prefix(entry.address, entry.mask))
            return &entry;
    return nullptr;
}

Packet *ARPResponder::simple_action(Packet *packet)
{
    ArpMessage request;
    const Entry *entry = nullptr;
    if (ArpMessage::read(packet, request) && request.operation == ArpMessage::request)
        entry = find(request.target_ip);
    // A host that asks for its own address is announcing or probing it; it wants no answer from us.
    if (!entry || request.sender_ip == request.target_ip) {
        ++_drops;
        checked_output_push(1, packet);
        return nullptr;
    }
    ArpMessage reply;
    reply.operation = ArpMessage::reply;
    reply.sender_ether = entry->ether;
    reply.sender_ip = request.target_ip;
    reply.target_ether = request.sender_ether;
    reply.target_ip = request.sender_ip;
    WritablePacket *frame = reply.make_frame(request.sender_ether);
    if (frame) {
        frame->set_dst_ip_anno(request.sender_ip);
        ++_replies;
    }
    packet->kill();
    return frame;
}

String ARPResponder::table_handler(Element *element, void *)
{
    StringAccum sa;
    for (const Entry &entry : static_cast<ARPResponder *>(element)->_table)
        sa << entry.address.unparse_with_mask(entry.mask) << ' ' << entry.ether.unparse() << '\n';
    return sa.take_string();
}

int ARPResponder::lookup_handler(int, String &text, Element *element, const Handler *, ErrorHandler *errh)
{
    IPAddress address;
    if (!IPAddressArg().parse(cp_uncomment(text), address, element))
        return errh->error("expected IP address");
    const Entry *entry = static_cast<ARPResponder *>(element)->find(address);
    text = entry ? entry->ether.unparse() : String();
    return 0;
}

int ARPResponder::write_handler(const String &text, Element *element, void *remove, ErrorHandler *errh)
{
    ARPResponder *responder = static_cast<ARPResponder *>(element);
    if (!remove) {
        Table table = responder->_table;
        if (responder->parse_entries(text, table, true, true, errh) < 0)
            return -1;
        responder->_table.swap(table);
        return 0;
    }
    Table gone;
    if (responder->parse_entries(text, gone, false, true, errh) < 0)
        return -1;
    std::erase_if(responder->_table, [&](const Entry &entry) {
        return std::any_of(gone.begin(), gone.end(),
                           [&](const Entry &g) { return g.address == entry.address && g.mask == entry.mask; });
    });
    return 0;
}

void ARPResponder::add_handlers()
{
    add_read_handler("table", table_handler);
    set_handler("lookup", Handler::OP_READ | Handler::READ_PARAM, lookup_handler);
    add_write_handler("add", write_handler, 0);
    add_write_handler("remove", write_handler, 1);
    add_counter_handler(this, "replies", &_replies);
    add_counter_handler(this, "drops", &_drops);
}

EXPORT_ELEMENT(ARPResponder)

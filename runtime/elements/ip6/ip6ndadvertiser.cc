// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ip6ndadvertiser.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/straccum.hh>
#include <algorithm>
#include "ndmessage.hh"

int IP6NDAdvertiser::parse_entries(const String &text, ErrorHandler *errh)
{
    Vector<String> words;
    cp_spacevec(text, words);
    EtherAddress ether;
    if (words.size() < 2 || !EtherAddressArg().parse(words[words.size() - 1], ether, this))
        return errh->error("'%s': expected IPv6 addresses or prefixes, then an Ethernet address", text.c_str());
    for (int i = 0; i + 1 < words.size(); ++i) {
        Entry entry;
        if (!IP6PrefixArg(true).parse(words[i], entry.address, entry.bits, this))
            return errh->error("'%s': expected an IPv6 address or prefix, found '%s'", text.c_str(), words[i].c_str());
        entry.address = entry.address & IP6Address::make_prefix(entry.bits);
        entry.ether = ether;
        _table.push_back(entry);
    }
    return 0;
}

int IP6NDAdvertiser::configure(Vector<String> &conf, ErrorHandler *errh)
{
    for (int i = 0; i < conf.size(); ++i)
        if (parse_entries(conf[i], errh) < 0)
            return -1;
    std::stable_sort(_table.begin(), _table.end(), [](const Entry &a, const Entry &b) { return a.bits > b.bits; });
    return 0;
}

const IP6NDAdvertiser::Entry *IP6NDAdvertiser::find(const IP6Address &address) const
{
    for (const Entry &entry : _table)
        if (address.matches_prefix(entry.address, IP6Address::make_prefix(entry.bits)))
            return &entry;
    return nullptr;
}

Packet *IP6NDAdvertiser::simple_action(Packet *packet)
{
    NdMessage asked;
    const Entry *entry = nullptr;
    if (NdMessage::read(packet, asked) && asked.kind == NdMessage::solicitation)
        entry = find(asked.target);
    // Whoever asks whether an address is free hears that it is not from its owner alone, not from who stands for a whole network.
    if (entry && !asked.source && entry->bits != 128)
        entry = nullptr;
    if (!entry) {
        ++_drops;
        checked_output_push(1, packet);
        return nullptr;
    }
    static const unsigned char all_nodes[16] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    const bool nameless = !asked.source;
    NdMessage answer;
    answer.kind = NdMessage::advertisement;
    answer.flags = uint8_t(NdMessage::router | NdMessage::override_ | (nameless ? 0 : NdMessage::solicited));
    answer.source = answer.target = asked.target;
    answer.destination = nameless ? IP6Address(all_nodes) : asked.source;
    answer.link = entry->ether;
    Packet *frame = answer.frame(nameless ? group_ether(answer.destination) : asked.link);
    if (noutputs() > 2)
        output(2).push(packet);
    else
        packet->kill();
    _replies += frame != nullptr;
    return frame;
}

String IP6NDAdvertiser::table_handler(Element *element, void *)
{
    StringAccum sa;
    for (const Entry &e : static_cast<IP6NDAdvertiser *>(element)->_table)
        sa << e.address.unparse() << '/' << e.bits << ' ' << e.ether.unparse() << '\n';
    return sa.take_string();
}

int IP6NDAdvertiser::lookup_handler(int, String &text, Element *element, const Handler *, ErrorHandler *errh)
{
    IP6Address address;
    if (!IP6AddressArg().parse(cp_uncomment(text), address, element))
        return errh->error("expected an IPv6 address, found '%s'", text.c_str());
    const Entry *entry = static_cast<IP6NDAdvertiser *>(element)->find(address);
    text = entry ? entry->ether.unparse() : String();
    return 0;
}

void IP6NDAdvertiser::add_handlers()
{
    add_read_handler("table", table_handler, 0);
    set_handler("advertisement", Handler::f_read | Handler::f_read_param, lookup_handler, 0, 0);
    add_counter_handler(this, "replies", &_replies);
    add_counter_handler(this, "drops", &_drops);
}

EXPORT_ELEMENT(IP6NDAdvertiser)

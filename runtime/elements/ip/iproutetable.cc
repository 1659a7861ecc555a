// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "iproutetable.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <cstring>
#include <click/straccum.hh>
#include <algorithm>
#include <mutex>
#include <vector>

int IPRouteTable::parse_change(Command command, const String &text, Change &change, ErrorHandler *errh) const
{
    Vector<String> words;
    cp_spacevec(text, words);
    IPAddress address, mask;
    // A name may have both an address and a network; then the address counts.
    if (words.size() > 0 && IPAddressArg().parse(words[0], address, this))
        mask = IPAddress(0xFFFFFFFFU);
    else if (words.size() < 1 || !IPPrefixArg(true).parse(words[0], address, mask, this))
        return errh->error("'%s': expected ADDR/MASK [GATEWAY] PORT", text.c_str());
    if (!PrefixTable::is_prefix_mask(mask))
        return errh->error("'%s': the mask is no prefix", words[0].c_str());
    change.command = command;
    change.prefix = PrefixTable::make_prefix(address, mask);
    if (command == cmd_remove && words.size() == 1)
        return 0;
    if (words.size() == 3 && words[1] != "-" && !IPAddressArg().parse(words[1], change.route.gateway, this))
        return errh->error("'%s': bad gateway '%s'", text.c_str(), words[1].c_str());
    if (words.size() < 2 || words.size() > 3 || !IntArg().parse(words[words.size() - 1], change.route.port))
        return errh->error("'%s': expected ADDR/MASK [GATEWAY] PORT", text.c_str());
    if (change.route.port < 0 || change.route.port >= noutputs())
        return errh->error("'%s': port number must be from 0 to %d", text.c_str(), noutputs() - 1);
    return 0;
}

// All of the changes, or none: they are tried on what the table would be.
int IPRouteTable::apply(const std::vector<Change> &changes, ErrorHandler *errh)
{
    std::lock_guard<std::mutex> guard(_lock);
    PrefixTable::Routes planned = _table.routes();
    for (const Change &change : changes) {
        auto it = planned.find(change.prefix);
        if (change.command == cmd_remove) {
            if (it == planned.end())
                return errh->error("no route '%s'", unparse(change.prefix, change.route, false).c_str());
            planned.erase(it);
            continue;
        }
        if (change.command == cmd_add && it != planned.end())
            return errh->error("conflict with existing route '%s'", unparse(it->first, it->second, false).c_str());
        planned[change.prefix] = change.route;
    }
    for (const Change &change : changes) {
        if (change.command == cmd_remove)
            _table.erase(change.prefix);
        else
            _table.set(change.prefix, change.route);
    }
    return 0;
}

int IPRouteTable::configure(Vector<String> &conf, ErrorHandler *errh)
{
    std::vector<Change> changes;
    bool good = true;
    for (int i = 0; i < conf.size(); ++i) {
        PrefixErrorHandler route_errh(errh, "argument " + String(i + 1) + ": ");
        Change change;
        if (parse_change(cmd_set, conf[i], change, &route_errh) < 0)
            good = false;
        else
            changes.push_back(change);
    }
    return good ? apply(changes, errh) : -1;
}

void *IPRouteTable::cast(const char *name)
{
    if (strcmp(name, "IPRouteTable") == 0)
        return this;
    return BatchElement::cast(name);
}

int IPRouteTable::lookup_route(IPAddress address, IPAddress &gateway) const
{
    const PrefixTable::Route route = _table.find(address);
    gateway = route.gateway;
    return route.port;
}

int IPRouteTable::route(Packet *packet)
{
    const PrefixTable::Route route = _table.find(packet->dst_ip_anno());
    if (unlikely(!route)) {
        ++_drops;
        return noutputs();
    }
    if (route.gateway)
        packet->set_dst_ip_anno(route.gateway);
    return route.port;
}

void IPRouteTable::push(int, Packet *packet)
{
    checked_output_push(route(packet), packet);
}

void IPRouteTable::push_batch(int, PacketBatch *batch)
{
    CLASSIFY_EACH_PACKET(noutputs() + 1, route, batch, checked_output_push_batch);
}

// Columns as wide as a tab-separated table of Click is expected to be.
String IPRouteTable::unparse(const PrefixTable::Prefix &prefix, const PrefixTable::Route &route, bool columns)
{
    StringAccum sa;
    sa << IPAddress(htonl(prefix.address)).unparse() << '/' << prefix.length;
    sa << (!columns ? " " : sa.length() < 16 ? "\t\t" : "\t");
    int start = sa.length();
    if (route.gateway)
        sa << route.gateway.unparse();
    else
        sa << '-';
    sa << (!columns ? " " : sa.length() - start < 8 ? "\t\t" : "\t") << route.port;
    return sa.take_string();
}

String IPRouteTable::table_handler(Element *element, void *)
{
    IPRouteTable *t = static_cast<IPRouteTable *>(element);
    std::lock_guard<std::mutex> guard(t->_lock);
    std::vector<const PrefixTable::Routes::value_type *> lines;
    for (const auto &line : t->_table.routes())
        lines.push_back(&line);
    if (t->lists_by_age())
        std::sort(lines.begin(), lines.end(), [](auto *a, auto *b) { return a->second.serial < b->second.serial; });
    StringAccum sa;
    for (const auto *line : lines)
        sa << unparse(line->first, line->second, true) << '\n';
    return sa.take_string();
}

int IPRouteTable::lookup_handler(int, String &text, Element *element, const Handler *, ErrorHandler *errh)
{
    IPRouteTable *t = static_cast<IPRouteTable *>(element);
    IPAddress address;
    if (!IPAddressArg().parse(cp_uncomment(text), address, element))
        return errh->error("expected IP address");
    const PrefixTable::Route route = t->_table.find(address);
    text = String(route ? route.port : -1);
    if (route && route.gateway)
        text += " " + route.gateway.unparse();
    return 0;
}

int IPRouteTable::change_handler(const String &text, Element *element, void *command, ErrorHandler *errh)
{
    IPRouteTable *t = static_cast<IPRouteTable *>(element);
    Change change;
    if (t->parse_change(static_cast<Command>(reinterpret_cast<intptr_t>(command)), cp_uncomment(text), change, errh) < 0)
        return -1;
    return t->apply({change}, errh);
}

// One command a line: add, set or remove, then the route.
int IPRouteTable::control_handler(const String &text, Element *element, void *, ErrorHandler *errh)
{
    IPRouteTable *t = static_cast<IPRouteTable *>(element);
    std::vector<Change> changes;
    int line_number = 0;
    for (String rest = text; rest.length() > 0;) {
        int newline = rest.find_left('\n');
        String line = cp_uncomment(newline < 0 ? rest : rest.substring(0, newline));
        rest = newline < 0 ? String() : rest.substring(newline + 1);
        ++line_number;
        if (line.length() == 0)
            continue;
        PrefixErrorHandler line_errh(errh, "line " + String(line_number) + ": ");
        String word = cp_shift_spacevec(line);
        Command command = word == "add" ? cmd_add : word == "set" ? cmd_set : cmd_remove;
        if (command == cmd_remove && word != "remove")
            return line_errh.error("expected add, set or remove, found '%s'", word.c_str());
        Change change;
        if (t->parse_change(command, line, change, &line_errh) < 0)
            return -1;
        changes.push_back(change);
    }
    return t->apply(changes, errh);
}

int IPRouteTable::flush_handler(const String &, Element *element, void *, ErrorHandler *)
{
    IPRouteTable *t = static_cast<IPRouteTable *>(element);
    std::lock_guard<std::mutex> guard(t->_lock);
    t->_table.clear();
    return 0;
}

void IPRouteTable::add_handlers()
{
    add_read_handler("table", table_handler, 0, Handler::EXPENSIVE);
    set_handler("lookup", Handler::OP_READ | Handler::READ_PARAM, lookup_handler);
    add_write_handler("add", change_handler, cmd_add);
    add_write_handler("set", change_handler, cmd_set);
    add_write_handler("remove", change_handler, cmd_remove);
    add_write_handler("ctrl", control_handler);
    add_write_handler("flush", flush_handler, 0, Handler::BUTTON);
    add_counter_handler(this, "drops", &_drops);
}

// SPDX-License-Identifier: Apache-2.0
// The handlers that all rewriters have.
#include <click/config.h>
#include <click/args.hh>
#include <click/error.hh>
#include <click/handler.hh>
#include <click/ipflowid.hh>
#include "iprewriterbase.hh"

using mimi::FlowRecord;
using mimi::FlowStore;
using mimi::FlowTuple;

// ---- the table as text

void IPRewriterBase::unparse_tuples(StringAccum &sa, const FlowTuple &from, const FlowTuple &to) const
{
    sa << IPFlowID(from.saddr, from.sport, from.daddr, from.dport) << " => "
       << IPFlowID(to.saddr, to.sport, to.daddr, to.dport);
}

void IPRewriterBase::unparse_flow(StringAccum &sa, uint32_t number, const FlowRecord &r, bool reply, int64_t now) const
{
    unparse_tuples(sa, reply ? r.to.reversed() : r.from, r.outgoing(reply));
    if (r.marks.load(std::memory_order_relaxed) & FlowRecord::shifted)
        if (const int32_t delta = _store->shift(number)->delta(reply))
            sa << " seq " << (delta > 0 ? "+" : "") << delta;
    const mimi::FlowRoute &route = _store->route_of(r);
    const int64_t left_ms = _store->expiry(r, now) - now;
    sa << " [" << (reply ? "" : "*") << route.foutput << ' ' << (reply ? "*" : "") << route.routput << "] i" << route.input
       << " exp" << (left_ms + (left_ms < 0 ? -500 : 500)) / 1000 << '\n';
}

String IPRewriterBase::table_text(const Table &table)
{
    StringAccum sa;
    const int64_t now = now_ms();
    for_each_flow_in_slices([&](uint32_t i, FlowRecord &r) {
        if (_store->route_of(r).table != table.number)
            return;
        // A flow that is its own reply has one entry.
        if (r.from != r.to.reversed())
            unparse_flow(sa, i, r, false, now);
        unparse_flow(sa, i, r, true, now);
    });
    return sa.take_string();
}

String IPRewriterBase::table_handler(Element *e, void *user_data)
{
    IPRewriterBase *rw = static_cast<IPRewriterBase *>(e);
    return rw->table_text(rw->_tables[reinterpret_cast<uintptr_t>(user_data)]);
}

// ---- patterns

uint32_t IPRewriterBase::flows_of(int input) const
{
    uint32_t count = 0;
    for (uint32_t i = 1; i < _store->routes(); ++i) {
        const mimi::FlowRoute &route = _store->route(static_cast<uint16_t>(i));
        if (owns(route.table) && (input < 0 || route.input == input))
            count += _store->route_count(static_cast<uint16_t>(i));
    }
    return count;
}

String IPRewriterBase::patterns_text(int input) const
{
    StringAccum sa;
    std::lock_guard<std::mutex> guard(_store->lock());
    for (int i = input < 0 ? 0 : input; i < (input < 0 ? ninputs() : input + 1); ++i) {
        sa << _inputs[i].unparse();
        if (const uint32_t count = flows_of(i))
            sa << " [" << count << ']';
        sa << '\n';
    }
    return sa.take_string();
}

// The flows of the old specification go with it.
int IPRewriterBase::set_pattern(int input, const String &text, ErrorHandler *errh)
{
    RewriterInput fresh;
    PrefixErrorHandler perrh(errh, "input spec " + String(input) + ": ");
    if (fresh.parse(cp_uncomment(text), this, &perrh) < 0)
        return -1;
    std::lock_guard<std::mutex> guard(_store->lock());
    if (fresh.kind == RewriterInput::k_mapper) {
        const int before = errh->nerrors();
        fresh.mapper->notify_rewriter(this, input, &perrh);
        if (errh->nerrors() != before)
            return -1;
    }
    for_each_flow([&](uint32_t i, FlowRecord &r) {
        if (_store->route_of(r).input == input)
            _store->erase(i);
    });
    _inputs[input] = fresh;
    return 0;
}

// ---- handlers

// `SADDR SPORT DADDR DPORT`, answered in the same form; or a key as import has it, answered with the flow's line.
int IPRewriterBase::lookup(String &text, ErrorHandler *errh)
{
    if (text.find_left(':') >= 0)
        return lookup_line(text, errh);
    IPAddress saddr, daddr;
    uint16_t sport, dport;
    if (Args(this, errh).push_back_words(text)
            .read_mp("SADDR", saddr)
            .read_mp("SPORT", IPPortArg(IP_PROTO_TCP), sport)
            .read_mp("DADDR", daddr)
            .read_mp("DPORT", IPPortArg(IP_PROTO_TCP), dport)
            .complete() < 0)
        return -1;
    const FlowTuple key = {saddr.addr(), daddr.addr(), htons(sport), htons(dport)};
    StringAccum sa;
    std::lock_guard<std::mutex> guard(_store->lock());
    if (const FlowStore::Ref ref = find_flow(lookup_protocol(), key)) {
        const FlowTuple to = rewritten(ref, key);
        sa << IPAddress(to.saddr) << ' ' << ntohs(to.sport) << ' ' << IPAddress(to.daddr) << ' ' << ntohs(to.dport);
    }
    text = sa.take_string();
    return 0;
}

int IPRewriterBase::lookup_handler(int, String &text, Element *e, const Handler *, ErrorHandler *errh)
{
    return static_cast<IPRewriterBase *>(e)->lookup(text, errh);
}

String IPRewriterBase::read_handler(Element *e, void *user_data)
{
    IPRewriterBase *rw = static_cast<IPRewriterBase *>(e);
    const int what = static_cast<int>(reinterpret_cast<intptr_t>(user_data));
    if (what == h_patterns || what >= h_pattern0)
        return rw->patterns_text(what == h_patterns ? -1 : what - h_pattern0);
    if (what == h_export)
        return rw->export_text();
    std::lock_guard<std::mutex> guard(rw->_store->lock());
    uint64_t failures = 0;
    switch (what) {
    case h_table_size: return String(rw->flows_of(-1));
    case h_size: return String(rw->_store->size());
    case h_capacity: return String(rw->_store->capacity());
    case h_stats: return rw->stats_text();
    case h_mapping_failures:
        for (const RewriterInput &in : rw->_inputs)
            failures += in.failures;
        return String(failures);
    }
    return String();
}

int IPRewriterBase::write_handler(const String &text, Element *e, void *user_data, ErrorHandler *errh)
{
    IPRewriterBase *rw = static_cast<IPRewriterBase *>(e);
    const int what = static_cast<int>(reinterpret_cast<intptr_t>(user_data));
    if (what >= h_pattern0)
        return rw->set_pattern(what - h_pattern0, text, errh);
    if (what == h_import)
        return rw->import_text(text, errh);
    if (what == h_remove)
        return rw->remove_keys(text, errh);
    int capacity = 0;
    if (what == h_capacity) {
        if (Args(e, errh).push_back_words(text).read_mp("CAPACITY", capacity).complete() < 0)
            return -1;
        if (capacity < 0)
            return errh->error("bad CAPACITY");
    }
    std::lock_guard<std::mutex> guard(rw->_store->lock());
    if (what == h_clear) {
        rw->_store->clear();
        return 0;
    }
    rw->_store->set_capacity(static_cast<uint32_t>(capacity));
    rw->_store->reap(now_ms(), SIZE_MAX);
    rw->_store->shrink(now_ms());
    return 0;
}

void IPRewriterBase::add_table_handlers()
{
    add_read_handler("table", table_handler, 0, beside);
    add_read_handler("mappings", table_handler, 0, Handler::f_deprecated);
}

void IPRewriterBase::add_handlers()
{
    add_table_handlers();
    add_write_handler("import", write_handler, h_import, beside);
    add_read_handler("export", read_handler, h_export, beside);
    add_write_handler("remove", write_handler, h_remove, beside);
    set_handler("lookup", Handler::f_read | Handler::f_read_param, lookup_handler);
    add_read_handler("stats", read_handler, h_stats);
    add_read_handler("table_size", read_handler, h_table_size);
    add_read_handler("nmappings", read_handler, h_table_size, Handler::f_deprecated);
    add_read_handler("mapping_failures", read_handler, h_mapping_failures);
    add_read_handler("patterns", read_handler, h_patterns);
    add_read_handler("size", read_handler, h_size);
    add_read_handler("capacity", read_handler, h_capacity);
    add_write_handler("capacity", write_handler, h_capacity);
    add_write_handler("clear", write_handler, h_clear, Handler::f_button);
    for (int i = 0; i < ninputs(); ++i) {
        const String name = "pattern" + String(i);
        add_read_handler(name, read_handler, h_pattern0 + i);
        add_write_handler(name, write_handler, h_pattern0 + i);
    }
}

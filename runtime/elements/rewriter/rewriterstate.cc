// SPDX-License-Identifier: Apache-2.0
// The state of a rewriter as text, and its way into the rewriter's successor.
#include <click/config.h>
#include <click/error.hh>
#include "iprewriterbase.hh"
#include "rewritertext.hh"

using mimi::FlowRecord;
using mimi::FlowStore;
using mimi::RewriterLine;
using mimi::RewriterTextReader;

// ---- reading

class IPRewriterBase::Judge final : public mimi::RewriterLineJudge {
  public:
    explicit Judge(const IPRewriterBase &rewriter) : _rw(rewriter) {}
    bool tracks_tcp() const override { return _rw.tracks_tcp(); }
    const char *judge(RewriterLine &line) const override
    {
        if (!_rw.imports(line.proto))
            return "a protocol of this rewriter";
        if (!_rw.tuples_from_text(line))
            return "addresses and ports as this rewriter has them";
        if (line.kind != RewriterLine::put)
            return nullptr;
        if ((line.delta_forward || line.delta_reply) && (line.proto != IP_PROTO_TCP || !_rw.tracks_tcp()))
            return "delta only for TCP";
        if (line.input >= _rw.ninputs())
            return "an input that exists";
        std::lock_guard<std::mutex> guard(_rw._store->lock());  // a specification may be written meanwhile
        const RewriterInput &in = _rw._inputs[line.input];
        if (!line.has_outputs) {
            if (!in.has_outputs())
                return "outputs=FORWARD,REPLY for an input whose specification has none";
            line.foutput = static_cast<uint16_t>(in.to.foutput);
            line.routput = static_cast<uint16_t>(in.to.routput);
        }
        return line.foutput < _rw.noutputs() && line.routput < _rw.noutputs() ? nullptr : "outputs that exist";
    }

  private:
    const IPRewriterBase &_rw;
};

// Newest wins. A flow that was made before sequence numbers were kept has 0, the oldest.
IPRewriterBase::Outcome IPRewriterBase::put(const RewriterLine &line, int64_t now)
{
    const Table &table = *table_for(line.proto);
    const FlowStore::Ref mine = _store->find(table.number, line.from);
    const FlowStore::Ref rival = _store->find(table.number, line.to.reversed());
    for (const FlowStore::Ref ref : {mine, rival}) {
        const uint32_t number = FlowStore::number(ref);
        if (!ref || _store->sequence(number) < line.sequence)
            continue;
        const bool same = _store->at(number).from == line.from && _store->sequence(number) == line.sequence;
        return same && _store->at(number).to == line.to ? o_unchanged : o_stale;
    }
    if (mine)
        _store->erase(FlowStore::number(mine));
    const uint16_t route = route_for(table, line.proto, line.input, line.foutput, line.routput);
    // A guarantee is what a packet gave, so long ago as the lifetime has been running down.
    const int64_t left_ms = int64_t{line.lifetime_s} * 1000, timeout_ms = table.lifetimes.timeout_ms[line.marks];
    const bool guaranteed = left_ms <= timeout_ms && left_ms > timeout_ms - table.lifetimes.guarantee_ms;
    const uint8_t marks = static_cast<uint8_t>(line.marks | (guaranteed ? FlowRecord::guaranteed : 0));
    const uint32_t number = route ? _store->add({line.from, line.to, route, marks, line.anno, now + left_ms}, now) : 0;
    if (!number)
        return o_refused;
    _store->set_sequence(number, line.sequence);
    if (line.delta_forward || line.delta_reply) {
        mimi::SequenceShift &shift = _store->make_shift(number);
        shift.set(false, line.delta_forward);
        shift.set(true, line.delta_reply);
    }
    return o_applied;
}

IPRewriterBase::Outcome IPRewriterBase::remove(const RewriterLine &line)
{
    const FlowStore::Ref ref = _store->find(table_for(line.proto)->number, line.from);
    const uint32_t number = FlowStore::number(ref);
    if (!ref || _store->at(number).from != line.from)
        return o_unchanged;
    if (line.kind == RewriterLine::del && _store->sequence(number) > line.sequence)
        return o_stale;
    _store->erase(number);
    return o_removed;
}

// A few at a time, so that packets can make flows in between.
void IPRewriterBase::apply(const std::vector<RewriterLine> &lines)
{
    const size_t slice = 64;
    for (size_t first = 0; first < lines.size(); first += slice) {
        std::lock_guard<std::mutex> guard(_store->lock());
        _store->keep_sequence_numbers();
        const int64_t now = now_ms();
        for (size_t i = first; i < std::min(first + slice, lines.size()); ++i)
            ++_outcomes[lines[i].kind == RewriterLine::put ? put(lines[i], now) : remove(lines[i])];
    }
}

int IPRewriterBase::import_text(const String &text, ErrorHandler *errh)
{
    const Judge judge(*this);
    RewriterTextReader reader(text.begin(), text.end(), judge);
    std::vector<RewriterLine> lines;
    RewriterLine line;
    RewriterTextReader::Result result;
    while ((result = reader.next_update(line)) == RewriterTextReader::line)
        lines.push_back(line);
    if (result == RewriterTextReader::failed)
        return errh->error("%s", reader.error().c_str());
    apply(lines);
    return 0;
}

int IPRewriterBase::remove_keys(const String &text, ErrorHandler *errh)
{
    const Judge judge(*this);
    RewriterTextReader reader(text.begin(), text.end(), judge);
    std::vector<RewriterLine> lines;
    RewriterLine line;
    RewriterTextReader::Result result;
    while ((result = reader.next_key(line)) == RewriterTextReader::line)
        lines.push_back(line);
    if (result == RewriterTextReader::failed)
        return errh->error("%s", reader.error().c_str());
    apply(lines);
    return 0;
}

// ---- writing

RewriterLine IPRewriterBase::line_of(uint32_t number, const FlowRecord &r, int64_t now) const
{
    const mimi::FlowRoute &route = _store->route_of(r);
    const uint8_t marks = r.marks.load(std::memory_order_relaxed);
    RewriterLine line;
    line.proto = route.proto;
    line.tracks_tcp = tracks_tcp();
    line.from = r.from;
    line.to = r.to;
    line.sequence = _store->sequence(number);
    line.lifetime_s = static_cast<uint32_t>((std::max<int64_t>(_store->expiry(r, now) - now, 0) + 999) / 1000);
    line.marks = marks & FlowRecord::protocol_marks;
    line.anno = r.reply_anno;
    line.input = route.input;
    line.foutput = route.foutput;
    line.routput = route.routput;
    const RewriterInput &in = _inputs[route.input];
    line.has_outputs = !in.has_outputs() || in.to.foutput != route.foutput || in.to.routput != route.routput;
    if (marks & FlowRecord::shifted) {
        const mimi::SequenceShift *shift = _store->shift(number);
        line.delta_forward = shift ? shift->delta(false) : 0;
        line.delta_reply = shift ? shift->delta(true) : 0;
    }
    tuples_to_text(line);
    return line;
}

String IPRewriterBase::export_text()
{
    StringAccum sa;
    {
        std::lock_guard<std::mutex> guard(_store->lock());
        _store->keep_sequence_numbers();
    }
    const int64_t now = now_ms();
    for_each_flow_in_slices([&](uint32_t i, FlowRecord &r) {
        if (_store->expiry(r, now) <= now)
            return;
        write_line(sa, line_of(i, r, now));
        sa << '\n';
    });
    return sa.take_string();
}

int IPRewriterBase::lookup_line(String &text, ErrorHandler *errh)
{
    const Judge judge(*this);
    RewriterTextReader reader(text.begin(), text.end(), judge);
    RewriterLine key;
    const RewriterTextReader::Result result = reader.next_key(key);
    if (result == RewriterTextReader::failed)
        return errh->error("%s", reader.error().c_str());
    StringAccum sa;
    std::lock_guard<std::mutex> guard(_store->lock());
    const FlowStore::Ref ref = _store->find(table_for(key.proto)->number, key.from);
    const uint32_t number = FlowStore::number(ref);
    if (ref && _store->at(number).from == key.from)
        write_line(sa, line_of(number, _store->at(number), now_ms()));
    text = sa.take_string();
    return 0;
}

String IPRewriterBase::stats_text() const
{
    static const char *const names[n_outcomes] = {"applied", "unchanged", "stale", "refused", "removed"};
    StringAccum sa;
    for (int i = 0; i < n_outcomes; ++i)
        sa << names[i] << ' ' << _outcomes[i] << '\n';
    sa << "bytes " << _store->bytes() << '\n';
    return sa.take_string();
}

// ---- hot swap

IPRewriterBase *IPRewriterBase::namesake(const IPRewriterBase *rewriter, FlowStore &store)
{
    for (void *member : store.members()) {
        IPRewriterBase *other = static_cast<IPRewriterBase *>(member);
        if (other->name() == rewriter->name() && strcmp(other->class_name(), rewriter->class_name()) == 0)
            return other;
    }
    return nullptr;
}

bool IPRewriterBase::same_members(FlowStore &ours, FlowStore &theirs)
{
    if (ours.members().size() != theirs.members().size())
        return false;
    for (void *member : ours.members())
        if (!namesake(static_cast<IPRewriterBase *>(member), theirs))
            return false;
    return true;
}

// The specifications of this router decide where flows leave; a mapper's flows leave where they did. False: no way out.
bool IPRewriterBase::resolve(mimi::FlowRoute &route) const
{
    if (route.input >= _inputs.size())
        return false;
    const RewriterInput &in = _inputs[route.input];
    if (in.has_outputs()) {
        route.foutput = static_cast<uint16_t>(in.to.foutput);
        route.routput = static_cast<uint16_t>(in.to.routput);
    }
    return route.foutput < noutputs() && route.routput < noutputs();
}

void IPRewriterBase::resolve_routes()
{
    std::vector<bool> dead(_store->routes(), false);
    bool any = false;
    for (uint32_t i = 1; i < _store->routes(); ++i) {
        mimi::FlowRoute route = _store->route(static_cast<uint16_t>(i));
        if (!owns(route.table))
            continue;
        dead[i] = !resolve(route);
        any |= dead[i];
        if (!dead[i])
            _store->change_route(static_cast<uint16_t>(i), route);
    }
    if (any)
        for_each_flow([&](uint32_t i, FlowRecord &r) {
            if (dead[r.route.load(std::memory_order_relaxed)])
                _store->erase(i);
        });
}

// The store with all its flows changes hands, when the same rewriters share it on both sides.
void IPRewriterBase::take_table(IPRewriterBase *old)
{
    const std::shared_ptr<FlowStore> ours = _store, theirs = old->_store;
    std::lock_guard<std::mutex> guard(theirs->lock());
    const std::vector<void *> old_members = theirs->members();
    for (void *member : ours->members()) {
        IPRewriterBase *rw = static_cast<IPRewriterBase *>(member);
        IPRewriterBase *before = namesake(rw, *theirs);
        for (size_t i = 0; i < rw->_tables.size(); ++i) {
            rw->_tables[i].number = before->_tables[i].number;
            theirs->set_lifetimes(rw->_tables[i].number, rw->_tables[i].lifetimes);
        }
        rw->_store = theirs;
    }
    theirs->members() = ours->members();
    theirs->set_capacity(ours->capacity());
    for (void *member : theirs->members())
        static_cast<IPRewriterBase *>(member)->resolve_routes();
    theirs->shrink(now_ms());
    const std::shared_ptr<FlowStore> nothing = std::make_shared<FlowStore>();
    for (void *member : old_members)
        static_cast<IPRewriterBase *>(member)->_store = nothing;
}

void IPRewriterBase::take_flows(IPRewriterBase *old)
{
    const int64_t now = now_ms();
    std::lock_guard<std::mutex> guard(_store->lock());
    if (old->_store->numbered())
        _store->keep_sequence_numbers();
    old->for_each_flow([&](uint32_t i, FlowRecord &r) {
        mimi::FlowRoute route = old->_store->route_of(r);
        const Table *table = table_for(route.proto);
        if (!table || !resolve(route))
            return;
        route.table = table->number;
        const uint8_t marks = r.marks.load(std::memory_order_relaxed) & ~FlowRecord::shifted;
        const uint32_t number = _store->add({r.from, r.to, _store->find_or_add_route(route), marks, r.reply_anno,
                                             old->_store->expiry(r, now)}, now);
        if (!number)
            return;
        if (_store->numbered())
            _store->set_sequence(number, old->_store->sequence(i));
        if (const mimi::SequenceShift *shift = old->_store->shift(i))
            _store->make_shift(number) = *shift;
    });
}

void IPRewriterBase::take_state(Element *element, ErrorHandler *)
{
    IPRewriterBase *old = static_cast<IPRewriterBase *>(element->cast("IPRewriterBase"));
    if (!old || strcmp(old->class_name(), class_name()) != 0 || old->_tables.empty() || old->_store == _store)
        return;
    std::copy(std::begin(old->_outcomes), std::end(old->_outcomes), std::begin(_outcomes));
    if (_store->size() == 0 && same_members(*_store, *old->_store))
        take_table(old);
    else
        take_flows(old);
}

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "iprewriterbase.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>
#include <click/router.hh>
#include "tcpflows.hh"

using mimi::FlowRecord;
using mimi::FlowStore;
using mimi::FlowTuple;

IPRewriterBase::IPRewriterBase() : _store(std::make_shared<FlowStore>()), _timer(this) {}

// ---- configuration

int IPRewriterBase::use_capacity(const String &word, ErrorHandler *errh)
{
    int capacity;
    if (IntArg().parse(word, capacity)) {
        if (capacity < 0)
            return errh->error("bad MAPPING_CAPACITY");
        _store->set_capacity(static_cast<uint32_t>(capacity));
        return 0;
    }
    Element *element = cp_element(word, this);
    _share = element ? static_cast<IPRewriterBase *>(element->cast("IPRewriterBase")) : nullptr;
    return _share ? 0 : errh->error("bad MAPPING_CAPACITY");
}

int IPRewriterBase::read_annotations(Vector<String> &conf, ErrorHandler *errh)
{
    bool dst_anno = true, reply_anno = false;
    if (Args(this, errh).bind(conf)
            .read("DST_ANNO", dst_anno)
            .read("REPLY_ANNO", AnnoArg(1), _reply_anno_at).read_status(reply_anno)
            .consume() < 0)
        return -1;
    _annos = (dst_anno ? anno_dst : 0) | (reply_anno ? anno_reply : 0);
    return 0;
}

int IPRewriterBase::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String capacity;
    if (Args(this, errh).bind(conf)
            .read("CAPACITY", AnyArg(), capacity)
            .read("MAPPING_CAPACITY", AnyArg(), capacity)
            .read("TIMEOUT", SecondsArg(), _timeout_s)
            .read("GUARANTEE", SecondsArg(), _guarantee_s)
            .read("REAP_INTERVAL", SecondsArg(), _reap_s)
            .read("REAP_TIME", Args::deprecated, SecondsArg(), _reap_s)
            .consume() < 0)
        return -1;
    if (capacity && use_capacity(capacity, errh) < 0)
        return -1;
    if (conf.size() != ninputs())
        return errh->error("need %d arguments, one per input port", ninputs());
    bool good = true;
    for (int i = 0; i < conf.size(); ++i) {
        PrefixErrorHandler perrh(errh, "input spec " + String(i) + ": ");
        _inputs.emplace_back();
        good &= _inputs.back().parse(conf[i], this, &perrh) >= 0;
    }
    return good ? 0 : -1;
}

std::vector<mimi::FlowLifetimes> IPRewriterBase::lifetimes() const
{
    mimi::FlowLifetimes all;
    all.timeout_ms.fill(milliseconds(_timeout_s));
    all.guarantee_ms = milliseconds(_guarantee_s);
    return {all};
}

// The store at the end of the chain; a chain that bites its tail ends here.
std::shared_ptr<FlowStore> IPRewriterBase::shared_store()
{
    IPRewriterBase *last = this;
    for (int steps = 0; last->_share && last->_share != this && steps < router()->nelements(); ++steps)
        last = last->_share;
    return last->_store;
}

int IPRewriterBase::initialize(ErrorHandler *errh)
{
    _store = shared_store();
    std::lock_guard<std::mutex> guard(_store->lock());
    for (const mimi::FlowLifetimes &l : lifetimes()) {
        _tables.push_back(Table{_store->add_table(l), l});
        if (!_tables.back().number)
            return errh->error("too many rewriters share this MAPPING_CAPACITY");
    }
    _store->members().push_back(this);
    const int before = errh->nerrors();
    for (size_t i = 0; i < _inputs.size(); ++i)
        if (_inputs[i].kind == RewriterInput::k_mapper) {
            PrefixErrorHandler perrh(errh, "input spec " + String(i) + ": ");
            _inputs[i].mapper->notify_rewriter(this, static_cast<int>(i), &perrh);
        }
    _timer.initialize(this);
    if (_reap_s)
        _timer.schedule_after_sec(_reap_s);
    return errh->nerrors() == before ? 0 : -1;
}

void *IPRewriterBase::cast(const char *name)
{
    if (strcmp(name, "IPRewriterBase") == 0)
        return this;
    return strcmp(name, class_name()) == 0 ? this : Element::cast(name);
}

// A little at a time: a million flows that expire at once must not stop the packets.
void IPRewriterBase::run_timer(Timer *)
{
    const size_t chunks = 32;
    std::lock_guard<std::mutex> guard(_store->lock());
    if (!_store->reap(now_ms(), chunks))
        _timer.schedule_after_msec(1);
    else
        _timer.schedule_after_sec(_reap_s);
}

// ---- flows

bool IPRewriterBase::complete(const FlowTuple &, FlowTuple &) const
{
    return true;
}

FlowStore::Ref IPRewriterBase::find_flow(uint8_t proto, const FlowTuple &key) const
{
    const Table *table = table_for(proto);
    const FlowStore::Ref ref = table ? _store->find(table->number, key) : 0;
    if (!ref)
        return 0;
    const uint8_t of_flow = _store->route_of(_store->at(FlowStore::number(ref))).proto;
    return !proto || !of_flow || proto == of_flow ? ref : 0;
}

FlowTuple IPRewriterBase::rewritten(FlowStore::Ref ref, const FlowTuple &) const
{
    return _store->at(FlowStore::number(ref)).outgoing(FlowStore::is_reply(ref));
}

int IPRewriterBase::output_of(FlowStore::Ref ref) const
{
    const mimi::FlowRoute &route = _store->route_of(_store->at(FlowStore::number(ref)));
    return FlowStore::is_reply(ref) ? route.routput : route.foutput;
}

uint16_t IPRewriterBase::route_for(const Table &table, uint8_t proto, int input, int foutput, int routput)
{
    if (foutput < 0 || foutput >= noutputs() || routput < 0 || routput >= noutputs())
        return 0;
    return _store->find_or_add_route(mimi::FlowRoute{table.number, proto, static_cast<uint16_t>(input),
                                                     static_cast<uint16_t>(foutput), static_cast<uint16_t>(routput)});
}

namespace {

// The reply keys of one table, with the rewriter's own idea of a complete tuple.
template <class Complete>
class TableKeys final : public ReplyKeys {
  public:
    TableKeys(const FlowStore &store, uint8_t table, const FlowTuple &from, Complete complete)
        : _store(store), _table(table), _from(from), _complete(complete)
    {
    }
    void complete(FlowTuple &to) const override { _complete(_from, to); }
    bool taken(FlowTuple &to) const override
    {
        return _complete(_from, to) && _store.find(_table, to.reversed());
    }
    const void *space() const override { return &_store.lifetimes(_table); }
    uint64_t erasures() const override { return _store.erasures(); }

  private:
    const FlowStore &_store;
    uint8_t _table;
    const FlowTuple &_from;
    Complete _complete;
};

}  // namespace

bool IPRewriterBase::choose(RewriterInput &in, const Table &table, const FlowTuple &key, IPMapper::Choice &choice)
{
    const auto complete_it = [this](const FlowTuple &from, FlowTuple &to) { return complete(from, to); };
    const TableKeys<decltype(complete_it)> keys(*_store, table.number, key, complete_it);
    choice = IPMapper::Choice{key, in.to.foutput, in.to.routput};
    switch (in.kind) {
    case RewriterInput::k_keep: return true;
    case RewriterInput::k_pattern: return in.to.pattern->choose(key, choice.to, keys);
    case RewriterInput::k_mapper: return in.mapper->choose(key, choice, keys);
    default: return false;
    }
}

FlowStore::Ref IPRewriterBase::make_flow(int port, uint8_t proto, const Table &table, const FlowTuple &key, int64_t now,
                                         uint8_t reply_anno)
{
    RewriterInput &in = _inputs[port];
    IPMapper::Choice choice;
    if (!in.makes_flows())
        return 0;
    uint32_t number = 0;
    if (choose(in, table, key, choice) && complete(key, choice.to))
        if (const uint16_t route = route_for(table, proto, port, choice.foutput, choice.routput)) {
            const uint8_t marks = table.lifetimes.guarantee_ms ? uint8_t{FlowRecord::guaranteed} : uint8_t{0};
            number = _store->add({key, choice.to, route, marks, reply_anno, now + table.lifetimes.timeout_ms[0]}, now);
        }
    if (!number)
        ++in.failures;
    else if (_store->numbered())
        _store->set_sequence(number, _store->next_sequence(now_us()));
    return number << 1;
}

int IPRewriterBase::miss(int port, const Packet *p, uint8_t proto, const Table &table, const FlowTuple &key, uint32_t hash,
                         int64_t now, FlowStore::Ref &ref)
{
    const RewriterInput &in = _inputs[port];
    if (!in.makes_flows())
        return unrelated(port);
    std::lock_guard<std::mutex> guard(_store->lock());
    ref = _store->find(hash, table.number, key);
    if (!ref)
        ref = make_flow(port, proto, table, key, now, _annos & anno_reply ? p->anno_u8(_reply_anno_at) : 0);
    return -1;
}

uint32_t IPRewriterBase::original_sequence(FlowStore::Ref ref, uint32_t sequence) const
{
    if (!(_store->at(FlowStore::number(ref)).marks.load(std::memory_order_relaxed) & FlowRecord::shifted))
        return sequence;
    std::lock_guard<std::mutex> guard(_store->lock());
    const mimi::SequenceShift *shift = _store->shift(FlowStore::number(ref));
    return shift ? shift->acknowledgement(FlowStore::is_reply(ref), sequence) : sequence;
}

void IPRewriterBase::shift_numbers(WritablePacket *p, uint32_t number, bool reply)
{
    std::lock_guard<std::mutex> guard(_store->lock());
    if (mimi::SequenceShift *shift = _store->shift(number))
        TCPFlows::shift_numbers(p, *shift, reply);
}

FlowStore::Ref IPRewriterBase::find_or_make_flow(uint8_t proto, const FlowTuple &key, int input)
{
    const FlowStore::Ref ref = find_flow(proto, key);
    const Table *table = table_for(proto);
    if (ref || !table || input < 0 || input >= ninputs())
        return ref;
    return make_flow(input, proto, *table, key, now_ms(), 0);
}

// SPDX-License-Identifier: Apache-2.0
// The handlers of MinionLB: text in and out, away from the packet path.
#include <click/config.h>
#include "minionlb.hh"
#include <click/error.hh>
#include <click/handler.hh>
#include <click/straccum.hh>
#include <cstdio>
CLICK_DECLS

using mimi::FlowBinding;
using mimi::FlowTextReader;
using mimi::FlowUpdate;
typedef mimi::BindingTable::Outcome Outcome;

namespace {

const uint16_t fin_forward = 1, answered = 4;

const char *const count_names[] = {
    "applied", "unchanged", "stale", "refused", "removed",
    "new_flows", "picked",
    "forward", "reverse", "icmp_errors", "passed",
    "resets",
    "drop_unknown", "drop_backend_unknown", "drop_fragment", "drop_malformed", "drop_refused", "drop_icmp",
    "drop_unrouted",
};
static_assert(sizeof(count_names) / sizeof(count_names[0]) == MinionLB::n_counts, "a word for every count");

void append_line(StringAccum &out, const std::string &text)
{
    out.append(text.data(), int(text.size()));
    out << '\n';
}

}  // namespace

// Expired bindings do not exist for whoever reads the table.
void MinionLB::reap()
{
    _table->expire(now_s(), size_t(-1));
}

// TCP state of an imported record: what we did not see is taken to have happened.
void MinionLB::adopt(Record &r) const
{
    FlowBinding &b = r.binding;
    b.flags = answered;
    if (b.state == mimi::FlowState::closing)
        b.flags |= fin_forward;
}

int MinionLB::import_text(const String &text, ErrorHandler *errh)
{
    FlowTextReader reader(text.data(), text.data() + text.length());
    std::vector<FlowUpdate> updates;
    FlowUpdate u;
    FlowTextReader::Result result;
    while ((result = reader.next(u)) == FlowTextReader::line)
        updates.push_back(u);
    if (result == FlowTextReader::failed)
        return errh->error("%s", reader.error().c_str());
    static const Count counts[] = {applied, unchanged, stale, refused, removed};  // in the order of Outcome
    const uint32_t now = now_s();
    for (const FlowUpdate &each : updates) {
        const FlowBinding &b = each.binding;
        Outcome outcome = Outcome::refused;
        if (each.kind == FlowUpdate::del) {
            outcome = _table->remove(b.key(), b.seq, now);
        } else {
            const uint16_t owner = owner_of(b);
            if (owner != mimi::BackendPool::none) {
                const mimi::BindingTable::Put put = _table->put(b, owner, now);
                outcome = put.outcome;
                if (outcome == Outcome::applied)
                    adopt(*put.record);
            }
        }
        ++_counts[counts[int(outcome)]];
    }
    return 0;
}

int MinionLB::remove_keys(const String &text, ErrorHandler *errh)
{
    FlowTextReader reader(text.data(), text.data() + text.length());
    std::vector<mimi::FlowKey> keys;
    mimi::FlowKey key;
    FlowTextReader::Result result;
    while ((result = reader.next(key)) == FlowTextReader::line)
        keys.push_back(key);
    if (result == FlowTextReader::failed)
        return errh->error("%s", reader.error().c_str());
    const uint32_t now = now_s();
    for (const mimi::FlowKey &each : keys)
        ++_counts[_table->remove(each, UINT64_MAX, now) == Outcome::removed ? removed : unchanged];
    return 0;
}

String MinionLB::export_text()
{
    StringAccum out;
    char line[mimi::flow_text_max];
    const uint32_t now = now_s();
    _table->for_each(now, [&](Record &r) {
        FlowBinding b = r.binding;
        b.lifetime_s = r.deadline - now;
        char *end = mimi::write_put(line, b);
        *end++ = '\n';
        out.append(line, int(end - line));
    });
    return out.take_string();
}

int MinionLB::lookup_text(String &text, ErrorHandler *errh)
{
    FlowTextReader reader(text.data(), text.data() + text.length());
    mimi::FlowKey key;
    FlowTextReader::Result result = reader.next(key);
    if (result == FlowTextReader::failed)
        return errh->error("%s", reader.error().c_str());
    if (result == FlowTextReader::end)
        return errh->error("expected PROTO SADDR:SPORT DADDR:DPORT, found nothing");
    const uint32_t now = now_s();
    const Record *r = _table->find(key, mimi::Direction::forward, now);
    if (!r) {
        text = String();
        return 0;
    }
    FlowBinding b = r->binding;
    b.lifetime_s = r->deadline - now;
    char line[mimi::flow_text_max];
    text = String(line, int(mimi::write_put(line, b) - line));
    return 0;
}

String MinionLB::digest_text()
{
    reap();
    char text[64];
    int n = snprintf(text, sizeof(text), "%u %016llx", _table->size(), static_cast<unsigned long long>(_table->digest()));
    return String(text, n);
}

String MinionLB::vips_text()
{
    StringAccum out;
    for (const mimi::Vip &v : _pool.vips()) {
        append_line(out, std::string("vip ") + (v.proto == mimi::proto_tcp ? "tcp " : "udp ")
                    + mimi::endpoint_text(v.addr, v.port) + (v.choose == mimi::Choose::random ? " random" : " round-robin")
                    + " chosen " + std::to_string(v.chosen));
        for (uint16_t i = v.first; i != v.first + v.count; ++i) {
            const mimi::Backend &b = _pool.backend(i);
            append_line(out, "backend " + mimi::endpoint_text(b.addr, b.port) + " chosen " + std::to_string(b.chosen)
                        + " forward " + std::to_string(b.forward) + " reverse " + std::to_string(b.reverse));
        }
    }
    return out.take_string();
}

String MinionLB::stats_text() const
{
    StringAccum out;
    for (int i = 0; i != n_counts; ++i)
        append_line(out, count_names[i] + (' ' + std::to_string(_counts[i])));
    append_line(out, "expired " + std::to_string(_table->expired()));
    append_line(out, "collisions " + std::to_string(_table->collisions()));
    append_line(out, "bytes " + std::to_string(_table->bytes()));
    return out.take_string();
}

String MinionLB::read_handler(Element *e, void *thunk)
{
    MinionLB *lb = static_cast<MinionLB *>(e);
    switch (reinterpret_cast<intptr_t>(thunk)) {
    case h_export: return lb->export_text();
    case h_count:
        lb->reap();
        return String(lb->_table->size());
    case h_digest: return lb->digest_text();
    case h_stats: return lb->stats_text();
    case h_vips: return lb->vips_text();
    case h_capacity: return String(lb->_table->capacity());
    }
    return String();
}

int MinionLB::write_handler(const String &text, Element *e, void *thunk, ErrorHandler *errh)
{
    MinionLB *lb = static_cast<MinionLB *>(e);
    switch (reinterpret_cast<intptr_t>(thunk)) {
    case h_import: return lb->import_text(text, errh);
    case h_remove: return lb->remove_keys(text, errh);
    case h_clear:
        lb->_table->clear();
        return 0;
    }
    return -1;
}

int MinionLB::lookup_handler(int, String &text, Element *e, const Handler *, ErrorHandler *errh)
{
    return static_cast<MinionLB *>(e)->lookup_text(text, errh);
}

void MinionLB::add_handlers()
{
    add_write_handler("import", write_handler, h_import);
    add_read_handler("export", read_handler, h_export);
    add_write_handler("remove", write_handler, h_remove);
    add_write_handler("clear", write_handler, h_clear, Handler::f_button);
    add_read_handler("count", read_handler, h_count);
    add_read_handler("digest", read_handler, h_digest);
    set_handler("lookup", Handler::f_read | Handler::f_read_param, lookup_handler, 0, 0);
    add_read_handler("stats", read_handler, h_stats);
    add_read_handler("vips", read_handler, h_vips);
    add_read_handler("capacity", read_handler, h_capacity);
}

CLICK_ENDDECLS
ELEMENT_PROVIDES(MinionLBHandlers)

// SPDX-License-Identifier: Apache-2.0
// The handlers of every box: text in and out, away from the packet path.
#include <click/config.h>
#include "minionbox.hh"
#include "flowlife.hh"
#include <click/error.hh>
#include <click/handler.hh>
#include <click/straccum.hh>
#include <algorithm>
#include <cstdio>
CLICK_DECLS

using mimi::FlowBinding;
using mimi::FlowTextReader;
using mimi::FlowUpdate;

namespace {

// Bindings that an import applies, and an export copies, before packets have their turn at the lock: some microseconds.
const unsigned slice = 32;
const unsigned long_slice = 256;

const char *const count_names[] = {
    "applied", "unchanged", "stale", "refused", "removed",
    "new_flows", "picked",
    "forward", "reverse", "icmp_errors", "passed",
    "resets",
    "followed",
    "drop_unknown", "drop_fragment", "drop_malformed", "drop_refused", "drop_icmp", "drop_unrouted",
};
static_assert(sizeof(count_names) / sizeof(count_names[0]) == MinionBox::n_counts, "a word for every count");

}  // namespace

void MinionBox::append_line(StringAccum &out, const std::string &text)
{
    out.append(text.data(), int(text.size()));
    out << '\n';
}

void MinionBox::reap()
{
    const uint32_t now = now_s();
    for (bool done = false; !done;) {
        mimi::TableLock::Polite guard(_store->lock());
        done = _store->expire(now, slice);
    }
}

// The slowest part, waiting for memory, is begun for the whole slice before the lock is taken.
void MinionBox::apply(const FlowUpdate *updates, size_t n, uint32_t now)
{
    static const Count counts[] = {applied, unchanged, stale, refused, removed};  // in the order of Outcome
    FlowBinding bindings[slice];
    mimi::BindingStore::Prepared hashes[slice];
    for (size_t i = 0; i != n; ++i) {
        FlowBinding &b = bindings[i] = updates[i].binding;
        hashes[i] = _store->prepare(b);
        b.flags = mimi::adopted_flags(b.state);
    }
    mimi::TableLock::Polite guard(_store->lock());
    for (size_t i = 0; i != n; ++i) {
        Outcome outcome = Outcome::refused;
        uint16_t owner;
        if (updates[i].kind == FlowUpdate::del)
            outcome = _store->remove(bindings[i].key(), bindings[i].seq, now);
        else if ((owner = owner_of(bindings[i])) != no_owner)
            outcome = adopt(bindings[i], hashes[i], owner, now);
        _counts.add_shared(size_t(counts[int(outcome)]), 1);
    }
}

int MinionBox::import_text(const String &text, ErrorHandler *errh)
{
    FlowTextReader reader(text.data(), text.data() + text.length(), has_queries());
    std::vector<FlowUpdate> updates;
    FlowUpdate u;
    FlowTextReader::Result result;
    while ((result = reader.next(u)) == FlowTextReader::line)
        updates.push_back(u);
    if (result == FlowTextReader::failed)
        return errh->error("%s", reader.error().c_str());
    const uint32_t now = now_s();
    for (size_t i = 0; i < updates.size(); i += slice) {
        if (updates.size() > long_slice && _store->wants_chunk() && !_growing.exchange(true)) {
            _store->add_chunk();
            _growing.store(false);
        }
        apply(&updates[i], std::min<size_t>(slice, updates.size() - i), now);
    }
    return 0;
}

int MinionBox::remove_keys(const String &text, ErrorHandler *errh)
{
    FlowTextReader reader(text.data(), text.data() + text.length(), has_queries());
    std::vector<mimi::FlowKey> keys;
    mimi::FlowKey key;
    FlowTextReader::Result result;
    while ((result = reader.next(key)) == FlowTextReader::line)
        keys.push_back(key);
    if (result == FlowTextReader::failed)
        return errh->error("%s", reader.error().c_str());
    const uint32_t now = now_s();
    for (size_t i = 0; i < keys.size();) {
        mimi::TableLock::Polite guard(_store->lock());
        for (const size_t end = std::min<size_t>(i + slice, keys.size()); i != end; ++i)
            _counts.add_shared(_store->remove(keys[i], UINT64_MAX, now) == Outcome::removed ? removed : unchanged, 1);
    }
    return 0;
}

void MinionBox::clear()
{
    uint32_t place = 0;
    for (bool more = true; more;) {
        mimi::TableLock::Polite guard(_store->lock());
        more = _store->erase_some(place, slice);
    }
}

// Copies under the lock, writes text without it.
String MinionBox::export_text()
{
    StringAccum out;
    char line[mimi::flow_text_max];
    std::vector<FlowBinding> some;
    const uint32_t now = now_s();
    uint32_t place = 0;
    for (bool more = true; more;) {
        some.clear();
        {
            mimi::TableLock::Polite guard(_store->lock());
            more = _store->copy(place, long_slice, now, some);
        }
        for (const FlowBinding &b : some) {
            char *end = mimi::write_put(line, b);
            *end++ = '\n';
            out.append(line, int(end - line));
        }
    }
    return out.take_string();
}

uint32_t MinionBox::count_own()
{
    std::vector<FlowBinding> some;
    const uint32_t now = now_s();
    uint32_t place = 0, count = 0;
    for (bool more = true; more;) {
        some.clear();
        {
            mimi::TableLock::Polite guard(_store->lock());
            more = _store->copy(place, long_slice, now, some);
        }
        for (const FlowBinding &b : some)
            count += (b.flags & mimi::through) && b.state != mimi::FlowState::closed;
    }
    return count;
}

int MinionBox::lookup_text(String &text, ErrorHandler *errh)
{
    FlowTextReader reader(text.data(), text.data() + text.length(), has_queries());
    mimi::FlowKey key;
    FlowTextReader::Result result = reader.next(key);
    if (result == FlowTextReader::failed)
        return errh->error("%s", reader.error().c_str());
    if (result == FlowTextReader::end)
        return errh->error("expected PROTO SADDR:SPORT DADDR:DPORT, found nothing");
    const uint32_t now = now_s();
    FlowBinding b = FlowBinding();
    {
        std::lock_guard<mimi::TableLock> guard(_store->lock());
        b = _store->binding_of(key, now);
    }
    char line[mimi::flow_text_max];
    text = b.proto ? String(line, int(mimi::write_put(line, b) - line)) : String();
    return 0;
}

String MinionBox::digest_text()
{
    reap();
    uint32_t place = 0;
    mimi::BindingStore::Digest digest = {0, 0};
    for (bool more = true; more;) {
        mimi::TableLock::Polite guard(_store->lock());
        more = _store->update_digest(place, slice);
        digest = _store->digest();
    }
    char text[64];
    int n = snprintf(text, sizeof(text), "%u %016llx", digest.count, static_cast<unsigned long long>(digest.sum));
    return String(text, n);
}

String MinionBox::count_text()
{
    reap();
    mimi::TableLock::Polite guard(_store->lock());
    return String(_store->size());
}

String MinionBox::stats_text() const
{
    StringAccum out;
    for (int i = 0; i != n_counts; ++i)
        append_line(out, count_names[i] + (' ' + std::to_string(_counts.total(size_t(i)))));
    const std::vector<std::string> own = own_counts();
    for (size_t i = 0; i != own.size(); ++i)
        append_line(out, own[i] + ' ' + std::to_string(_counts.total(n_counts + i)));
    std::lock_guard<mimi::TableLock> guard(_store->lock());
    append_line(out, "expired " + std::to_string(_store->expired()));
    append_line(out, "collisions " + std::to_string(_store->collisions()));
    append_line(out, "bytes " + std::to_string(_store->bytes() + own_bytes()));
    return out.take_string();
}

String MinionBox::read_handler(Element *e, void *thunk)
{
    MinionBox *box = static_cast<MinionBox *>(e);
    switch (reinterpret_cast<intptr_t>(thunk)) {
    case h_export: return box->export_text();
    case h_count: return box->count_text();
    case h_digest: return box->digest_text();
    case h_stats: return box->stats_text();
    case h_capacity: return String(box->_store->capacity());
    }
    return String();
}

int MinionBox::write_handler(const String &text, Element *e, void *thunk, ErrorHandler *errh)
{
    MinionBox *box = static_cast<MinionBox *>(e);
    switch (reinterpret_cast<intptr_t>(thunk)) {
    case h_import: return box->import_text(text, errh);
    case h_remove: return box->remove_keys(text, errh);
    case h_clear:
        box->clear();
        return 0;
    }
    return -1;
}

int MinionBox::lookup_handler(int, String &text, Element *e, const Handler *, ErrorHandler *errh)
{
    return static_cast<MinionBox *>(e)->lookup_text(text, errh);
}

void MinionBox::add_handlers()
{
    // Beside the packets, when they are long.
    const uint32_t beside = Handler::f_nonexclusive | Handler::f_expensive;
    add_write_handler("import", write_handler, h_import, beside);
    add_read_handler("export", read_handler, h_export, beside);
    add_write_handler("remove", write_handler, h_remove, beside);
    add_write_handler("clear", write_handler, h_clear, Handler::f_button | beside);
    add_read_handler("count", read_handler, h_count, beside);
    add_read_handler("digest", read_handler, h_digest, beside);
    set_handler("lookup", Handler::f_read | Handler::f_read_param | Handler::f_nonexclusive, lookup_handler, 0, 0);
    add_read_handler("stats", read_handler, h_stats);
    add_read_handler("capacity", read_handler, h_capacity);
}

CLICK_ENDDECLS
ELEMENT_PROVIDES(MinionBoxHandlers)
ELEMENT_REQUIRES(FlowReader)

// SPDX-License-Identifier: Apache-2.0
// The handlers of every box: text in and out, away from the packet path.
#include <click/config.h>
#include "boxfamily.hh"
#include <click/error.hh>
#include <click/handler.hh>
#include <click/straccum.hh>
#include <cstdio>
CLICK_DECLS

using mimi::FlowTextReader;

namespace {

const char *const count_names[] = {
    "applied", "unchanged", "stale", "refused", "removed",
    "new_flows", "picked",
    "forward", "reverse", "icmp_errors", "passed",
    "resets",
    "followed",
    "drop_unknown", "drop_fragment", "drop_malformed", "drop_refused", "drop_icmp", "drop_unrouted",
};
static_assert(sizeof(count_names) / sizeof(count_names[0]) == MinionBox::n_counts, "a word for every count");

template <class A> String put_line(const mimi::FlowBindingOf<A> &b)
{
    char line[mimi::flow_text_max];
    return b.proto ? String(line, int(mimi::write_put(line, b) - line)) : String();
}

}  // namespace

void MinionBox::append_line(StringAccum &out, const std::string &text)
{
    out.append(text.data(), int(text.size()));
    out << '\n';
}

void MinionBox::reap()
{
    for (BoxFamily *family : _families)
        if (family)
            family->reap();
}

// All of them; false when one is not what is expected, and the reader knows which.
template <class T, class T6> bool MinionBox::read_lines(FlowTextReader &reader, std::vector<T> &lines, std::vector<T6> &lines6) const
{
    T line;
    T6 line6;
    for (;;) {
        switch (_ip6 ? reader.next(line, line6) : reader.next(line)) {
        case FlowTextReader::line:
            lines.push_back(line);
            break;
        case FlowTextReader::line6:
            lines6.push_back(line6);
            break;
        case FlowTextReader::end:
            return true;
        case FlowTextReader::failed:
            return false;
        }
    }
}

// Lines of both families, where the box has both, in any order.
int MinionBox::import_text(const String &text, ErrorHandler *errh)
{
    FlowTextReader reader(text.data(), text.data() + text.length(), has_queries());
    std::vector<mimi::FlowUpdate> updates;
    std::vector<mimi::FlowUpdate6> updates6;
    if (!read_lines(reader, updates, updates6))
        return errh->error("%s", reader.error().c_str());
    _ip4->import(updates);
    if (_ip6)
        _ip6->import(updates6);
    return 0;
}

int MinionBox::remove_keys(const String &text, ErrorHandler *errh)
{
    FlowTextReader reader(text.data(), text.data() + text.length(), has_queries());
    std::vector<mimi::FlowKey> keys;
    std::vector<mimi::FlowKey6> keys6;
    if (!read_lines(reader, keys, keys6))
        return errh->error("%s", reader.error().c_str());
    _ip4->remove(keys);
    if (_ip6)
        _ip6->remove(keys6);
    return 0;
}

int MinionBox::lookup_text(String &text, ErrorHandler *errh)
{
    FlowTextReader reader(text.data(), text.data() + text.length(), has_queries());
    std::vector<mimi::FlowKey> keys;
    std::vector<mimi::FlowKey6> keys6;
    if (!read_lines(reader, keys, keys6))
        return errh->error("%s", reader.error().c_str());
    if (keys.size() + keys6.size() != 1)
        return errh->error("expected PROTO SADDR:SPORT DADDR:DPORT, found %s", keys.size() + keys6.size() ? "several" : "nothing");
    text = keys.empty() ? put_line(_ip6->lookup(keys6[0])) : put_line(_ip4->lookup(keys[0]));
    return 0;
}

void MinionBox::clear()
{
    for (BoxFamily *family : _families)
        if (family)
            family->clear();
}

String MinionBox::export_text()
{
    StringAccum out;
    for (BoxFamily *family : _families)
        if (family)
            family->write_all(out);
    return out.take_string();
}

uint32_t MinionBox::count_own()
{
    uint32_t count = 0;
    for (BoxFamily *family : _families)
        if (family)
            count += family->count_own();
    return count;
}

String MinionBox::digest_text()
{
    reap();
    mimi::AnyBindingStore::Digest all = {0, 0};
    for (BoxFamily *family : _families)
        if (family) {
            const mimi::AnyBindingStore::Digest digest = family->digest();
            all.count += digest.count;
            all.sum += digest.sum;
        }
    char text[64];
    int n = snprintf(text, sizeof(text), "%u %016llx", all.count, static_cast<unsigned long long>(all.sum));
    return String(text, n);
}

String MinionBox::count_text()
{
    reap();
    uint32_t count = 0;
    for (BoxFamily *family : _families)
        if (family)
            count += family->count();
    return String(count);
}

String MinionBox::stats_text() const
{
    StringAccum out;
    for (int i = 0; i != n_counts; ++i)
        append_line(out, count_names[i] + (' ' + std::to_string(_counts.total(size_t(i)))));
    const std::vector<std::string> own = own_counts();
    for (size_t i = 0; i != own.size(); ++i)
        append_line(out, own[i] + ' ' + std::to_string(_counts.total(n_counts + i)));
    BoxFamily::Sizes all = {0, 0, 0};
    for (BoxFamily *family : _families)
        if (family) {
            const BoxFamily::Sizes sizes = family->sizes();
            all.expired += sizes.expired;
            all.collisions += sizes.collisions;
            all.bytes += sizes.bytes;
        }
    append_line(out, "expired " + std::to_string(all.expired));
    append_line(out, "collisions " + std::to_string(all.collisions));
    append_line(out, "bytes " + std::to_string(all.bytes));
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
    case h_capacity: return String(box->_terms.capacity);
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

// SPDX-License-Identifier: Apache-2.0
// The handlers of MinionLB that other boxes have not.
#include <click/config.h>
#include "minionlb.hh"
#include <click/error.hh>
#include <click/straccum.hh>
#include <sstream>
CLICK_DECLS

using mimi::BackendChange;
using mimi::BackendPool;
using mimi::Direction;

namespace {

// Records that a purge looks at before packets have their turn at the lock.
const unsigned slice = 256;

enum Weight { no_weight, some_weight, must_weigh };

// `PROTO ADDR:PORT[-PORT] BACKEND[:PORT] [WEIGHT]`
std::string parse_change(const std::vector<std::string> &words, const BackendPool &pool, Weight weight, BackendChange &c)
{
    const size_t least = weight == must_weigh ? 4 : 3, most = weight == no_weight ? 3 : 4;
    if (words.size() < least || words.size() > most)
        return std::string("expected PROTO ADDRESS:PORT BACKEND") + (weight == no_weight ? "" : weight == some_weight ? " [WEIGHT]" : " WEIGHT")
            + ", found " + std::to_string(words.size()) + " words";
    mimi::VipSpec name = mimi::VipSpec();
    std::string wrong = mimi::parse_vip_name(words[0], words[1], name);
    if (!wrong.empty())
        return wrong;
    c.vip = pool.vip_named(name);
    if (c.vip == BackendPool::none)
        return "expected a VIP of this balancer, found '" + words[0] + " " + words[1] + "'; the handler vips lists them";
    wrong = mimi::parse_backend(words[2], c.backend);
    c.weighed = words.size() == 4;
    if (wrong.empty() && c.weighed)
        wrong = mimi::parse_weight(words[3], c.backend.weight);
    return wrong;
}

}  // namespace

std::string MinionLB::backend_line(uint16_t slot) const
{
    const mimi::Backend &b = _pool.backend(slot);
    const auto packets = [&](Direction d) { return std::to_string(_counts.total(count_of(slot, d)) - b.counted[int(d)]); };
    return "backend " + b.name() + " chosen " + std::to_string(b.chosen) + " forward " + packets(Direction::forward) + " reverse "
        + packets(Direction::reverse) + " weight " + std::to_string(b.weight) + " state " + b.state() + " flows "
        + std::to_string(_pool.flows(slot));
}

String MinionLB::vips_text()
{
    reap();
    StringAccum out;
    std::lock_guard<mimi::TableLock> guard(_table->lock());
    for (uint16_t i = 0; i != _pool.n_vips(); ++i) {
        const mimi::VipSpec &v = _pool.vip(i);
        append_line(out, "vip " + v.name() + " " + mimi::choose_word(v.choose) + " chosen " + std::to_string(_pool.chosen(i)) + " mode "
                    + mimi::mode_word(v.mode));
        for (uint16_t slot : _pool.backends_of(i))
            if (!_pool.is_gone(slot))
                append_line(out, backend_line(slot));
    }
    return out.take_string();
}

int MinionLB::change(const String &text, int what, ErrorHandler *errh)
{
    static const BackendChange::Kind kinds[] = {BackendChange::add, BackendChange::drain, BackendChange::remove,
                                                BackendChange::weigh, BackendChange::down, BackendChange::up};
    const Weight weight = what == h_add ? some_weight : what == h_weight ? must_weigh : no_weight;
    std::istringstream lines(std::string(text.data(), size_t(text.length())));
    std::vector<BackendChange> changes;
    std::vector<uint16_t> slots;
    std::vector<std::string> words;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (!split_words(String(line.data(), int(line.size())), words))
            continue;
        BackendChange c;
        std::string wrong = parse_change(words, _pool, weight, c);
        if (wrong.empty() && what == h_purge) {
            std::lock_guard<mimi::TableLock> guard(_table->lock());
            slots.push_back(_pool.slot_of(c.vip, c.backend));
            if (slots.back() == BackendPool::none)
                wrong = "expected a backend of that VIP, found '" + words[2] + "'; the handler vips lists them";
        }
        if (!wrong.empty())
            return errh->error("line %d: %s", number, wrong.c_str());
        c.line = number;
        c.kind = what == h_purge ? BackendChange::add : kinds[what - h_add];
        changes.push_back(c);
    }
    if (number == 0 || words.empty())
        return errh->error("expected PROTO ADDRESS:PORT BACKEND, found nothing");
    if (what == h_purge) {
        purge(slots);
        return 0;
    }
    const std::string wrong = _pool.change(changes, _table->lock(), [this](uint16_t slot, int d) {
        return _counts.total(count_of(slot, Direction(d)));
    });
    return wrong.empty() ? 0 : errh->error("%s", wrong.c_str());
}

void MinionLB::purge(const std::vector<uint16_t> &slots)
{
    std::vector<bool> meant(_pool.n_slots(), false);
    for (uint16_t slot : slots)
        meant[slot] = true;
    uint32_t place = 0;
    for (bool more = true; more;) {
        mimi::TableLock::Polite guard(_table->lock());
        more = _table->walk(place, slice, 0, [&](Record &r) {
            const uint16_t slot = r.tag.load(std::memory_order_relaxed);
            if (slot == BackendPool::none || !meant[slot])
                return;
            _table->erase(&r);
            _counts.add_shared(removed, 1);
        });
    }
}

String MinionLB::read_handler(Element *e, void *)
{
    return static_cast<MinionLB *>(e)->vips_text();
}

int MinionLB::write_handler(const String &text, Element *e, void *thunk, ErrorHandler *errh)
{
    return static_cast<MinionLB *>(e)->change(text, int(reinterpret_cast<intptr_t>(thunk)), errh);
}

void MinionLB::add_handlers()
{
    MinionBox::add_handlers();
    // Beside the packets: a table of hashes takes a while to make.
    const uint32_t beside = Handler::f_nonexclusive | Handler::f_expensive;
    add_read_handler("vips", read_handler, h_vips);
    add_write_handler("backend_add", write_handler, h_add, beside);
    add_write_handler("backend_drain", write_handler, h_drain, beside);
    add_write_handler("backend_remove", write_handler, h_remove_backend, beside);
    add_write_handler("backend_weight", write_handler, h_weight, beside);
    add_write_handler("backend_down", write_handler, h_down, beside);
    add_write_handler("backend_up", write_handler, h_up, beside);
    add_write_handler("backend_purge", write_handler, h_purge, beside);
}

CLICK_ENDDECLS
ELEMENT_PROVIDES(MinionLBHandlers)

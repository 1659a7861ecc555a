// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "bindingtable.hh"
#include <cstring>

namespace mimi {

namespace {

const size_t line = 64;

}  // namespace

BindingTable::BindingTable(uint32_t capacity) : _wheel(buckets, 0), _capacity(capacity) {}

uint32_t BindingTable::lookup(const FlowKey &key, Direction d, uint32_t h) const
{
    return _index.find(h, [&](uint32_t ref) {
        if ((ref & 1) != uint32_t(d))
            return false;
        const FlowBinding &b = at(ref >> 1).binding;
        return b.proto == key.proto
            && (d == Direction::forward ? b.orig == key.tuple : b.xlat.reversed() == key.tuple);
    }) >> 1;
}

void BindingTable::peek(const Probe &p) const
{
    // The fingerprint alone is nearly always right, and a wrong prefetch is harmless.
    if (uint32_t ref = _index.peek(p.hash))
        __builtin_prefetch(&at(ref >> 1), 1);
}

BindingTable::Record *BindingTable::find(const Probe &p, uint32_t now)
{
    uint32_t i = lookup(p.key, p.direction, p.hash);
    return i && at(i).deadline >= now ? &at(i) : nullptr;
}

// Like lookup, but a record that is past its deadline makes way.
uint32_t BindingTable::live(const FlowKey &key, Direction d, uint32_t h, uint32_t now)
{
    uint32_t i = lookup(key, d, h);
    if (i && at(i).deadline < now) {
        ++_expired;
        erase(i);
        return 0;
    }
    return i;
}

BindingTable::Put BindingTable::put(const FlowBinding &b, uint16_t tag, uint32_t now)
{
    const uint32_t forward = hash(b.key(), Direction::forward);
    const uint32_t reverse = hash(b.reply_key(), Direction::reverse);
    _index.prefetch(reverse);
    const uint32_t old = live(b.key(), Direction::forward, forward, now);
    if (old && b.seq <= at(old).binding.seq) {
        if (b.seq == at(old).binding.seq)
            return Put{Outcome::unchanged, &at(old)};
        return Put{Outcome::stale, nullptr};
    }
    const uint32_t rival = live(b.reply_key(), Direction::reverse, reverse, now);
    if (rival && rival != old) {
        ++_collisions;
        if (at(rival).binding.seq >= b.seq) {
            if (old)
                erase(old);  // what we knew of this flow is out of date as well
            return Put{Outcome::stale, nullptr};
        }
        erase(rival);
    }
    return old ? replace(old, b, tag, reverse, now) : insert(b, tag, forward, reverse, now);
}

BindingTable::Put BindingTable::insert(const FlowBinding &b, uint16_t tag, uint32_t forward, uint32_t reverse,
                                       uint32_t now)
{
    const Put refused = {Outcome::refused, nullptr};
    if (_size >= _capacity && !make_room(now))
        return refused;
    const uint32_t i = allocate();
    if (!i)
        return refused;
    if (!_index.insert(forward, reference(i, Direction::forward))) {
        release(i);
        return refused;
    }
    if (!_index.insert(reverse, reference(i, Direction::reverse))) {
        _index.erase(forward, reference(i, Direction::forward));
        release(i);
        return refused;
    }
    Record &r = at(i);
    r.binding = b;
    r.tag = tag;
    r.deadline = now + b.lifetime_s;
    link(i);
    ++_size;
    _digest += identity_hash(b);
    return Put{Outcome::applied, &r};
}

BindingTable::Put BindingTable::replace(uint32_t i, const FlowBinding &b, uint16_t tag, uint32_t reverse, uint32_t now)
{
    Record &r = at(i);
    if (r.binding.xlat != b.xlat) {
        if (!_index.insert(reverse, reference(i, Direction::reverse)))
            return Put{Outcome::refused, nullptr};
        _index.erase(hash(r.binding.reply_key(), Direction::reverse), reference(i, Direction::reverse));
        _digest += identity_hash(b) - identity_hash(r.binding);
    }
    unlink(i);
    r.binding = b;
    r.tag = tag;
    r.deadline = now + b.lifetime_s;
    link(i);
    return Put{Outcome::applied, &r};
}

BindingTable::Outcome BindingTable::remove(const FlowKey &key, uint64_t seq, uint32_t now)
{
    const uint32_t i = live(key, Direction::forward, hash(key, Direction::forward), now);
    if (!i)
        return Outcome::unchanged;
    if (seq < at(i).binding.seq)
        return Outcome::stale;
    erase(i);
    return Outcome::removed;
}

void BindingTable::erase(Record *record)
{
    erase(number_of(*record));
}

void BindingTable::erase(uint32_t i)
{
    const FlowBinding &b = at(i).binding;
    _index.erase(hash(b.key(), Direction::forward), reference(i, Direction::forward));
    _index.erase(hash(b.reply_key(), Direction::reverse), reference(i, Direction::reverse));
    _digest -= identity_hash(b);
    --_size;
    unlink(i);
    release(i);
}

void BindingTable::clear()
{
    _chunks.clear();
    _wheel.assign(buckets, 0);
    _digest = 0;
    _size = 0;
    _fresh = 1;
    _free = 0;
    _index.clear();
}

uint32_t BindingTable::allocate()
{
    if (_free) {
        uint32_t i = _free;
        _free = at(i).next;
        return i;
    }
    if (_fresh >> 31)
        return 0;  // references have 31 bits for the number
    if ((_fresh >> chunk_bits) >= _chunks.size()) {
        void *memory = nullptr;
        if (posix_memalign(&memory, line, sizeof(Record) * chunk_records) != 0)
            return 0;
        _chunks.emplace_back(static_cast<Record *>(memory));
    }
    return _fresh++;
}

void BindingTable::release(uint32_t i)
{
    Record &r = at(i);
    r.binding.proto = 0;
    r.next = _free;
    _free = i;
}

// Only so many records are looked at: a table that is full of live flows refuses new ones at once.
bool BindingTable::make_room(uint32_t now)
{
    for (int round = 0; round < 16 && _size >= _capacity; ++round)
        if (expire(now, 64))
            break;
    return _size < _capacity;
}

void BindingTable::link(uint32_t i)
{
    Record &r = at(i);
    uint32_t due = r.deadline + 1;
    if (due <= _turned)
        due = _turned + 1;
    else if (due - _turned >= buckets)
        due = _turned + buckets - 1;
    r.bucket = uint16_t(due % buckets);
    r.prev = 0;
    r.next = _wheel[r.bucket];
    if (r.next)
        at(r.next).prev = i;
    _wheel[r.bucket] = i;
}

void BindingTable::unlink(uint32_t i)
{
    const Record &r = at(i);
    if (r.prev)
        at(r.prev).next = r.next;
    else
        _wheel[r.bucket] = r.next;
    if (r.next)
        at(r.next).prev = r.prev;
}

// A deadline moves forward: the record may have to wait in an earlier bucket than now.
void BindingTable::hasten(Record *record, uint32_t deadline)
{
    const uint32_t waits = (record->bucket - _turned) % buckets;  // seconds from _turned, 1 … 4095
    if (deadline + 1 >= _turned + waits)
        return;
    const uint32_t i = number_of(*record);
    unlink(i);
    record->deadline = deadline;
    link(i);
}

bool BindingTable::expire(uint32_t now, size_t budget)
{
    // After a pause of more than one turn every bucket is due, once.
    if (now > _turned && now - _turned > buckets)
        _turned = now - buckets;
    while (_turned < now) {
        const uint32_t bucket = (_turned + 1) % buckets;
        while (uint32_t i = _wheel[bucket]) {
            if (budget-- == 0)
                return false;
            if (at(i).deadline < now) {
                ++_expired;
                erase(i);
            } else {
                unlink(i);
                link(i);
            }
        }
        ++_turned;
    }
    return true;
}

size_t BindingTable::bytes() const
{
    return _chunks.size() * sizeof(Record) * chunk_records + _chunks.capacity() * sizeof(_chunks[0])
        + _wheel.capacity() * sizeof(uint32_t) + _index.bytes();
}

}  // namespace mimi

ELEMENT_PROVIDES(BindingTable)
ELEMENT_REQUIRES(FlowBinding)

// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BINDINGTABLE_IMPL_HH
#define MIMI_BINDINGTABLE_IMPL_HH
#include "bindingtable.hh"
#include <cstdlib>
#include <new>
#ifdef __linux__
# include <sys/mman.h>
#endif

// The writers' half of RecordTable, for the one source that instantiates it for a type of records.

namespace mimi {

template <class R> RecordTable<R>::RecordTable(uint32_t capacity)
    : _chunks(static_cast<Record **>(calloc(chunks, sizeof(Record *)))), _wheel(buckets, 0)
{
    _capacity = capacity;
    if (!_chunks)
        throw std::bad_alloc();
}

template <class R> RecordTable<R>::~RecordTable()
{
    for (uint32_t i = 0; i != _made; ++i)
        free(_chunks[i]);
    free(_chunks);
}

// Like lookup, but a record that is past its deadline makes way.
template <class R> uint32_t RecordTable<R>::live(const Key &key, Direction d, uint32_t h, uint32_t now)
{
    uint32_t i = lookup(key, d, h);
    if (i && !at(i).alive(now)) {
        ++_expired;
        erase(i);
        return 0;
    }
    return i;
}

template <class R> typename RecordTable<R>::Put RecordTable<R>::put(const Binding &b, const Prepared &hashes, uint16_t tag, uint32_t now)
{
    const uint32_t old = live(b.key(), Direction::forward, hashes.forward, now);
    const uint64_t known = old ? at(old).seq.load(std::memory_order_relaxed) : 0;
    if (old && b.seq <= known) {
        if (b.seq == known)
            return Put{Outcome::unchanged, &at(old)};
        return Put{Outcome::stale, nullptr};
    }
    const uint32_t rival = live(b.reply_key(), Direction::reverse, hashes.reverse, now);
    if (rival && rival != old) {
        ++_collisions;
        if (at(rival).seq.load(std::memory_order_relaxed) >= b.seq) {
            if (old)
                erase(old);  // what we knew of this flow is out of date as well
            return Put{Outcome::stale, nullptr};
        }
        erase(rival);
    }
    if (!old)
        return insert(b, tag, hashes, now);
    if (at(old).xlat != b.xlat)
        return move(old, b, tag, hashes, now);
    // Who watches by tags sees it change hands.
    const bool changes_hands = _watch && at(old).tag.load(std::memory_order_relaxed) != tag;
    if (changes_hands)
        _watch->flow_left(at(old));
    if (_departures)
        _departures->flow_left(at(old));
    unlink(old);
    Binding kept = b;
    kept.flags |= uint16_t(R::flags_of(at(old).life.load(std::memory_order_relaxed)) & R::lasting_flags);
    at(old).set_words(kept, tag, now);
    link(old);
    if (changes_hands)
        _watch->flow_entered(at(old));
    return Put{Outcome::applied, &at(old)};
}

// The record is nobody's yet.
template <class R> void RecordTable<R>::settle(uint32_t i, const Binding &b, uint16_t tag, uint32_t now)
{
    Record &r = at(i);
    r.orig = b.orig;
    r.xlat = b.xlat;
    r.proto = b.proto;
    r.set_words(b, tag, now);
    link(i);
    r.digested = false;
    r.adopt(b);
    ++_size;
}

template <class R> typename RecordTable<R>::Put RecordTable<R>::insert(const Binding &b, uint16_t tag, const Prepared &hashes, uint32_t now)
{
    const Put refused = {Outcome::refused, nullptr};
    if (_size >= _capacity && !make_room(now))
        return refused;
    const uint32_t i = allocate();
    if (!i)
        return refused;
    settle(i, b, tag, now);
    const bool forward = _index.insert(hashes.forward, reference(i, Direction::forward));
    if (forward && _index.insert(hashes.reverse, reference(i, Direction::reverse))) {
        if (_watch)
            _watch->flow_entered(at(i));
        return Put{Outcome::applied, &at(i)};
    }
    if (forward)
        _index.erase(hashes.forward, reference(i, Direction::forward));
    release(i);
    return refused;
}

// A flow that is translated otherwise from now on: a new record, since packets may be reading the old one.
template <class R> typename RecordTable<R>::Put RecordTable<R>::move(uint32_t old, const Binding &b, uint16_t tag, const Prepared &hashes, uint32_t now)
{
    const Put refused = {Outcome::refused, nullptr};
    const uint32_t i = allocate();
    if (!i)
        return refused;
    settle(i, b, tag, now);
    if (!_index.insert(hashes.reverse, reference(i, Direction::reverse))) {
        release(i);
        return refused;
    }
    _index.replace(hashes.forward, reference(old, Direction::forward), reference(i, Direction::forward));
    _index.erase(hash(at(old).reply_key()), reference(old, Direction::reverse));
    if (_watch) {
        _watch->flow_entered(at(i));
        _watch->flow_left(at(old));
    }
    if (_departures)
        _departures->flow_left(at(old));
    release(old);
    return Put{Outcome::applied, &at(i)};
}

template <class R> typename RecordTable<R>::Outcome RecordTable<R>::remove(const Key &key, uint64_t seq, uint32_t now)
{
    const uint32_t i = live(key, Direction::forward, hash(key), now);
    if (!i)
        return Outcome::unchanged;
    if (seq < at(i).seq.load(std::memory_order_relaxed))
        return Outcome::stale;
    erase(i);
    return Outcome::removed;
}

template <class R> void RecordTable<R>::erase(Record *record)
{
    erase(number_of(*record));
}

template <class R> void RecordTable<R>::erase(uint32_t i)
{
    const Record &r = at(i);
    _index.erase(hash(r.key()), reference(i, Direction::forward));
    _index.erase(hash(r.reply_key()), reference(i, Direction::reverse));
    if (_watch)
        _watch->flow_left(r);
    if (_departures)
        _departures->flow_left(r);
    release(i);
}

template <class R> bool RecordTable<R>::copy(uint32_t &place, uint32_t budget, uint32_t now, std::vector<Binding> &out)
{
    return walk(place, budget, now, [&out, now](const Record &r) { out.push_back(r.binding(now)); });
}

template <class R> bool RecordTable<R>::erase_some(uint32_t &place, uint32_t budget)
{
    return walk(place, budget, 0, [this](Record &r) { erase(&r); });
}

template <class R> typename RecordTable<R>::Binding RecordTable<R>::binding_of(const Key &key, uint32_t now)
{
    const Record *r = find(key, Direction::forward, now);
    return r ? r->binding(now) : Binding();
}

template <class R> void RecordTable<R>::clear()
{
    for_each(0, [this](Record &r) { erase(&r); });
}

template <class R> typename RecordTable<R>::Record *RecordTable<R>::make_chunk(Pages pages)
{
    const size_t bytes = sizeof(Record) * chunk_records, big_page = size_t(1) << 21;
    void *memory = nullptr;
    if (posix_memalign(&memory, big_page, bytes) != 0)
        return nullptr;
#ifdef MADV_HUGEPAGE
    // The kernel gives memory when it is touched: now, rather than to the first packet.
    if (pages == big_pages && madvise(memory, bytes, MADV_HUGEPAGE) == 0)
        for (size_t at = 0; at < bytes; at += 4096)
            static_cast<volatile char *>(memory)[at] = 0;
#else
    (void)pages;
#endif
    return static_cast<Record *>(memory);
}

template <class R> void RecordTable<R>::note_growth()
{
    const uint32_t room = _made * chunk_records;
    const bool wants = _made != chunks && room <= _capacity && _fresh + chunk_records / 2 >= room;
    _wants_chunk.store(wants, std::memory_order_relaxed);
}

template <class R> void RecordTable<R>::add_chunk()
{
    Record *chunk = make_chunk(big_pages);
    TableLock::Polite guard(_lock);
    if (chunk && _made != chunks)
        _chunks[_made++] = chunk;
    else
        free(chunk);
    note_growth();
}

template <class R> uint32_t RecordTable<R>::allocate()
{
    if (!_free)
        _retired.collect([this](uint32_t i) {
            at(i).next = _free;
            _free = i;
        });
    if (_free) {
        const uint32_t i = _free;
        _free = at(i).next;
        return i;
    }
    if (_fresh >> 31)
        return 0;  // references have 31 bits for the number
    if (_fresh >> chunk_bits == _made) {
        Record *chunk = make_chunk(small_pages);
        if (!chunk)
            return 0;
        _chunks[_made++] = chunk;
    }
    const uint32_t i = _fresh++;
    if (i % (chunk_records / 2) == 0)
        note_growth();
    return i;
}

template <class R> bool RecordTable<R>::update_digest(uint32_t &place, uint32_t budget)
{
    return walk(place, budget, 0, [this](Record &r) {
        if (r.digested)
            return;
        r.digested = true;
        ++_digest.count;
        _digest.sum += identity_hash(r.binding());
    });
}

// Out of the wheel and the books. Whoever reads the record at this moment may go on doing so.
template <class R> void RecordTable<R>::release(uint32_t i)
{
    Record &r = at(i);
    unlink(i);
    r.bucket = Record::no_bucket;
    --_size;
    if (r.digested) {
        --_digest.count;
        _digest.sum -= identity_hash(r.binding());
    }
    _retired.push(i);
}

// Only so many records are looked at: a table that is full of live flows refuses new ones at once.
template <class R> bool RecordTable<R>::make_room(uint32_t now)
{
    for (int round = 0; round < 16 && _size >= _capacity; ++round)
        if (expire(now, 64))
            break;
    return _size < _capacity;
}

template <class R> void RecordTable<R>::link(uint32_t i)
{
    Record &r = at(i);
    uint32_t due = r.deadline.load(std::memory_order_relaxed) + 1;
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

template <class R> void RecordTable<R>::unlink(uint32_t i)
{
    const Record &r = at(i);
    if (r.prev)
        at(r.prev).next = r.next;
    else
        _wheel[r.bucket] = r.next;
    if (r.next)
        at(r.next).prev = r.prev;
}

// A deadline moved forward: the record may have to wait in an earlier bucket than now. Unless it has left in the meantime.
template <class R> void RecordTable<R>::hasten(Record *record)
{
    if (record->bucket == Record::no_bucket)
        return;
    const uint32_t waits = (record->bucket - _turned) % buckets;  // seconds from _turned, 1 … 4095
    if (record->deadline.load(std::memory_order_relaxed) + 1 >= _turned + waits)
        return;
    const uint32_t i = number_of(*record);
    unlink(i);
    link(i);
}

template <class R> bool RecordTable<R>::expire(uint32_t now, size_t budget)
{
    // After a pause of more than one turn every bucket is due, once.
    if (now > _turned && now - _turned > buckets)
        _turned = now - buckets;
    while (_turned < now) {
        const uint32_t bucket = (_turned + 1) % buckets;
        while (uint32_t i = _wheel[bucket]) {
            if (budget-- == 0)
                return false;
            if (!at(i).alive(now)) {
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

template <class R> size_t RecordTable<R>::bytes() const
{
    return size_t(_made) * sizeof(Record) * chunk_records + _wheel.capacity() * sizeof(uint32_t) + _index.bytes();
}

}  // namespace mimi
#endif

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "flowstore.hh"
#include <algorithm>
#include <sys/mman.h>

namespace mimi {

namespace {

template <typename T>
T *zeroed(size_t n)
{
    void *memory = calloc(n, sizeof(T));
    if (!memory)
        throw std::bad_alloc();
    return static_cast<T *>(memory);
}

}  // namespace

FlowStore::FlowStore()
    : _slabs(zeroed<std::atomic<FlowRecord *>>(most_slabs)), _routes(zeroed<FlowRoute>(most_routes + 1)),
      _tables(new FlowLifetimes[most_tables + 1]), _route_counts(1, 0)
{
}

FlowStore::~FlowStore()
{
    for (uint32_t i = 0; i < most_slabs && _slabs[i].load(std::memory_order_relaxed); ++i)
        std::free(_slabs[i].load(std::memory_order_relaxed));
}

uint8_t FlowStore::add_table(const FlowLifetimes &lifetimes)
{
    if (_n_tables == most_tables)
        return 0;
    _tables[++_n_tables] = lifetimes;
    return static_cast<uint8_t>(_n_tables);
}

uint16_t FlowStore::find_or_add_route(const FlowRoute &route)
{
    for (uint32_t i = 1; i < routes(); ++i)
        if (_routes[i] == route)
            return static_cast<uint16_t>(i);
    if (routes() > most_routes)
        return 0;
    _routes[routes()] = route;
    _route_counts.push_back(0);
    return static_cast<uint16_t>(routes() - 1);
}

// ---- memory of records

// The first slab is small change; later ones are worth large pages.
uint32_t FlowStore::allocate_fresh()
{
    if (_fresh >> 31)
        return 0;
    std::atomic<FlowRecord *> &s = _slabs[_fresh >> slab_bits];
    if (!s.load(std::memory_order_relaxed)) {
        void *memory = nullptr;
        const size_t bytes = sizeof(FlowRecord) * slab_records;
        if (posix_memalign(&memory, bytes, bytes) != 0)
            return 0;
        if (_fresh >> slab_bits)
            madvise(memory, bytes, MADV_HUGEPAGE);
        s.store(static_cast<FlowRecord *>(memory), std::memory_order_release);
    }
    if (_fresh >> chunk_bits >= _order.size()) {
        _order.add();
        _parked.add();
        _hidden.push_back(never);
    }
    FlowRecord &r = at(_fresh);
    r.route.store(0, std::memory_order_relaxed);
    return _fresh++;
}

uint32_t FlowStore::allocate()
{
    if (_free.empty() && _free_ranges.empty())
        _retired.collect([this](const Range &range) {
            if (range.second - range.first == 1)
                _free.push_back(range.first);
            else
                _free_ranges.push_back(range);
        });
    if (!_free.empty()) {
        const uint32_t i = _free.back();
        _free.pop_back();
        return i;
    }
    if (_free_ranges.empty())
        return allocate_fresh();
    Range &range = _free_ranges.back();
    const uint32_t i = range.first++;
    if (range.first == range.second)
        _free_ranges.pop_back();
    return i;
}

void FlowStore::release(uint32_t first, uint32_t end)
{
    if (first != end)
        _retired.push(Range(first, end));
}

// ---- adding and erasing

bool FlowStore::insert_keys(uint32_t i, const FlowRecord &r, uint8_t table)
{
    const FlowTuple reply = r.to.reversed();
    // A flow that is its own reply is found as the reply only.
    const bool both = r.from != reply;
    if (both && !_index.insert(hash(table, r.from), i << 1))
        return false;
    if (_index.insert(hash(table, reply), (i << 1) | 1))
        return true;
    if (both)
        _index.erase(hash(table, r.from), i << 1);
    return false;
}

bool FlowStore::make_room(const NewFlow &flow, bool guaranteed, int64_t now)
{
    while (_size >= _capacity) {
        const Oldest oldest = next_to_expire(now);
        if (!oldest.number || (!guaranteed && flow.expiry < oldest.expiry))
            return false;
        erase(oldest.number);
    }
    return true;
}

uint32_t FlowStore::add(const NewFlow &flow, int64_t now)
{
    const uint8_t table = _routes[flow.route].table;
    const FlowTuple reply = flow.to.reversed();
    if (!flow.route || !_capacity || find(table, flow.from))
        return 0;
    if (const Ref rival = find(table, reply))
        erase(number(rival));
    if (!make_room(flow, flow.marks & FlowRecord::guaranteed, now))
        return 0;
    const uint32_t i = allocate();
    if (!i)
        return 0;
    FlowRecord &r = at(i);
    r.from = flow.from;
    r.to = flow.to;
    r.expiry.store(static_cast<uint32_t>(flow.expiry), std::memory_order_relaxed);
    r.reply_anno.store(flow.reply_anno, std::memory_order_relaxed);
    r.marks.store(flow.marks, std::memory_order_relaxed);
    r.route.store(flow.route, std::memory_order_relaxed);
    if (!insert_keys(i, r, table)) {
        r.route.store(0, std::memory_order_relaxed);
        release(i, i + 1);
        return 0;
    }
    ++_size;
    ++_route_counts[flow.route];
    _order.lower(i >> chunk_bits, flow.expiry);
    if (_numbered)
        set_sequence(i, 0);
    return i;
}

void FlowStore::erase(uint32_t i)
{
    FlowRecord &r = at(i);
    const uint16_t route = r.route.load(std::memory_order_relaxed);
    const uint8_t table = _routes[route].table;
    const FlowTuple reply = r.to.reversed();
    if (r.from != reply)
        _index.erase(hash(table, r.from), i << 1);
    _index.erase(hash(table, reply), (i << 1) | 1);
    if (r.marks.load(std::memory_order_relaxed) & FlowRecord::shifted)
        _shifts.erase(i);
    r.route.store(0, std::memory_order_relaxed);
    --_size;
    ++_erasures;
    --_route_counts[route];
    release(i, i + 1);
}

void FlowStore::clear()
{
    if (!_index.clear()) {
        // No memory for an empty index: one by one, then.
        for_each([this](uint32_t i, FlowRecord &) { erase(i); });
        return;
    }
    uint32_t first = 1, i = 1;  // the run of flows that ends before i
    for (; i < _fresh; ++i)
        if (at(i).route.exchange(0, std::memory_order_relaxed) == 0) {
            release(first, i);
            first = i + 1;
        }
    release(first, i);
    _erasures += _size;
    _size = 0;
    std::fill(_route_counts.begin(), _route_counts.end(), 0);
    _shifts.clear();
}

// ---- expiry

// When the guarantee of the last packet ends; the expiry is that packet's time plus the timeout.
int64_t FlowStore::guaranteed_until(const FlowRecord &r, int64_t expiry) const
{
    const FlowLifetimes &t = _tables[route_of(r).table];
    return expiry - t.timeout_ms[r.marks.load(std::memory_order_relaxed) & FlowRecord::protocol_marks] + t.guarantee_ms;
}

bool FlowStore::is_guaranteed(FlowRecord &r, int64_t expiry, int64_t now) const
{
    return (r.marks.load(std::memory_order_relaxed) & FlowRecord::guaranteed) && guaranteed_until(r, expiry) > now;
}

void FlowStore::hasten(uint32_t i, int64_t now)
{
    std::lock_guard<std::mutex> guard(_lock);
    _order.lower(i >> chunk_bits, expiry(at(i), now));
}

void FlowStore::set_expiry(uint32_t i, uint8_t marks, int64_t expiry, int64_t)
{
    FlowRecord &r = at(i);
    r.marks.store(marks, std::memory_order_relaxed);
    r.expiry.store(static_cast<uint32_t>(expiry), std::memory_order_relaxed);
    _order.lower(i >> chunk_bits, expiry);
}

// Makes the bound of a chunk exact, and parks it if guaranteed flows stand before the rest.
FlowStore::Oldest FlowStore::examine(uint32_t chunk, int64_t now)
{
    Oldest free;
    int64_t hidden = never, until = never;
    const uint32_t first = chunk << chunk_bits, end = std::min(first + chunk_records, _fresh);
    for (uint32_t i = first ? first : 1; i < end; ++i) {
        FlowRecord &r = at(i);
        if (!r.route.load(std::memory_order_relaxed))
            continue;
        const int64_t expires = expiry(r, now);
        if (is_guaranteed(r, expires, now)) {
            hidden = std::min(hidden, expires);
            until = std::min(until, guaranteed_until(r, expires));
        } else if (expires < free.expiry) {
            free.expiry = expires;
            free.number = i;
        }
    }
    _order.set(chunk, free.expiry);
    const bool park = hidden < free.expiry;
    _hidden[chunk] = park ? hidden : never;
    _parked.set(chunk, park ? until : never);
    return free;
}

void FlowStore::unpark(int64_t now)
{
    for (uint32_t budget = unpark_limit; budget && _parked.top_key() <= now; --budget) {
        const uint32_t chunk = _parked.top();
        _order.lower(chunk, _hidden[chunk]);
        _parked.set(chunk, never);
    }
}

FlowStore::Oldest FlowStore::next_to_expire(int64_t now)
{
    unpark(now);
    Oldest best;
    for (uint32_t budget = search_limit; budget && _order.top_key() < best.expiry; --budget) {
        const Oldest found = examine(_order.top(), now);
        if (found.expiry < best.expiry)
            best = found;
    }
    return best;
}

bool FlowStore::reap(int64_t now, size_t chunks)
{
    unpark(now);
    for (; _order.top_key() <= now; --chunks) {
        if (!chunks)
            return false;
        const uint32_t chunk = _order.top();
        while (examine(chunk, now).expiry <= now) {
            const uint32_t first = chunk << chunk_bits, end = std::min(first + chunk_records, _fresh);
            for (uint32_t i = first ? first : 1; i < end; ++i) {
                FlowRecord &r = at(i);
                const int64_t expires = expiry(r, now);
                if (r.route.load(std::memory_order_relaxed) && expires <= now && !is_guaranteed(r, expires, now))
                    erase(i);
            }
        }
    }
    return _parked.top_key() > now;
}

void FlowStore::shrink(int64_t now)
{
    if (_size <= _capacity)
        return;
    struct Candidate {
        bool guaranteed;
        int64_t until;
        uint32_t number;
        bool operator<(const Candidate &o) const
        {
            return guaranteed != o.guaranteed ? o.guaranteed : until < o.until;
        }
    };
    std::vector<Candidate> all;
    all.reserve(_size);
    for_each([&](uint32_t i, FlowRecord &r) {
        const int64_t expires = expiry(r, now);
        const bool guaranteed = is_guaranteed(r, expires, now);
        all.push_back(Candidate{guaranteed, guaranteed ? guaranteed_until(r, expires) : expires, i});
    });
    const size_t excess = _size - _capacity;
    if (excess < all.size())
        std::nth_element(all.begin(), all.begin() + static_cast<ptrdiff_t>(excess), all.end());
    for (size_t k = 0; k < excess; ++k)
        erase(all[k].number);
}

// ---- beside the records

uint64_t FlowStore::sequence(uint32_t i) const
{
    const size_t s = i >> slab_bits;
    return s < _sequences.size() && _sequences[s] ? _sequences[s][i & (slab_records - 1)] : 0;
}

void FlowStore::set_sequence(uint32_t i, uint64_t sequence)
{
    const size_t s = i >> slab_bits;
    if (s >= _sequences.size())
        _sequences.resize(s + 1);
    if (!_sequences[s]) {
        if (!sequence)
            return;
        _sequences[s].reset(zeroed<uint64_t>(slab_records));
    }
    _sequences[s][i & (slab_records - 1)] = sequence;
}

SequenceShift *FlowStore::shift(uint32_t i)
{
    const auto it = _shifts.find(i);
    return it == _shifts.end() ? nullptr : it->second.get();
}

SequenceShift &FlowStore::make_shift(uint32_t i)
{
    std::unique_ptr<SequenceShift> &shift = _shifts[i];
    if (!shift)
        shift.reset(new SequenceShift);
    at(i).marks.fetch_or(FlowRecord::shifted, std::memory_order_relaxed);
    return *shift;
}

size_t FlowStore::bytes() const
{
    const size_t slabs = (_fresh + slab_records - 1) >> slab_bits;
    size_t total = slabs * sizeof(FlowRecord) * slab_records + _index.bytes() + _order.bytes() + _parked.bytes()
        + _hidden.capacity() * sizeof _hidden[0] + _free.size() * sizeof _free[0] + _retired.size() * sizeof(Range);
    for (const auto &s : _sequences)
        total += s ? slab_records * sizeof(uint64_t) : 0;
    return total + _shifts.size() * (sizeof(SequenceShift) + 64);
}

}  // namespace mimi

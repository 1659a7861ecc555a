// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "bindingindex.hh"
#include <cstring>
#include <new>

namespace mimi {

namespace {
const size_t entries_per_segment = 4096;
const uint32_t first_homes = 16;
}

BindingIndex::BindingIndex(size_t entries)
{
    unsigned bits = 0;
    while (bits < 24 && (entries >> bits) > entries_per_segment)
        ++bits;
    _shift = 32 - bits;
    _segments.resize(size_t(1) << bits);
    clear();
}

void BindingIndex::clear()
{
    for (Segment &s : _segments) {
        s.slots.reset(new Slot[slots_for(first_homes)]());
        s.homes = first_homes;
        s.used = 0;
    }
}

// One pass: the slots are sorted, so the new positions only ever move to the right.
bool BindingIndex::grow(Segment &s)
{
    for (uint32_t homes = s.homes + s.homes / 4 + 16;; homes += homes / 4) {
        std::unique_ptr<Slot[]> bigger(new (std::nothrow) Slot[slots_for(homes)]());
        if (!bigger)
            return false;
        const Slot *const stop = &s.slots[slots_for(s.homes)];
        Slot *free = bigger.get();
        Slot *const last = bigger.get() + slots_for(homes) - 1;
        for (const Slot *slot = s.slots.get(); slot != stop && free != last; ++slot) {
            if (!slot->ref)
                continue;
            Slot *at = bigger.get() + ((uint64_t(slot->fingerprint) * homes) >> 32);
            if (at < free)
                at = free;
            *at = *slot;
            free = at + 1;
        }
        if (free >= last)
            continue;  // the last run spilled over the end: possible in theory, cured by more room
        s.slots = std::move(bigger);
        s.homes = homes;
        return true;
    }
}

bool BindingIndex::place(Segment &s, uint32_t f, uint32_t ref)
{
    Slot *slot = lower_bound(s, f);
    Slot *hole = slot;
    while (hole->ref)
        ++hole;
    if (hole == &s.slots[slots_for(s.homes) - 1])
        return false;
    memmove(slot + 1, slot, size_t(hole - slot) * sizeof(Slot));
    slot->fingerprint = f;
    slot->ref = ref;
    ++s.used;
    return true;
}

bool BindingIndex::insert(uint64_t hash, uint32_t ref)
{
    Segment &s = _segments[(hash >> 32) >> _shift];
    if (uint64_t(s.used) * 5 >= uint64_t(s.homes) * 4 && !grow(s))
        return false;
    while (!place(s, fingerprint(hash), ref))
        if (!grow(s))
            return false;
    return true;
}

void BindingIndex::erase(uint64_t hash, uint32_t ref)
{
    Segment &s = _segments[(hash >> 32) >> _shift];
    Slot *slot = lower_bound(s, fingerprint(hash));
    while (slot->ref != ref)
        ++slot;
    // Pull the run to the left until a slot that is free or already at home.
    Slot *stop = slot + 1;
    while (stop->ref && stop - s.slots.get() > ptrdiff_t(home(s, stop->fingerprint)))
        ++stop;
    memmove(slot, slot + 1, size_t(stop - slot - 1) * sizeof(Slot));
    (stop - 1)->ref = 0;
    --s.used;
}

size_t BindingIndex::bytes() const
{
    size_t total = _segments.capacity() * sizeof(Segment);
    for (const Segment &s : _segments)
        total += slots_for(s.homes) * sizeof(Slot);
    return total;
}

}  // namespace mimi

ELEMENT_PROVIDES(BindingIndex)

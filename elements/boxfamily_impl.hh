// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BOXFAMILY_IMPL_HH
#define MIMI_BOXFAMILY_IMPL_HH
#include "boxfamily.hh"
#include "flowlife.hh"
#include <click/straccum.hh>
#include <algorithm>
CLICK_DECLS

// What handlers ask of a family, away from the packet path; for the one source that instantiates it.

namespace boxfamily {

// Bindings that an import applies, and an export copies, before packets have their turn at the lock: some microseconds.
enum : unsigned { slice = 32, long_slice = 256 };

}  // namespace boxfamily

// The slowest part, waiting for memory, is begun for the whole slice before the lock is taken.
template <class A> void BoxFamilyOf<A>::apply(const Update *updates, size_t n, uint32_t now)
{
    // In the order of Outcome.
    static const MinionBox::Count counts[] = {MinionBox::applied, MinionBox::unchanged, MinionBox::stale, MinionBox::refused,
                                              MinionBox::removed};
    Binding bindings[boxfamily::slice];
    Prepared hashes[boxfamily::slice];
    for (size_t i = 0; i != n; ++i) {
        Binding &b = bindings[i] = updates[i].binding;
        hashes[i] = _store->prepare(b);
        b.flags = mimi::adopted_flags(b.state);
    }
    mimi::TableLock::Polite guard(_store->lock());
    for (size_t i = 0; i != n; ++i) {
        Outcome outcome = Outcome::refused;
        uint16_t owner;
        if (updates[i].kind == Update::del)
            outcome = _store->remove(bindings[i].key(), bindings[i].seq, now);
        else if ((owner = owner_of(bindings[i])) != MinionBox::no_owner)
            outcome = adopt(bindings[i], hashes[i], owner, now);
        _box.counts().add_shared(size_t(counts[int(outcome)]), 1);
    }
}

template <class A> typename BoxFamilyOf<A>::Outcome BoxFamilyOf<A>::adopt(const Binding &b, const Prepared &hashes, uint16_t owner,
                                                                          uint32_t now)
{
    return _store->store(b, hashes, owner, now);
}

template <class A> void BoxFamilyOf<A>::import(const std::vector<Update> &updates)
{
    const size_t slice = boxfamily::slice;
    const uint32_t now = MinionBox::now_s();
    for (size_t i = 0; i < updates.size(); i += slice) {
        if (updates.size() > boxfamily::long_slice && _store->wants_chunk() && !_growing.exchange(true)) {
            _store->add_chunk();
            _growing.store(false);
        }
        apply(&updates[i], std::min(slice, updates.size() - i), now);
    }
}

template <class A> void BoxFamilyOf<A>::remove(const std::vector<Key> &keys)
{
    const size_t slice = boxfamily::slice;
    const uint32_t now = MinionBox::now_s();
    for (size_t i = 0; i < keys.size();) {
        mimi::TableLock::Polite guard(_store->lock());
        for (const size_t end = std::min(i + slice, keys.size()); i != end; ++i) {
            const bool removed = _store->remove(keys[i], UINT64_MAX, now) == Outcome::removed;
            _box.counts().add_shared(removed ? MinionBox::removed : MinionBox::unchanged, 1);
        }
    }
}

template <class A> typename BoxFamilyOf<A>::Binding BoxFamilyOf<A>::lookup(const Key &key)
{
    const uint32_t now = MinionBox::now_s();
    std::lock_guard<mimi::TableLock> guard(_store->lock());
    return _store->binding_of(key, now);
}

template <class A> bool BoxFamilyOf<A>::expire(uint32_t now, size_t budget)
{
    bool done;
    {
        std::lock_guard<mimi::TableLock> guard(_store->lock());
        done = _store->expire(now, budget);
    }
    if (const uint64_t lost = _fragments.expire(now))
        _box.counts().add_shared(MinionBox::drop_fragment, lost);
    return done;
}

template <class A> void BoxFamilyOf<A>::reap()
{
    const uint32_t now = MinionBox::now_s();
    for (bool done = false; !done;) {
        mimi::TableLock::Polite guard(_store->lock());
        done = _store->expire(now, boxfamily::slice);
    }
}

template <class A> uint32_t BoxFamilyOf<A>::count()
{
    mimi::TableLock::Polite guard(_store->lock());
    return _store->size();
}

template <class A> uint32_t BoxFamilyOf<A>::count_own()
{
    std::vector<Binding> some;
    const uint32_t now = MinionBox::now_s();
    uint32_t place = 0, count = 0;
    for (bool more = true; more;) {
        some.clear();
        {
            mimi::TableLock::Polite guard(_store->lock());
            more = _store->copy(place, boxfamily::long_slice, now, some);
        }
        for (const Binding &b : some)
            count += (b.flags & mimi::through) && b.state != mimi::FlowState::closed;
    }
    return count;
}

template <class A> mimi::AnyBindingStore::Digest BoxFamilyOf<A>::digest()
{
    for (uint32_t place = 0;;) {
        mimi::TableLock::Polite guard(_store->lock());
        if (!_store->update_digest(place, boxfamily::slice))
            return mimi::AnyBindingStore::Digest{_store->digest().count, _store->digest().sum};
    }
}

// Copies under the lock, writes text without it.
template <class A> void BoxFamilyOf<A>::write_all(StringAccum &out)
{
    char line[mimi::flow_text_max];
    std::vector<Binding> some;
    const uint32_t now = MinionBox::now_s();
    uint32_t place = 0;
    for (bool more = true; more;) {
        some.clear();
        {
            mimi::TableLock::Polite guard(_store->lock());
            more = _store->copy(place, boxfamily::long_slice, now, some);
        }
        for (const Binding &b : some) {
            char *end = mimi::write_put(line, b);
            *end++ = '\n';
            out.append(line, int(end - line));
        }
    }
}

template <class A> void BoxFamilyOf<A>::clear()
{
    uint32_t place = 0;
    for (bool more = true; more;) {
        mimi::TableLock::Polite guard(_store->lock());
        more = _store->erase_some(place, boxfamily::slice);
    }
}

template <class A> typename BoxFamilyOf<A>::Sizes BoxFamilyOf<A>::sizes()
{
    std::lock_guard<mimi::TableLock> guard(_store->lock());
    return Sizes{_store->expired(), _store->collisions(), _store->bytes() + own_bytes()};
}

CLICK_ENDDECLS
#endif

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "backendpool.hh"
#include <random>

namespace mimi {

template <class A> const uint16_t BackendPoolOf<A>::none;
template <class A> const uint32_t BackendOf<A>::added_live;
template <class A> const uint16_t ServiceMapOf<A>::none;

namespace {

uint64_t random_number()
{
    std::random_device entropy;
    return (uint64_t(entropy()) << 32) | entropy();
}

template <class A> BackendOf<A> make_backend(const BackendSpecOf<A> &spec, uint16_t vip, uint32_t configured)
{
    BackendOf<A> b = BackendOf<A>();
    static_cast<BackendSpecOf<A> &>(b) = spec;
    b.vip = vip;
    b.used = true;
    b.configured = configured;
    return b;
}

// Nothing is left of it, and nothing to remember: the configuration does not name it.
template <class A> bool is_spent(const BackendOf<A> &b, uint32_t flows)
{
    return !b.used || (b.removed && b.configured == BackendOf<A>::added_live && flows == 0);
}

}  // namespace

template <class A> BackendPoolOf<A>::BackendPoolOf() : _names(new Names()) {}

template <class A> BackendPoolOf<A>::~BackendPoolOf()
{
    delete _names.load();
}

template <class A> std::string BackendPoolOf<A>::add_vip(const std::vector<std::string> &words)
{
    Vip v = Vip();
    std::string wrong = parse_vip(words, v.spec);
    if (!wrong.empty())
        return wrong;
    if (_backends.size() + v.spec.backends.size() >= most_backends || _vips.size() + 1 >= none)
        return "too many backends";
    const uint16_t number = uint16_t(_vips.size());
    const uint16_t other = _services.add(v.spec.proto, v.spec.addr, v.spec.first_port, v.spec.last_port, number);
    if (other != none)
        return "there is a VIP " + _vips[other].spec.name() + " already";
    if (!v.spec.seeded)
        v.spec.hash.seed = random_number();
    for (const Spec &b : v.spec.backends) {
        v.slots.push_back(uint16_t(_backends.size()));
        _backends.push_back(make_backend(b, number, b.weight));
    }
    _vips.push_back(std::move(v));
    return std::string();
}

template <class A> void BackendPoolOf<A>::begin(size_t slots)
{
    Backend nobody = Backend();
    nobody.removed = true;
    _backends.resize(std::max(slots, _backends.size()), nobody);
    _flows.assign(_backends.size(), 0);
    Plan p = current();
    for (uint16_t vip = 0; vip != _vips.size(); ++vip)
        p.choosers[vip] = make_chooser(vip, p);
    p.names = make_names(p);
    TableLock nobody_waits;
    commit(p, nobody_waits);
}

template <class A> uint16_t BackendPoolOf<A>::vip_named(const VipSpecOf<A> &name) const
{
    const uint16_t i = _services.find(name.proto, name.addr, name.first_port);
    return i != none && _vips[i].spec.first_port == name.first_port && _vips[i].spec.last_port == name.last_port ? i : none;
}

template <class A> uint16_t BackendPoolOf<A>::backend_of(uint16_t vip, uint16_t port, const A &to, uint16_t to_port) const
{
    const Owners &owners = names().owners[vip];
    auto found = owners.find(endpoint(to, to_port));
    if (found == owners.end() && to_port == port)
        found = owners.find(endpoint(to, 0));
    return found == owners.end() ? none : found->second;
}

template <class A> uint16_t BackendPoolOf<A>::slot_of(uint16_t vip, const Spec &name) const
{
    for (uint16_t slot : _vips[vip].slots)
        if (_backends[slot] == name && !is_gone(slot))
            return slot;
    return none;
}

template <class A> bool BackendPoolOf<A>::is_gone(uint16_t slot) const
{
    return is_spent(_backends[slot], _flows[slot]);
}

template <class A> std::unique_ptr<ChooserOf<A>> BackendPoolOf<A>::make_chooser(uint16_t vip, const Plan &p) const
{
    const VipSpecOf<A> &spec = _vips[vip].spec;
    std::vector<Candidate> candidates;
    for (uint16_t slot : p.slots[vip]) {
        const Backend &b = p.backends[slot];
        // By position: the primary goes on counting a backend that only we spare.
        if (b.eligible() || (spec.hash.kernel && b.used && !b.removed && b.weight != 0))
            candidates.push_back(Candidate{ChoiceHash::identity(b.addr, b.port), b.weight, slot, !b.eligible()});
    }
    return Choosing::make(spec.choose, std::move(candidates), spec.hash);
}

template <class A> std::unique_ptr<typename BackendPoolOf<A>::Names> BackendPoolOf<A>::make_names(const Plan &p) const
{
    std::unique_ptr<Names> names(new Names());
    names->owners.resize(_vips.size());
    for (uint16_t vip = 0; vip != _vips.size(); ++vip)
        for (uint16_t slot : p.slots[vip]) {
            const Backend &b = p.backends[slot];
            const VipSpecOf<A> &spec = _vips[vip].spec;
            const uint16_t port = ntohs(b.port);
            names->services.join(spec.proto, b.addr, port ? port : spec.first_port, port ? port : spec.last_port);
            if (!b.removed)
                names->owners[vip][endpoint(b.addr, b.port)] = slot;
        }
    return names;
}

template <class A> typename BackendPoolOf<A>::Plan BackendPoolOf<A>::current() const
{
    Plan p;
    p.backends = _backends;
    p.choosers.resize(_vips.size());
    for (const Vip &v : _vips)
        p.slots.push_back(v.slots);
    return p;
}

template <class A> std::string BackendPoolOf<A>::plan(const std::vector<Change> &changes, TableLock &lock, Plan &p)
{
    {
        TableLock::Polite guard(lock);
        p = current();
        for (std::vector<uint16_t> &slots : p.slots)
            slots.erase(std::remove_if(slots.begin(), slots.end(), [&](uint16_t slot) {
                if (!is_spent(p.backends[slot], _flows[slot]))
                    return false;
                p.backends[slot].used = false;
                return true;
            }), slots.end());
    }
    std::vector<bool> touched(_vips.size(), false);
    for (const Change &c : changes) {
        const std::string wrong = apply(c, p, touched);
        if (!wrong.empty())
            return "line " + std::to_string(c.line) + ": " + wrong;
    }
    for (uint16_t vip = 0; vip != _vips.size(); ++vip)
        if (touched[vip])
            p.choosers[vip] = make_chooser(vip, p);
    p.names = make_names(p);
    return std::string();
}

template <class A> std::string BackendPoolOf<A>::apply(const Change &c, Plan &p, std::vector<bool> &touched) const
{
    touched[c.vip] = true;
    Backend *found = nullptr;
    for (uint16_t slot : p.slots[c.vip])
        if (p.backends[slot] == c.backend)
            found = &p.backends[slot];
    if (c.kind == BackendAction::add && !found)
        return place(c, p);
    if (!found || (found->removed && c.kind != BackendAction::add && c.kind != BackendAction::remove))
        return "expected a backend of VIP " + _vips[c.vip].spec.name() + ", found '" + c.backend.name()
            + "'; the handler vips lists them";
    switch (c.kind) {
    case BackendAction::add:
        found->removed = found->draining = false;
        if (c.weighed)
            found->weight = c.backend.weight;
        break;
    case BackendAction::drain: found->draining = true; break;
    case BackendAction::remove: found->removed = true; break;
    case BackendAction::weigh: found->weight = c.backend.weight; break;
    case BackendAction::down: found->down = true; break;
    case BackendAction::up: found->down = false; break;
    }
    return std::string();
}

// A backend that was not there.
template <class A> std::string BackendPoolOf<A>::place(const Change &c, Plan &p) const
{
    const VipSpecOf<A> &spec = _vips[c.vip].spec;
    if (spec.mode == Mode::direct && c.backend.port && (spec.first_port != spec.last_port || ntohs(c.backend.port) != spec.first_port))
        return "VIP " + spec.name() + " is direct: expected a backend without a port, found '" + c.backend.name() + "'";
    for (uint16_t slot : p.slots[c.vip])
        if (spec.clash(p.backends[slot], c.backend))
            return "expected a new backend, found '" + c.backend.name() + "', which is reached like '" + p.backends[slot].name() + "'";
    for (size_t slot = 0; slot != p.backends.size(); ++slot)
        if (!p.backends[slot].used) {
            p.backends[slot] = make_backend(c.backend, c.vip, Backend::added_live);
            p.slots[c.vip].push_back(uint16_t(slot));
            p.fresh.push_back(uint16_t(slot));
            return std::string();
        }
    return "expected no more than " + std::to_string(p.backends.size()) + " backends, found one more; BACKENDS sets the number";
}

template <class A> void BackendPoolOf<A>::commit(Plan &p, TableLock &lock)
{
    std::unique_ptr<Names> old;
    {
        TableLock::Polite guard(lock);
        std::vector<bool> fresh(p.backends.size(), false);
        for (uint16_t slot : p.fresh)
            fresh[slot] = true;
        for (size_t slot = 0; slot != p.backends.size(); ++slot) {
            const uint64_t chosen = fresh[slot] ? p.backends[slot].chosen : _backends[slot].chosen;
            _backends[slot] = p.backends[slot];
            _backends[slot].chosen = chosen;
        }
        _counting.assign(_backends.size(), nullptr);
        for (uint16_t vip = 0; vip != _vips.size(); ++vip) {
            _vips[vip].slots.swap(p.slots[vip]);
            if (p.choosers[vip]) {
                p.choosers[vip]->succeed(_vips[vip].chooser.get(), _flows);
                _vips[vip].chooser.swap(p.choosers[vip]);
            }
            const bool counts = _vips[vip].spec.choose == Choose::least_connections;
            for (uint16_t slot : _vips[vip].slots)
                _counting[slot] = counts ? _vips[vip].chooser.get() : nullptr;
        }
        old.reset(_names.exchange(p.names.release(), std::memory_order_acq_rel));
    }
    _retired.push(std::move(old));
    _retired.collect([](std::unique_ptr<Names> &names) { names.reset(); });
}

template <class A> void BackendPoolOf<A>::succeed(const BackendPoolOf &before, std::vector<uint16_t> &from)
{
    from.assign(before._backends.size(), none);
    Plan p = current();
    for (uint16_t vip = 0; vip != _vips.size(); ++vip) {
        const uint16_t old_vip = before.vip_named(_vips[vip].spec);
        if (old_vip == none)
            continue;
        inherit(before, old_vip, vip, p, from);
        p.choosers[vip] = make_chooser(vip, p);
    }
    p.names = make_names(p);
    TableLock nobody_waits;
    commit(p, nobody_waits);
}

// One VIP's past. What the configuration says otherwise than the one before counts; everything else goes on as it was.
template <class A> void BackendPoolOf<A>::inherit(const BackendPoolOf &before, uint16_t old_vip, uint16_t vip, Plan &p, std::vector<uint16_t> &from)
{
    _vips[vip].chosen += before._vips[old_vip].chosen;
    if (!_vips[vip].spec.seeded && !before._vips[old_vip].spec.seeded)
        _vips[vip].spec.hash.seed = before._vips[old_vip].spec.hash.seed;
    for (uint16_t old_slot : before._vips[old_vip].slots) {
        const Backend &old = before._backends[old_slot];
        if (before.is_gone(old_slot))
            continue;
        uint16_t slot = none;
        for (uint16_t candidate : p.slots[vip])
            if (p.backends[candidate] == old)
                slot = candidate;
        const bool left = slot == none && old.configured != Backend::added_live;
        if (slot == none) {
            Change back = Change();
            back.kind = BackendAction::add;
            back.vip = vip;
            back.weighed = true;
            back.backend = old;
            if (!place(back, p).empty())
                continue;
            slot = p.fresh.back();
            p.backends[slot].removed = left || old.removed;
        } else if (old.configured == p.backends[slot].configured) {
            p.backends[slot].weight = old.weight;
            p.backends[slot].removed = old.removed;
        }
        p.backends[slot].draining = old.draining;
        p.backends[slot].down = old.down;
        p.backends[slot].chosen = _backends[slot].chosen = old.chosen;
        from[old_slot] = slot;
    }
}

template class BackendPoolOf<uint32_t>;
template class BackendPoolOf<Address6>;

}  // namespace mimi

ELEMENT_PROVIDES(BackendPool)
ELEMENT_REQUIRES(Chooser FlowBinding VipSpec)

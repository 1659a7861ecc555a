// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "prefixtable.hh"
#include <algorithm>

class PrefixTable::Change {
  public:
    explicit Change(PrefixTable &table) : _version(table._version) { _version.fetch_add(1, std::memory_order_acq_rel); }
    ~Change() { _version.fetch_add(1, std::memory_order_release); }
    Change(const Change &) = delete;
    Change &operator=(const Change &) = delete;

  private:
    std::atomic<uint32_t> &_version;
};

template <typename T>
void PrefixTable::Array<T>::push_back()
{
    if (_size == _capacity) {
        const size_t capacity = std::max<size_t>(2 * _capacity, 4);
        std::unique_ptr<T[]> grown = std::make_unique<T[]>(capacity);
        std::copy_n(get(), _size, grown.get());
        _items.store(grown.get(), std::memory_order_release);
        _generations.push_back(std::move(grown));
        _capacity = capacity;
    }
    ++_size;
}

PrefixTable::PrefixTable()
{
    _hops.push_back();
    _hops[0] = pack(Route());
    take_node();
}

PrefixTable::Prefix PrefixTable::make_prefix(IPAddress address, IPAddress mask)
{
    return Prefix{ntohl(address.addr() & mask.addr()), mask.mask_to_prefix_len()};
}

// An empty node: one of before a clear(), or a new one.
uint32_t PrefixTable::take_node()
{
    if (_used_nodes == _nodes.size()) {
        _nodes.push_back();
        _lengths.emplace_back();
    }
    _lengths[_used_nodes] = Lengths();
    return _used_nodes++;
}

// The node in which a prefix of at least one bit ends.
uint32_t PrefixTable::node_for(const Prefix &prefix)
{
    uint32_t node = 0;
    for (int depth = 0; depth < (prefix.length - 1) / 8; ++depth) {
        const uint32_t index = prefix.address >> (24 - 8 * depth) & 255;
        const uint64_t slot = _nodes[node].slots[index].load(std::memory_order_relaxed);
        uint32_t below = static_cast<uint32_t>(slot >> 32);
        if (!below) {
            below = take_node();
            _nodes[node].slots[index] = uint64_t{below} << 32 | static_cast<Hop>(slot);
        }
        node = below;
    }
    return node;
}

// Gives the prefix's slots another hop, where what they hold is of a prefix no longer than `replaces`.
void PrefixTable::paint(const Prefix &prefix, Hop hop, int length, int replaces)
{
    const uint32_t node = node_for(prefix);
    const int depth = (prefix.length - 1) / 8;
    const uint32_t first = prefix.address >> (24 - 8 * depth) & 255;
    const uint32_t count = 1u << (8 * (depth + 1) - prefix.length);
    for (uint32_t i = first; i < first + count; ++i)
        if (_lengths[node].of[i] <= replaces) {
            Word &slot = _nodes[node].slots[i];
            slot = (slot.load(std::memory_order_relaxed) >> 32 << 32) | hop;
            _lengths[node].of[i] = static_cast<uint8_t>(length);
        }
}

PrefixTable::Hop PrefixTable::take_hop(const Route &route)
{
    auto &[hop, users] = _hop_users[pack(route)];
    if (users++ == 0) {
        if (_free_hops.empty()) {
            _free_hops.push_back(static_cast<Hop>(_hops.size()));
            _hops.push_back();
        }
        hop = _free_hops.back();
        _free_hops.pop_back();
        _hops[hop] = pack(route);
    }
    return hop;
}

void PrefixTable::give_hop(const Route &route)
{
    auto it = _hop_users.find(pack(route));
    if (--it->second.second > 0)
        return;
    _free_hops.push_back(it->second.first);
    _hop_users.erase(it);
}

void PrefixTable::set(const Prefix &prefix, const Route &route)
{
    Change change(*this);
    const Hop hop = take_hop(route);
    if (prefix.length == 0)
        _default.store(hop, std::memory_order_release);
    else
        paint(prefix, hop, prefix.length, prefix.length);
    auto [it, is_new] = _routes.try_emplace(prefix, route);
    const unsigned serial = is_new ? _next_serial++ : it->second.serial;
    if (!is_new)
        give_hop(it->second);
    it->second = route;
    it->second.serial = serial;
}

bool PrefixTable::erase(const Prefix &prefix)
{
    auto it = _routes.find(prefix);
    if (it == _routes.end())
        return false;
    Change change(*this);
    if (prefix.length == 0)
        _default.store(0, std::memory_order_release);
    else {
        // The next shorter prefix that ends in the same node comes to light again; shorter ones answer from above.
        auto hidden = _routes.end();
        int length = prefix.length - 1;
        for (int least = (prefix.length - 1) / 8 * 8; length > least; --length)
            if ((hidden = _routes.find(Prefix{prefix.address & ~(0xFFFFFFFFU >> length), length})) != _routes.end())
                break;
        const bool found = hidden != _routes.end();
        paint(prefix, found ? _hop_users.at(pack(hidden->second)).first : 0, found ? length : 0, prefix.length);
    }
    give_hop(it->second);
    _routes.erase(it);
    return true;
}

void PrefixTable::clear()
{
    Change change(*this);
    _default.store(0, std::memory_order_release);
    for (uint32_t node = 0; node < _used_nodes; ++node)
        for (Word &slot : _nodes[node].slots)
            slot = 0;
    _used_nodes = 0;
    take_node();
    for (const auto &[packed, hop] : _hop_users)
        _free_hops.push_back(hop.first);
    _hop_users.clear();
    _routes.clear();
}

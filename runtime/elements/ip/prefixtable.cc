// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "prefixtable.hh"

PrefixTable::PrefixTable() : _root(std::make_unique<Node>()) {}

PrefixTable::Prefix PrefixTable::make_prefix(IPAddress address, IPAddress mask)
{
    return Prefix{ntohl(address.addr() & mask.addr()), mask.mask_to_prefix_len()};
}

const PrefixTable::Route *PrefixTable::exact(const Prefix &prefix) const
{
    auto it = _routes.find(prefix);
    return it == _routes.end() ? nullptr : &it->second;
}

// The node in which a prefix of at least one bit ends.
PrefixTable::Node *PrefixTable::node_for(const Prefix &prefix)
{
    Node *node = _root.get();
    for (int depth = 0; depth < (prefix.length - 1) / 8; ++depth) {
        auto &child = node->children[prefix.address >> (24 - 8 * depth) & 255];
        if (!child)
            child = std::make_unique<Node>();
        node = child.get();
    }
    return node;
}

// Gives the prefix's slots another route, where what they hold is no longer than `replaces`.
void PrefixTable::paint(const Prefix &prefix, const Route *route, int length, int replaces)
{
    Node *node = node_for(prefix);
    int depth = (prefix.length - 1) / 8;
    int first = prefix.address >> (24 - 8 * depth) & 255;
    int count = 1 << (8 * (depth + 1) - prefix.length);
    for (int i = first; i < first + count; ++i)
        if (node->slots[i].length <= replaces)
            node->slots[i] = Slot{route, length};
}

void PrefixTable::set(const Prefix &prefix, const Route &route)
{
    Route &stored = _routes[prefix];
    stored = route;
    if (prefix.length == 0)
        _default = &stored;
    else
        paint(prefix, &stored, prefix.length, prefix.length);
}

bool PrefixTable::erase(const Prefix &prefix)
{
    auto it = _routes.find(prefix);
    if (it == _routes.end())
        return false;
    if (prefix.length == 0) {
        _default = nullptr;
    } else {
        // The next shorter prefix that ends in the same node comes to light again; shorter ones answer from above.
        const Route *hidden = nullptr;
        int length = prefix.length - 1;
        for (int least = (prefix.length - 1) / 8 * 8; length > least; --length)
            if ((hidden = exact(Prefix{prefix.address & ~(0xFFFFFFFFU >> length), length})))
                break;
        paint(prefix, hidden, hidden ? length : 0, prefix.length);
    }
    _routes.erase(it);
    return true;
}

void PrefixTable::clear()
{
    _routes.clear();
    _default = nullptr;
    _root = std::make_unique<Node>();
}

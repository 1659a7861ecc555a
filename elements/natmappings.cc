// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "natmappings.hh"

namespace mimi {

uint32_t NatMappings::find(uint8_t proto, const Endpoint &inside, const Endpoint &remote) const
{
    const Endpoint c = counted(remote);
    return _inside_index.find(inside_hash(proto, inside, c), [&](uint32_t i) {
        const NatMapping &m = _mappings[i];
        return m.proto == proto && m.inside == inside && m.remote == c;
    });
}

uint32_t NatMappings::exact(uint8_t proto, const Endpoint &inside, const Endpoint &outside, const Endpoint &remote) const
{
    const Endpoint c = counted(remote);
    return _inside_index.find(inside_hash(proto, inside, c), [&](uint32_t i) {
        const NatMapping &m = _mappings[i];
        return m.proto == proto && m.inside == inside && m.remote == c && m.outside == outside;
    });
}

uint32_t NatMappings::by_outside(uint8_t proto, const Endpoint &outside) const
{
    return _outside_index.find(outside_hash(proto, outside), [&](uint32_t i) {
        return _mappings[i].proto == proto && _mappings[i].outside == outside;
    });
}

bool NatMappings::admits(uint8_t proto, const Endpoint &outside, const Endpoint &remote, Endpoint &inside) const
{
    if (_filtering == Dependence::address_and_port)
        return false;
    const uint32_t number = _outside_index.find(outside_hash(proto, outside), [&](uint32_t i) {
        const NatMapping &m = _mappings[i];
        return m.proto == proto && m.outside == outside && (_filtering == Dependence::none || peer(i, remote.addr));
    });
    if (number)
        inside = _mappings[number].inside;
    return number != 0;
}

uint32_t NatMappings::hold(uint8_t proto, const Endpoint &inside, const Endpoint &outside, const Endpoint &remote)
{
    uint32_t number = exact(proto, inside, outside, remote);
    if (!number) {
        const Endpoint c = counted(remote);
        number = _mappings.take(NatMapping{inside, outside, c, 0, proto, false});
        if (!_inside_index.insert(inside_hash(proto, inside, c), number)) {
            _mappings.give_back(number);
            return 0;
        }
        _outside_index.prefetch(outside_hash(proto, outside));
        _most = number > _most ? number : _most;
        add_pair(inside.addr, outside.addr);
    }
    ++_mappings[number].flows;
    return number;
}

void NatMappings::list(uint32_t number)
{
    NatMapping &m = _mappings[number];
    m.listed = m.listed || _outside_index.insert(outside_hash(m.proto, m.outside), number);
}

bool NatMappings::let_go(uint32_t number)
{
    NatMapping &m = _mappings[number];
    if (--m.flows)
        return false;
    _inside_index.erase(inside_hash(m.proto, m.inside, m.remote), number);
    if (m.listed)
        _outside_index.erase(outside_hash(m.proto, m.outside), number);
    remove_pair(m.inside.addr, m.outside.addr);
    _mappings.give_back(number);
    return !uses(m.proto, m.outside);
}

bool NatMappings::let_go(uint8_t proto, const Endpoint &inside, const Endpoint &outside, const Endpoint &remote)
{
    const uint32_t number = exact(proto, inside, outside, remote);
    if (!number)
        return false;
    remove_peer(number, remote.addr);
    return let_go(number);
}

uint32_t NatMappings::peer(uint32_t mapping, uint32_t remote) const
{
    return _peer_index.find(peer_hash(mapping, remote), [&](uint32_t i) {
        return _peers[i].mapping == mapping && _peers[i].remote == remote;
    });
}

void NatMappings::add_peer(uint32_t number, uint32_t remote)
{
    if (_filtering != Dependence::address)
        return;
    uint32_t i = peer(number, remote);
    if (!i) {
        i = _peers.take(Peer{number, remote, 0});
        if (!_peer_index.insert(peer_hash(number, remote), i)) {
            _peers.give_back(i);
            return;
        }
    }
    ++_peers[i].flows;
}

void NatMappings::remove_peer(uint32_t number, uint32_t remote)
{
    const uint32_t i = _filtering == Dependence::address ? peer(number, remote) : 0;
    if (!i || --_peers[i].flows)
        return;
    _peer_index.erase(peer_hash(number, remote), i);
    _peers.give_back(i);
}

void NatMappings::add_pair(uint32_t inside, uint32_t outside)
{
    auto is = [&](uint32_t i) { return _pairs[i].inside == inside && _pairs[i].outside == outside; };
    uint32_t i = _pair_index.find(pair_hash(inside), is);
    if (!i) {
        i = _pairs.take(Pair{inside, outside, 0});
        if (!_pair_index.insert(pair_hash(inside), i)) {
            _pairs.give_back(i);
            return;
        }
    }
    ++_pairs[i].mappings;
}

void NatMappings::remove_pair(uint32_t inside, uint32_t outside)
{
    auto is = [&](uint32_t i) { return _pairs[i].inside == inside && _pairs[i].outside == outside; };
    const uint32_t i = _pair_index.find(pair_hash(inside), is);
    if (!i || --_pairs[i].mappings)
        return;
    _pair_index.erase(pair_hash(inside), i);
    _pairs.give_back(i);
}

size_t NatMappings::bytes() const
{
    return _mappings.bytes() + _peers.bytes() + _pairs.bytes() + _inside_index.bytes() + _outside_index.bytes()
        + _peer_index.bytes() + _pair_index.bytes();
}

}  // namespace mimi

ELEMENT_PROVIDES(NatMappings)
ELEMENT_REQUIRES(NatRules)

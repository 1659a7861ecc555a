// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "sourceiphashmapper.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <algorithm>

// Every bit of the result depends on every bit of the value.
static uint32_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return static_cast<uint32_t>((x ^ (x >> 31)) >> 16);
}

int SourceIPHashMapper::read_options(Vector<String> &conf, ErrorHandler *errh)
{
    if (!conf.size())
        return errh->error("no hash seed given");
    Vector<String> words;
    cp_spacevec(conf[0], words);
    int nodes;
    int32_t seed;
    if (words.size() != 2)
        return errh->error("requires 2 config params: numnodes seed");
    if (!IntArg().parse(words[0], nodes) || nodes <= 0 || nodes > 65536)
        return errh->error("number of nodes must be an integer from 1 to 65536");
    if (!IntArg().parse(words[1], seed))
        return errh->error("hash seed must be an integer");
    _nodes = nodes;
    _seed = seed;
    conf.erase(conf.begin());
    return 0;
}

int SourceIPHashMapper::read_member(const String &text, Member &member, ErrorHandler *errh) const
{
    Vector<String> words;
    cp_spacevec(text, words);
    if (words.size() <= 1 || !IntArg().parse(words.back(), member.id) || member.id < 0)
        return errh->error("bad server ID in pattern spec");
    words.pop_back();
    return PatternMapper::read_member(cp_unspacevec(words), member, errh);
}

void SourceIPHashMapper::members_changed()
{
    _ring.clear();
    for (size_t i = 0; i < _members.size(); ++i)
        for (int node = 0; node < _nodes; ++node) {
            const uint64_t name = (uint64_t{static_cast<uint32_t>(_members[i].id)} << 32) + static_cast<uint32_t>(node);
            _ring.emplace_back(mix(name * 0x9e3779b97f4a7c15u + static_cast<uint32_t>(_seed)), static_cast<uint32_t>(i));
        }
    std::sort(_ring.begin(), _ring.end());
}

bool SourceIPHashMapper::choose(const mimi::FlowTuple &from, Choice &choice, const ReplyKeys &keys)
{
    std::lock_guard<std::mutex> guard(_lock);
    const uint32_t point = mix((uint64_t{static_cast<uint32_t>(_seed)} << 32 | from.saddr) + 0x9e3779b97f4a7c15u);
    auto at = std::lower_bound(_ring.begin(), _ring.end(), std::make_pair(point, uint32_t{0}));
    if (at == _ring.end())
        at = _ring.begin();
    Member &member = _members[at->second];
    if (!member.to.pattern->choose(from, choice.to, keys))
        return false;
    choice.foutput = member.to.foutput;
    choice.routput = member.to.routput;
    ++member.chosen;
    return true;
}

EXPORT_ELEMENT(SourceIPHashMapper)

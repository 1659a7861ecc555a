// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "roundrobinipmapper.hh"

bool RoundRobinIPMapper::choose(const mimi::FlowTuple &from, Choice &choice, const ReplyKeys &keys)
{
    std::lock_guard<std::mutex> guard(_lock);
    for (size_t tried = 0; tried < _members.size(); ++tried) {
        Member &member = _members[_next];
        _next = (_next + 1) % _members.size();
        if (!member.to.pattern->choose(from, choice.to, keys))
            continue;
        choice.foutput = member.to.foutput;
        choice.routput = member.to.routput;
        ++member.chosen;
        return true;
    }
    return false;
}

EXPORT_ELEMENT(RoundRobinIPMapper)

// SPDX-License-Identifier: Apache-2.0
// The life of a translator's family, and what it shows.
#include <click/config.h>
#include "translatorfamily.hh"
#include "addresstext.hh"
#include <click/straccum.hh>
#include <arpa/inet.h>
CLICK_DECLS

using mimi::NatRules;

namespace {

const char *proto_word(uint8_t proto)
{
    return proto == mimi::proto_tcp ? "tcp" : proto == mimi::proto_udp ? "udp" : "icmp";
}

}  // namespace

void TranslatorFamily::begin_with(const Policy &policy)
{
    _policy = policy;
    _mappings.reset(new mimi::NatMappings(policy.mapping, policy.filtering));
    _ports.configure(_rules);
    make_table();
}

uint16_t TranslatorFamily::owner_of(const mimi::FlowBinding &b) const
{
    const NatRules::Sides s = _rules.sides_of(b);
    if (!s.owned)
        return MinionBox::no_owner;
    return uint16_t((s.initiator_inside ? +initiator_inside : 0) | (s.responder_inside ? +responder_inside : 0));
}

void TranslatorFamily::succeed(TranslatorFamily &old)
{
    take_table(old);
    _table->set_watch(nullptr);
    _table->for_each(0, [this](Record &r) {
        const uint16_t owner = owner_of(r.binding());
        r.tag.store(owner, std::memory_order_relaxed);
        if (owner == MinionBox::no_owner)
            _table->erase(&r);
        else
            flow_entered(r);
    });
    _table->set_watch(watch());
}

// The lock is let go now and then: mappings that come and go meanwhile may be missing.
String TranslatorFamily::mappings_text()
{
    StringAccum out;
    std::vector<mimi::NatMapping> some;
    uint32_t place = 0;
    for (bool more = true; more;) {
        some.clear();
        {
            mimi::TableLock::Polite guard(_table->lock());
            more = _mappings->walk(place, 256, [&](const mimi::NatMapping &m) { some.push_back(m); });
        }
        for (const mimi::NatMapping &m : some)
            MinionBox::append_line(out, std::string(proto_word(m.proto)) + ' ' + mimi::endpoint_text(m.inside.addr, m.inside.port) + ' '
                        + mimi::endpoint_text(m.outside.addr, m.outside.port)
                        + (m.remote.addr ? " remote " + mimi::endpoint_text(m.remote.addr, m.remote.port) : std::string())
                        + " flows " + std::to_string(m.flows));
    }
    return out.take_string();
}

String TranslatorFamily::pools_text()
{
    static const uint8_t protos[] = {mimi::proto_tcp, mimi::proto_udp, mimi::proto_icmp};
    StringAccum out;
    std::lock_guard<mimi::TableLock> guard(_table->lock());
    for (const NatRules::Pool &p : _rules.pools()) {
        MinionBox::append_line(out, "pool " + mimi::address_text(htonl(p.first)) + '-' + mimi::address_text(htonl(p.last)) + ' ' + std::to_string(p.low)
                    + '-' + std::to_string(p.high));
        for (uint64_t addr = p.first; addr <= p.last; ++addr) {
            const uint32_t number = _ports.number_of(htonl(uint32_t(addr)));
            std::string line = "address " + mimi::address_text(htonl(uint32_t(addr)));
            for (uint8_t proto : protos)
                line += std::string(" ") + proto_word(proto) + ' ' + std::to_string(_ports.used_ports(number, proto)) + ' '
                    + std::to_string(_ports.free_ports(number, proto));
            MinionBox::append_line(out, line);
        }
    }
    return out.take_string();
}

CLICK_ENDDECLS
ELEMENT_PROVIDES(TranslatorFamilySetup)

// SPDX-License-Identifier: Apache-2.0
// The life of a translator, and what it shows: arguments, what it owns, its successor, its own handlers.
#include <click/config.h>
#include "minionnat.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/straccum.hh>
#include <arpa/inet.h>
CLICK_DECLS

using mimi::Dependence;
using mimi::NatRules;

namespace {

int read_dependence(const String &word, const char *argument, Dependence &result, ErrorHandler *errh)
{
    if (word == "endpoint-independent")
        result = Dependence::none;
    else if (word == "address-dependent")
        result = Dependence::address;
    else if (word == "address-and-port-dependent")
        result = Dependence::address_and_port;
    else
        return errh->error("%s: expected endpoint-independent, address-dependent or address-and-port-dependent, found '%s'",
                           argument, word.c_str());
    return 0;
}

const char *proto_word(uint8_t proto)
{
    return proto == mimi::proto_tcp ? "tcp" : proto == mimi::proto_udp ? "udp" : "icmp";
}

}  // namespace

void *MinionNAT::cast(const char *name)
{
    return strcmp(name, "MinionNAT") == 0 ? static_cast<void *>(this) : MinionBox::cast(name);
}

int MinionNAT::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Vector<String> pools, statics, inside;
    String unknown = "drop", mapping = "endpoint-independent", filtering = "address-and-port-dependent", pooling = "paired";
    Args args(conf, this, errh);
    args.read_all("POOL", AnyArg(), pools)
        .read_all("STATIC", AnyArg(), statics)
        .read_all("INSIDE", AnyArg(), inside)
        .read("MAPPING", WordArg(), mapping)
        .read("FILTERING", WordArg(), filtering)
        .read("POOLING", WordArg(), pooling)
        .read("PORT_PRESERVATION", _preservation)
        .read("PORT_PARITY", _parity)
        .read("HAIRPINNING", _hairpinning)
        .read("ICMP", SecondsArg(), _icmp_s);
    if (read_arguments(args, unknown).complete() < 0)
        return -1;
    struct {
        const Vector<String> &texts;
        std::string (NatRules::*add)(const std::vector<std::string> &);
    } const lists[] = {{pools, &NatRules::add_pool}, {statics, &NatRules::add_static}, {inside, &NatRules::add_inside}};
    std::vector<std::string> words;
    for (const auto &list : lists)
        for (int i = 0; i < list.texts.size(); ++i) {
            split_words(list.texts[i], words);
            const std::string wrong = (_rules.*list.add)(words);
            if (!wrong.empty())
                return errh->error("%s", wrong.c_str());
        }
    const std::string wrong = _rules.check();
    if (!wrong.empty())
        return errh->error("%s", wrong.c_str());
    Dependence how = Dependence::none;
    if (read_dependence(mapping, "MAPPING", how, errh) < 0 || read_dependence(filtering, "FILTERING", _filtering, errh) < 0)
        return -1;
    if (pooling != "paired" && pooling != "arbitrary")
        return errh->error("POOLING: expected paired or arbitrary, found '%s'", pooling.c_str());
    _paired = pooling == "paired";
    if (check_arguments(unknown, errh) < 0)
        return -1;
    _mappings.reset(new mimi::NatMappings(how, _filtering));
    _ports.configure(_rules);
    make_table(0);
    return 0;
}

std::vector<std::string> MinionNAT::own_counts() const
{
    static const char *const names[] = {"hairpins", "drop_unsolicited", "drop_hairpin", "drop_no_port"};
    static_assert(sizeof(names) / sizeof(names[0]) == int(n_counts) - int(MinionBox::n_counts), "a word for every count");
    return std::vector<std::string>(std::begin(names), std::end(names));
}

uint16_t MinionNAT::owner_of(const mimi::FlowBinding &b) const
{
    const NatRules::Sides s = _rules.sides_of(b);
    if (!s.owned)
        return no_owner;
    return uint16_t((s.initiator_inside ? +initiator_inside : 0) | (s.responder_inside ? +responder_inside : 0));
}

// Flows that these arguments do not allow are over; mappings are made anew from those that go on.
void MinionNAT::take_state(Element *old, ErrorHandler *)
{
    if (!take_table(old))
        return;
    _table->set_watch(nullptr);
    _table->for_each(0, [this](Record &r) {
        const uint16_t owner = owner_of(r.binding());
        r.tag.store(owner, std::memory_order_relaxed);
        if (owner == no_owner)
            _table->erase(&r);
        else
            flow_entered(r);
    });
    _table->set_watch(watch());
}

// The lock is let go now and then: mappings that come and go meanwhile may be missing.
String MinionNAT::mappings_text()
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
            append_line(out, std::string(proto_word(m.proto)) + ' ' + mimi::endpoint_text(m.inside.addr, m.inside.port) + ' '
                        + mimi::endpoint_text(m.outside.addr, m.outside.port)
                        + (m.remote.addr ? " remote " + mimi::endpoint_text(m.remote.addr, m.remote.port) : std::string())
                        + " flows " + std::to_string(m.flows));
    }
    return out.take_string();
}

String MinionNAT::pools_text()
{
    static const uint8_t protos[] = {mimi::proto_tcp, mimi::proto_udp, mimi::proto_icmp};
    StringAccum out;
    std::lock_guard<mimi::TableLock> guard(_table->lock());
    for (const NatRules::Pool &p : _rules.pools()) {
        append_line(out, "pool " + mimi::address_text(htonl(p.first)) + '-' + mimi::address_text(htonl(p.last)) + ' ' + std::to_string(p.low)
                    + '-' + std::to_string(p.high));
        for (uint64_t addr = p.first; addr <= p.last; ++addr) {
            const uint32_t number = _ports.number_of(htonl(uint32_t(addr)));
            std::string line = "address " + mimi::address_text(htonl(uint32_t(addr)));
            for (uint8_t proto : protos)
                line += std::string(" ") + proto_word(proto) + ' ' + std::to_string(_ports.used_ports(number, proto)) + ' '
                    + std::to_string(_ports.free_ports(number, proto));
            append_line(out, line);
        }
    }
    return out.take_string();
}

String MinionNAT::read_handler(Element *e, void *thunk)
{
    MinionNAT *nat = static_cast<MinionNAT *>(e);
    return reinterpret_cast<intptr_t>(thunk) == h_mappings ? nat->mappings_text() : nat->pools_text();
}

void MinionNAT::add_handlers()
{
    MinionBox::add_handlers();
    add_read_handler("mappings", read_handler, h_mappings, Handler::f_nonexclusive | Handler::f_expensive);
    add_read_handler("pools", read_handler, h_pools, Handler::f_nonexclusive | Handler::f_expensive);
}

CLICK_ENDDECLS
ELEMENT_PROVIDES(MinionNATSetup)

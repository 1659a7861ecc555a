// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "minionnat.hh"
#include <click/args.hh>
#include <click/error.hh>
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

}  // namespace

MinionNAT::MinionNAT() : _ip4(*this)
{
    use_families(_ip4);
}

MinionNAT::~MinionNAT() {}

void *MinionNAT::cast(const char *name)
{
    return strcmp(name, "MinionNAT") == 0 ? static_cast<void *>(this) : MinionBox::cast(name);
}

int MinionNAT::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Vector<String> pools, statics, inside;
    String unknown = "drop", mapping = "endpoint-independent", filtering = "address-and-port-dependent", pooling = "paired";
    TranslatorFamily::Policy policy;
    Args args(conf, this, errh);
    args.read_all("POOL", AnyArg(), pools)
        .read_all("STATIC", AnyArg(), statics)
        .read_all("INSIDE", AnyArg(), inside)
        .read("MAPPING", WordArg(), mapping)
        .read("FILTERING", WordArg(), filtering)
        .read("POOLING", WordArg(), pooling)
        .read("PORT_PRESERVATION", policy.preservation)
        .read("PORT_PARITY", policy.parity)
        .read("HAIRPINNING", policy.hairpinning)
        .read("ICMP", SecondsArg(), _terms.icmp_s);
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
            const std::string wrong = (_ip4.rules().*list.add)(words);
            if (!wrong.empty())
                return errh->error("%s", wrong.c_str());
        }
    const std::string wrong = _ip4.rules().check();
    if (!wrong.empty())
        return errh->error("%s", wrong.c_str());
    if (read_dependence(mapping, "MAPPING", policy.mapping, errh) < 0 || read_dependence(filtering, "FILTERING", policy.filtering, errh) < 0)
        return -1;
    if (pooling != "paired" && pooling != "arbitrary")
        return errh->error("POOLING: expected paired or arbitrary, found '%s'", pooling.c_str());
    policy.paired = pooling == "paired";
    if (check_arguments(unknown, errh) < 0)
        return -1;
    _ip4.begin_with(policy);
    make_counts(0);
    return 0;
}

std::vector<std::string> MinionNAT::own_counts() const
{
    static const char *const names[] = {"hairpins", "drop_unsolicited", "drop_hairpin", "drop_no_port"};
    static_assert(sizeof(names) / sizeof(names[0]) == int(n_counts) - int(MinionBox::n_counts), "a word for every count");
    return std::vector<std::string>(std::begin(names), std::end(names));
}

void MinionNAT::take_state(Element *old_element, ErrorHandler *)
{
    MinionNAT *old = static_cast<MinionNAT *>(old_element->cast("MinionNAT"));
    if (old && succeed(*old))
        _ip4.succeed(old->_ip4);
}

String MinionNAT::read_handler(Element *e, void *thunk)
{
    MinionNAT *nat = static_cast<MinionNAT *>(e);
    return reinterpret_cast<intptr_t>(thunk) == h_mappings ? nat->_ip4.mappings_text() : nat->_ip4.pools_text();
}

void MinionNAT::add_handlers()
{
    MinionBox::add_handlers();
    add_read_handler("mappings", read_handler, h_mappings, Handler::f_nonexclusive | Handler::f_expensive);
    add_read_handler("pools", read_handler, h_pools, Handler::f_nonexclusive | Handler::f_expensive);
}

CLICK_ENDDECLS
EXPORT_ELEMENT(MinionNAT)
ELEMENT_REQUIRES(MinionBox TranslatorFamily TranslatorFamilySetup)

// SPDX-License-Identifier: Apache-2.0
// A balancer's arguments, its successor, and the handlers that other boxes have not.
#include <click/config.h>
#include "minionlb.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/straccum.hh>
#include <algorithm>
#include <sstream>
CLICK_DECLS

using mimi::BackendAction;

MinionLB::MinionLB() : _ip4(*this), _ip6(*this)
{
    use_families(_ip4, &_ip6);
}

MinionLB::~MinionLB() {}

void *MinionLB::cast(const char *name)
{
    return strcmp(name, "MinionLB") == 0 ? static_cast<void *>(this) : MinionBox::cast(name);
}

int MinionLB::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Vector<String> vips;
    String unknown = "drop";
    uint32_t backends = 0;
    Args args(conf, this, errh);
    if (read_arguments(args.read_all("VIP", AnyArg(), vips).read("BACKENDS", backends), unknown).complete() < 0)
        return -1;
    if (vips.empty())
        return errh->error("VIP: required argument missing");
    std::vector<std::string> words;
    for (int i = 0; i < vips.size(); ++i) {
        split_words(vips[i], words);
        const bool ip6 = words.size() > 1 && mimi::service_version(words[1]) == 6;
        const std::string wrong = ip6 ? _ip6.pool().add_vip(words) : _ip4.pool().add_vip(words);
        if (!wrong.empty())
            return errh->error("VIP: %s", wrong.c_str());
        _vips.push_back(Vip{ip6, uint16_t((ip6 ? _ip6.pool().n_vips() : _ip4.pool().n_vips()) - 1)});
    }
    if (check_arguments(unknown, errh) < 0)
        return -1;
    const uint32_t most = mimi::BackendPool::most_backends;
    const uint32_t configured[] = {uint32_t(_ip4.pool().n_slots()), uint32_t(_ip6.pool().n_slots())};
    const uint32_t least = std::max(configured[0], configured[1]);
    if (backends != 0 && (backends < least || backends > most))
        return errh->error("BACKENDS: expected a number from %u, as many as are configured, to %u, found %u", least, most, backends);
    const auto slots = [&](uint32_t own) { return size_t(backends ? backends : std::min(own + 1024, most)); };
    _ip4.begin_with(slots(configured[0]), n_counts);
    _ip6.begin_with(slots(configured[1]), n_counts + 2 * _ip4.pool().n_slots());
    make_counts(2 * (_ip4.pool().n_slots() + _ip6.pool().n_slots()));
    return 0;
}

std::vector<std::string> MinionLB::own_counts() const
{
    return {"drop_backend_unknown", "drop_no_backend"};
}

void MinionLB::take_state(Element *old_element, ErrorHandler *)
{
    MinionLB *old = static_cast<MinionLB *>(old_element->cast("MinionLB"));
    if (!old || !succeed(*old))
        return;
    _ip4.succeed(old->_ip4);
    _ip6.succeed(old->_ip6);
}

String MinionLB::vips_text()
{
    reap();
    StringAccum out;
    for (const Vip &vip : _vips) {
        if (vip.ip6)
            _ip6.write_vip(vip.number, out);
        else
            _ip4.write_vip(vip.number, out);
    }
    return out.take_string();
}

namespace {

// What the lines of a handler ask of one family.
template <class A> struct Orders {
    typedef BalancerFamily<A> Family;
    Family &family;
    std::vector<typename Family::Change> list;
    typename Family::Pool::Pending pending;

    explicit Orders(Family &f) : family(f) {}

    std::string add(const std::vector<std::string> &words, size_t at_least, size_t at_most, BackendAction::Kind kind, int line)
    {
        typename Family::Change c = typename Family::Change();
        const std::string wrong = family.parse_change(words, at_least, at_most, c);
        c.line = line;
        c.kind = kind;
        list.push_back(c);
        return wrong.empty() ? wrong : "line " + std::to_string(line) + ": " + wrong;
    }
    std::string check(bool purge)
    {
        if (list.empty())
            return std::string();
        return purge ? family.check_purge(list) : family.prepare(list, pending);
    }
    void apply(bool purge)
    {
        if (purge)
            family.purge(list);
        else if (!list.empty())
            family.apply(pending);
    }
};

}  // namespace

// All lines, of whichever version, are checked before any of them does anything.
int MinionLB::change(const String &text, int what, ErrorHandler *errh)
{
    static const BackendAction::Kind kinds[] = {BackendAction::add, BackendAction::drain, BackendAction::remove,
                                                BackendAction::weigh, BackendAction::down, BackendAction::up};
    const bool purge = what == h_purge;
    const BackendAction::Kind kind = purge ? BackendAction::add : kinds[what - h_add];
    const size_t least = what == h_weight ? 4 : 3, most = what == h_weight || what == h_add ? 4 : 3;
    Orders<uint32_t> ip4(_ip4);
    Orders<mimi::Address6> ip6(_ip6);
    std::istringstream lines(std::string(text.data(), size_t(text.length())));
    std::vector<std::string> words;
    std::string wrong;
    int number = 0;
    for (std::string line; wrong.empty() && std::getline(lines, line);) {
        ++number;
        if (!split_words(String(line.data(), int(line.size())), words))
            continue;
        const bool is_ip6 = words.size() > 1 && mimi::service_version(words[1]) == 6;
        wrong = is_ip6 ? ip6.add(words, least, most, kind, number) : ip4.add(words, least, most, kind, number);
    }
    if (wrong.empty() && ip4.list.empty() && ip6.list.empty())
        wrong = "expected PROTO ADDRESS:PORT BACKEND, found nothing";
    if (wrong.empty())
        wrong = ip4.check(purge);
    if (wrong.empty())
        wrong = ip6.check(purge);
    if (!wrong.empty())
        return errh->error("%s", wrong.c_str());
    ip4.apply(purge);
    ip6.apply(purge);
    return 0;
}

String MinionLB::read_handler(Element *e, void *)
{
    return static_cast<MinionLB *>(e)->vips_text();
}

int MinionLB::write_handler(const String &text, Element *e, void *thunk, ErrorHandler *errh)
{
    return static_cast<MinionLB *>(e)->change(text, int(reinterpret_cast<intptr_t>(thunk)), errh);
}

void MinionLB::add_handlers()
{
    MinionBox::add_handlers();
    // Beside the packets: a table of hashes takes a while to make.
    const uint32_t beside = Handler::f_nonexclusive | Handler::f_expensive;
    add_read_handler("vips", read_handler, h_vips);
    add_write_handler("backend_add", write_handler, h_add, beside);
    add_write_handler("backend_drain", write_handler, h_drain, beside);
    add_write_handler("backend_remove", write_handler, h_remove_backend, beside);
    add_write_handler("backend_weight", write_handler, h_weight, beside);
    add_write_handler("backend_down", write_handler, h_down, beside);
    add_write_handler("backend_up", write_handler, h_up, beside);
    add_write_handler("backend_purge", write_handler, h_purge, beside);
}

CLICK_ENDDECLS
EXPORT_ELEMENT(MinionLB)
ELEMENT_REQUIRES(BackendPool BalancerFamily MinionBox)

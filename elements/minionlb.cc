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
    _ip4.write_vips(out);
    _ip6.write_vips(out);
    return out.take_string();
}

template <class A> int MinionLB::change(BalancerFamily<A> &family, const std::vector<std::string> &lines, int what, ErrorHandler *errh)
{
    typedef typename BalancerFamily<A>::Change Change;
    static const BackendAction::Kind kinds[] = {BackendAction::add, BackendAction::drain, BackendAction::remove,
                                                BackendAction::weigh, BackendAction::down, BackendAction::up};
    const size_t least = what == h_weight ? 4 : 3, most = what == h_weight || what == h_add ? 4 : 3;
    std::vector<Change> changes;
    std::vector<std::string> words;
    for (size_t i = 0; i != lines.size(); ++i) {
        if (!split_words(String(lines[i].data(), int(lines[i].size())), words))
            continue;
        Change c;
        std::string wrong = family.parse_change(words, least, most, c);
        if (wrong.empty() && what == h_purge && !family.has_backend(c))
            wrong = "expected a backend of that VIP, found '" + words[2] + "'; the handler vips lists them";
        if (!wrong.empty())
            return errh->error("line %d: %s", int(i) + 1, wrong.c_str());
        c.line = int(i) + 1;
        c.kind = what == h_purge ? BackendAction::add : kinds[what - h_add];
        changes.push_back(c);
    }
    if (what == h_purge) {
        family.purge(changes);
        return 0;
    }
    const std::string wrong = family.change(changes);
    return wrong.empty() ? 0 : errh->error("%s", wrong.c_str());
}

// All lines of a write are of one version of IP: what is applied as a whole belongs to one pool.
int MinionLB::change(const String &text, int what, ErrorHandler *errh)
{
    std::istringstream all(std::string(text.data(), size_t(text.length())));
    std::vector<std::string> lines, words;
    int version = 0;
    for (std::string line; std::getline(all, line);) {
        lines.push_back(line);
        if (!split_words(String(line.data(), int(line.size())), words))
            continue;
        const int own = words.size() > 1 && mimi::service_version(words[1]) == 6 ? 6 : 4;
        if (version != 0 && own != version)
            return errh->error("line %d: expected another IPv%d VIP, as in the lines before, found '%s'", int(lines.size()), version, words[1].c_str());
        version = own;
    }
    if (version == 0)
        return errh->error("expected PROTO ADDRESS:PORT BACKEND, found nothing");
    return version == 6 ? change(_ip6, lines, what, errh) : change(_ip4, lines, what, errh);
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

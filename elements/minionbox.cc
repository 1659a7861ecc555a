// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "boxfamily.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/timestamp.hh>
#ifdef MIMI_RUNTIME
# include "carriedflows.hh"
#endif
CLICK_DECLS

MinionBox::MinionBox() : _families{nullptr, nullptr}, _timer(this) {}

MinionBox::~MinionBox() {}

void MinionBox::use_families(BoxFamilyOf<uint32_t> &ip4, BoxFamilyOf<mimi::Address6> *ip6)
{
    _ip4 = &ip4;
    _ip6 = ip6;
    _families[0] = &ip4;
    _families[1] = ip6;
#ifdef MIMI_RUNTIME
    _carried.reset(new CarriedFlows(ip4));
#endif
}

void *MinionBox::cast(const char *name)
{
#ifdef MIMI_RUNTIME
    if (_ip4->carries() && strcmp(name, "FlowOwner") == 0)
        return static_cast<mimi::FlowOwner *>(_carried.get());
#endif
    return strcmp(name, "MinionBox") == 0 ? static_cast<void *>(this) : Element::cast(name);
}

Args &MinionBox::read_arguments(Args &args, String &unknown)
{
    return args.read("UNKNOWN", WordArg(), unknown)
        .read("CAPACITY", _terms.capacity)
        .read("TCP_ESTABLISHED", SecondsArg(), _terms.tcp_established_s)
        .read("TCP_TRANSITORY", SecondsArg(), _terms.tcp_transitory_s)
        .read("UDP", SecondsArg(), _terms.udp_s);
}

int MinionBox::check_arguments(const String &unknown, ErrorHandler *errh)
{
    if (unknown == "drop")
        _terms.unknown = unknown_drop;
    else if (unknown == "reset")
        _terms.unknown = unknown_reset;
    else if (unknown == "pick")
        _terms.unknown = unknown_pick;
    else
        return errh->error("UNKNOWN: expected drop, reset or pick, found '%s'", unknown.c_str());
    const uint32_t most = uint32_t(1) << 30;  // records have 31-bit numbers
    if (_terms.capacity < 1 || _terms.capacity > most)
        return errh->error("CAPACITY: expected a number from 1 to %u, found %u", most, _terms.capacity);
    return 0;
}

void MinionBox::make_counts(size_t more)
{
    _counts.reset(click_max_cpu_ids(), n_counts + own_counts().size() + more);
}

// False for no words at all.
bool MinionBox::split_words(const String &text, std::vector<std::string> &words)
{
    Vector<String> split;
    cp_spacevec(text, split);
    words.clear();
    for (int i = 0; i < split.size(); ++i)
        words.push_back(std::string(split[i].data(), size_t(split[i].length())));
    return !words.empty();
}

int MinionBox::initialize(ErrorHandler *)
{
    _timer.initialize(this);
    _timer.schedule_after_msec(1000);
    return 0;
}

// A steady clock, so that setting the time of day does not expire every flow.
uint32_t MinionBox::now_s()
{
    return uint32_t(Timestamp::now_steady().sec());
}

// The clock that drivers stamp records with.
uint64_t MinionBox::clock_us()
{
    const Timestamp wall = Timestamp::now();
    return uint64_t(wall.sec()) * 1000000 + uint64_t(wall.usec());
}

void MinionBox::run_timer(Timer *)
{
    const size_t budget = 512;  // some 200 microseconds, at worst
    bool done = true;
    for (BoxFamily *family : _families)
        if (family)
            done &= family->expire(now_s(), budget);
    _timer.schedule_after_msec(done ? 1000 : 0);
}

bool MinionBox::succeed(MinionBox &old)
{
    if (!old._ip4->store())
        return false;
#ifdef MIMI_RUNTIME
    old._carried->hand_table_to(*_carried);
#endif
    const size_t named = n_counts + own_counts().size();
    for (size_t i = 0; i != named; ++i)
        _counts.add_shared(i, old._counts.total(i));
    return true;
}

int MinionBox::drop(const Group &g, Packet *p, int reason) const
{
    g.count(reason);
    p->kill();
    return gone;
}

int MinionBox::pass(const Group &g, Packet *p) const
{
    if (noutputs() < 3)
        return drop(g, p, drop_unrouted);
    g.count(passed);
    return 2;
}

// Null: the packet is of a version that the box has no family for. What is not of IP at all is anyone's.
BoxFamily *MinionBox::family_of(const Packet *p) const
{
    const unsigned version = version_of(p);
    for (BoxFamily *family : _families)
        if (family && family->version() == version)
            return family;
    return version == 4 || version == 6 ? nullptr : _families[0];
}

void MinionBox::push(int port, Packet *p)
{
    if (BoxFamily *family = family_of(p))
        family->push(port, p);
    else if (pass(group(port), p) >= 0)
        output(2).push(p);
}

#if HAVE_BATCH
// The family of the first packet takes its own out of the batch, then the other one; what is left is nobody's.
void MinionBox::push_batch(int port, PacketBatch *batch)
{
    BoxDepartures out;
    Packet *rest = batch->first();
    BoxFamily *first = family_of(rest);
    if (!first)
        first = _families[0];
    rest = first->push_chain(port, rest, out);
    if (rest) {
        for (BoxFamily *family : _families)
            if (rest && family && family != first)
                rest = family->push_chain(port, rest, out);
        const Group g = group(port);
        while (Packet *p = rest) {
            rest = p->next();
            if (pass(g, p) >= 0)
                out.add(2, p);
        }
    }
    for (int i = 0; i != 3; ++i)
        if (out.batch[i])
            output(i).push_batch(out.batch[i]);
}
#endif

void MinionBox::sort_own(int port, Packet *const *packets, unsigned n, bool *own)
{
    Packet *some[group_max];
    unsigned places[group_max];
    bool is_own[group_max];
    for (unsigned i = 0; i != n; ++i)
        own[i] = false;
    for (BoxFamily *family : _families) {
        unsigned count = 0;
        for (unsigned i = 0; family && i != n; ++i)
            if (version_of(packets[i]) == family->version()) {
                some[count] = packets[i];
                places[count++] = i;
            }
        if (count)
            family->sort_own(port, some, count, is_own);
        for (unsigned i = 0; i != count; ++i)
            own[places[i]] = is_own[i];
    }
}

CLICK_ENDDECLS
ELEMENT_PROVIDES(MinionBox)
ELEMENT_REQUIRES(BoxFamily CarriedFlows MinionBoxHandlers)

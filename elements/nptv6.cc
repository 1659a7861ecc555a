// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "nptv6.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/straccum.hh>
#if HAVE_BATCH
# include <click/packetbatch.hh>
#endif
CLICK_DECLS

using mimi::PrefixMap;

namespace {

const char *const count_names[] = {
    "outbound", "inbound", "hairpins", "errors", "passed", "drop_no_place", "drop_malformed", "drop_unrouted",
};
static_assert(sizeof(count_names) / sizeof(count_names[0]) == NPTv6::n_counts, "a word for every count");

enum { header_bytes = 40, next_at = 6, source_at = 8, destination_at = 24 };
enum { hop_by_hop = 0, routing = 43, fragment = 44, authentication = 51, icmp6 = 58, destination_options = 60 };

// The ICMPv6 header of an IPv6 packet, past its extension headers; null when it has none that is whole. Extension headers are
// at least 8 bytes long, so this ends.
unsigned char *find_icmp6(unsigned char *header, const unsigned char *end)
{
    unsigned next = header[next_at];
    unsigned char *at = header + header_bytes;
    while (end - at >= 8) {
        unsigned bytes = (at[1] + 1u) * 8;
        switch (next) {
        case icmp6:
            return at;
        case fragment:
            if ((at[2] << 8 | at[3]) & 0xfff8)
                return nullptr;  // a later one
            bytes = 8;
            break;
        case authentication:
            bytes = (at[1] + 2u) * 4;
            break;
        case hop_by_hop:
        case routing:
        case destination_options:
            break;
        default:
            return nullptr;
        }
        if (bytes > size_t(end - at))
            return nullptr;
        next = at[0];
        at += bytes;
    }
    return nullptr;
}

}  // namespace

NPTv6::NPTv6()
{
    _counts.reset(click_max_cpu_ids(), n_counts);
}

int NPTv6::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String text[2];
    if (Args(conf, this, errh).read_mp("INTERNAL", WordArg(), text[0]).read_mp("EXTERNAL", WordArg(), text[1]).complete() < 0)
        return -1;
    static const char *const names[2] = {"INTERNAL", "EXTERNAL"};
    mimi::Prefix6 prefixes[2];
    for (int i = 0; i != 2; ++i) {
        if (!mimi::Prefix6::parse(std::string(text[i].data(), size_t(text[i].length())), prefixes[i]))
            return errh->error("%s: expected an IPv6 prefix such as 2001:db8:1::/48, found '%s'", names[i], text[i].c_str());
        if (prefixes[i].length > 64)
            return errh->error("%s: expected at most 64 bits, found %d: hosts keep their last 64", names[i], prefixes[i].length);
    }
    if (prefixes[0].holds(prefixes[1].address) || prefixes[1].holds(prefixes[0].address))
        return errh->error("INTERNAL and EXTERNAL overlap: %s and %s", text[0].c_str(), text[1].c_str());
    _map.reset(new PrefixMap(prefixes[0], prefixes[1]));
    return 0;
}

void NPTv6::take_state(Element *old_element, ErrorHandler *)
{
    if (NPTv6 *old = static_cast<NPTv6 *>(old_element->cast("NPTv6")))
        for (size_t i = 0; i != n_counts; ++i)
            _counts.add_shared(i, old->_counts.total(i));
}

// The packet that an error quotes travelled the other way. What is quoted of it may be cut short, but for its header. True when
// there is such a packet and it was ours: then it is translated.
bool NPTv6::translate_quoted(int port, unsigned char *header, const unsigned char *end)
{
    unsigned char *icmp = find_icmp6(header, end);
    if (!icmp || icmp[0] > 127 || end - icmp < 8 + header_bytes)
        return false;
    unsigned char *quoted = icmp + 8;
    const PrefixMap::Result result = port == 0 ? _map->to_external(quoted + destination_at) : _map->to_internal(quoted + source_at);
    return result == PrefixMap::done;
}

// The output of what is none of the translator's business.
int NPTv6::other(Count &what) const
{
    what = noutputs() > 2 ? passed : drop_unrouted;
    return noutputs() > 2 ? 2 : -1;
}

// Whether there is something to translate in a packet. From inside that may be an error alone, of a router whose address is not
// internal (the one that we are part of, for one): what it quotes is ours all the same.
bool NPTv6::concerns(int port, const unsigned char *header) const
{
    if (port == 1)
        return _map->is_external(header + destination_at);
    return _map->is_internal(header + source_at) || header[next_at] == icmp6;
}

// Changes the packet; the output it leaves by, and what it counts as. -1: it is dropped.
int NPTv6::translate(int port, unsigned char *header, const unsigned char *end, Count &what)
{
    what = drop_no_place;
    const PrefixMap::Result own = port == 0 ? _map->to_external(header + source_at) : _map->to_internal(header + destination_at);
    if (own == PrefixMap::no_place)
        return -1;
    if (translate_quoted(port, header, end))
        mimi::ThreadCounts::step(_counts.row(click_current_cpu_id())[errors]);
    else if (own == PrefixMap::foreign)
        return other(what);
    if (port == 0 && _map->is_external(header + destination_at)) {
        if (_map->to_internal(header + destination_at) == PrefixMap::no_place)
            return -1;
        translate_quoted(1, header, end);  // of an error about a hairpin: the other host is inside too
        what = hairpins;
        return 1;
    }
    what = port == 0 ? outbound : inbound;
    return port;
}

int NPTv6::work(int port, Packet *&p)
{
    mimi::ThreadCounts::Count *counts = _counts.row(click_current_cpu_id());
    const unsigned char *header = p->data();
    Count what = drop_malformed;
    int to = -1;
    if (p->length() >= header_bytes && header[0] >> 4 == 6) {
        if (!concerns(port, header)) {
            to = other(what);
        } else if (WritablePacket *q = p->uniqueify()) {
            p = q;
            to = translate(port, q->data(), q->end_data(), what);
            if (to == 1)
                memcpy(q->anno_u8() + Packet::dst_ip6_anno_offset, q->data() + destination_at, 16);
        } else {
            p = nullptr;
        }
    }
    mimi::ThreadCounts::step(counts[what]);
    if (to < 0 && p)
        p->kill();
    return to;
}

void NPTv6::push(int port, Packet *p)
{
    const int to = work(port, p);
    if (to >= 0)
        output(to).push(p);
}

#if HAVE_BATCH
void NPTv6::push_batch(int port, PacketBatch *batch)
{
    PacketBatch *out[3] = {nullptr, nullptr, nullptr};
    for (Packet *next = batch->first(); next;) {
        Packet *p = next;
        next = next->next();
        const int to = work(port, p);
        if (to < 0)
            continue;
        p->set_next(nullptr);
        if (out[to])
            out[to]->append_packet(p);
        else
            out[to] = PacketBatch::make_from_packet(p);
    }
    for (int i = 0; i != 3; ++i)
        if (out[i])
            output(i).push_batch(out[i]);
}
#endif

String NPTv6::read_handler(Element *e, void *)
{
    const NPTv6 *npt = static_cast<NPTv6 *>(e);
    StringAccum out;
    for (size_t i = 0; i != n_counts; ++i)
        out << count_names[i] << ' ' << String(npt->_counts.total(i)) << '\n';
    return out.take_string();
}

void NPTv6::add_handlers()
{
    add_read_handler("stats", read_handler, 0);
}

CLICK_ENDDECLS
EXPORT_ELEMENT(NPTv6)

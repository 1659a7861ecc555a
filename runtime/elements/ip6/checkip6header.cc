// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "checkip6header.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/straccum.hh>
#include <algorithm>

const char *const CheckIP6Header::reason_names[nreasons] = {"too-short", "bad-version", "bad-length", "bad-source"};

int CheckIP6Header::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String bad;
    if (Args(conf, this, errh).read_p("BADADDRS", AnyArg(), bad).read_p("OFFSET", _offset).read("VERBOSE", _verbose).complete() < 0)
        return -1;
    Vector<String> words;
    cp_spacevec(cp_unquote(bad), words);
    for (int i = 0; i < words.size(); ++i) {
        IP6Address address;
        if (!IP6AddressArg().parse(words[i], address, this))
            return errh->error("BADADDRS: expected IPv6 addresses, found '%s'", words[i].c_str());
        _bad_sources.push_back(address);
    }
    return 0;
}

Packet *CheckIP6Header::drop(Reason reason, Packet *packet)
{
    if (_verbose)
        click_chatter("%s: IPv6 header check failed: %s", declaration().c_str(), reason_names[reason]);
    ++_drops[reason];
    checked_output_push(1, packet);
    return nullptr;
}

bool CheckIP6Header::source_is_bad(const click_ip6 *ip) const
{
    const IP6Address source(ip->ip6_src);
    return source.is_multicast() || std::find(_bad_sources.begin(), _bad_sources.end(), source) != _bad_sources.end();
}

Packet *CheckIP6Header::simple_action(Packet *packet)
{
    if (packet->length() < _offset + sizeof(click_ip6))
        return drop(too_short, packet);
    const click_ip6 *ip = reinterpret_cast<const click_ip6 *>(packet->data() + _offset);
    if (ip->ip6_vfc >> 4 != 6)
        return drop(bad_version, packet);
    const unsigned available = packet->length() - _offset - unsigned(sizeof(click_ip6));
    unsigned length = ntohs(ip->ip6_plen);
    if (length == 0 && packet->offload().gso_type != 0)
        length = available;
    if (length > available)
        return drop(bad_length, packet);
    if (source_is_bad(ip))
        return drop(bad_source, packet);
    packet->set_ip6_header(ip);
    packet->set_dst_ip6_anno(IP6Address(ip->ip6_dst));
    if (available > length)
        packet->take(available - length);
    ++_count;
    return packet;
}

String CheckIP6Header::read_handler(Element *element, void *user_data)
{
    CheckIP6Header *c = static_cast<CheckIP6Header *>(element);
    StringAccum sa;
    uint64_t total = 0;
    for (int i = 0; i < nreasons; ++i) {
        total += c->_drops[i];
        sa << reason_names[i] << ' ' << c->_drops[i].value() << '\n';
    }
    return reinterpret_cast<intptr_t>(user_data) == h_drops ? String(total) : sa.take_string();
}

void CheckIP6Header::add_handlers()
{
    add_counter_handler(this, "count", &_count);
    add_read_handler("drops", read_handler, h_drops);
    add_read_handler("drop_details", read_handler, h_details);
}

EXPORT_ELEMENT(CheckIP6Header)

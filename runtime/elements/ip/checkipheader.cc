// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "checkipheader.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/confparse.hh>
#include <click/glue.hh>
#include <click/ipaddress.hh>
#include <click/straccum.hh>
#include <algorithm>
#include <cstring>

const char *const CheckIPHeader::reason_names[nreasons] = {"too-short",  "bad-version",  "bad-header-length",
                                                           "bad-length", "bad-checksum", "bad-source"};

static int parse_addresses(const String &text, bool prefixes, std::vector<uint32_t> &addresses,
                           std::vector<uint32_t> &broadcasts, Element *context, ErrorHandler *errh)
{
    Vector<String> words;
    cp_spacevec(text, words);
    for (int i = 0; i < words.size(); ++i) {
        IPAddress address, mask(0xFFFFFFFFU);
        bool good = prefixes ? IPPrefixArg(true).parse(words[i], address, mask, context)
                             : IPAddressArg().parse(words[i], address, context);
        if (!good)
            return errh->error("'%s': expected IP address%s", words[i].c_str(), prefixes ? " with prefix" : "");
        addresses.push_back(address.addr());
        if (mask.addr() != 0xFFFFFFFFU)
            broadcasts.push_back(address.addr() | ~mask.addr());
    }
    return 0;
}

static String first_word(String text)
{
    return cp_shift_spacevec(text);
}

int CheckIPHeader::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String bad, good, interfaces;
    bool details;
    // An old form begins with the bad sources, without their keyword.
    IPAddress first;
    if (conf.size() > 0 && IPAddressArg().parse(first_word(conf[0]), first, this) && conf[0].find_left('.') >= 0)
        conf[0] = "BADSRC " + conf[0];
    if (Args(conf, this, errh)
            .read("BADSRC", AnyArg(), bad)
            .read_p("OFFSET", _offset)
            .read("CHECKSUM", _checksum)
            .read("GOODDST", AnyArg(), good)
            .read("INTERFACES", AnyArg(), interfaces)
            .read("VERBOSE", _verbose)
            .read("DETAILS", details)
            .complete() < 0)
        return -1;
    std::vector<uint32_t> none;
    if (parse_addresses(bad, false, _bad_sources, none, this, errh) < 0
        || parse_addresses(good, false, _good_destinations, none, this, errh) < 0
        || parse_addresses(interfaces, true, _good_destinations, _bad_sources, this, errh) < 0)
        return -1;
    if (interfaces) {
        _bad_sources.push_back(0);
        _bad_sources.push_back(0xFFFFFFFFU);
    }
    std::sort(_bad_sources.begin(), _bad_sources.end());
    std::sort(_good_destinations.begin(), _good_destinations.end());
    return 0;
}

Packet *CheckIPHeader::drop(Reason reason, Packet *packet)
{
    bool first = true;
    for (uint64_t n : _drops)
        first &= n == 0;
    if (_verbose || first)
        click_chatter("%s: IP header check failed: %s", declaration().c_str(), reason_names[reason]);
    ++_drops[reason];
    checked_output_push(1, packet);
    return nullptr;
}

bool CheckIPHeader::source_is_bad(const click_ip *ip) const
{
    if (_bad_sources.empty() || !std::binary_search(_bad_sources.begin(), _bad_sources.end(), ip->ip_src.s_addr))
        return false;
    return !std::binary_search(_good_destinations.begin(), _good_destinations.end(), ip->ip_dst.s_addr);
}

// The checksum of a header; nearly all have no options, and five words.
static inline bool checksum_is_good(const click_ip *ip, unsigned header_length)
{
    if (unlikely(header_length != sizeof(click_ip)))
        return click_in_cksum(reinterpret_cast<const unsigned char *>(ip), static_cast<int>(header_length)) == 0;
    uint64_t first, second;
    uint32_t third;
    memcpy(&first, ip, 8);
    memcpy(&second, reinterpret_cast<const char *>(ip) + 8, 8);
    memcpy(&third, reinterpret_cast<const char *>(ip) + 16, 4);
    uint64_t sum = (first >> 32) + (first & 0xFFFFFFFFu) + (second >> 32) + (second & 0xFFFFFFFFu) + third;
    sum = (sum >> 32) + (sum & 0xFFFFFFFFu);
    sum = (sum >> 16) + (sum & 0xFFFFu);
    sum = (sum >> 16) + (sum & 0xFFFFu);
    // The version is in the sum, so it is not zero; all ones is what a right checksum leaves.
    return static_cast<uint16_t>(sum + (sum >> 16)) == 0xFFFF;
}

Packet *CheckIPHeader::simple_action(Packet *packet)
{
    if (packet->length() < _offset + sizeof(click_ip))
        return drop(too_short, packet);
    const click_ip *ip = reinterpret_cast<const click_ip *>(packet->data() + _offset);
    unsigned available = packet->length() - _offset;
    unsigned header_length = ip->ip_hl * 4;
    if (ip->ip_v != 4)
        return drop(bad_version, packet);
    if (header_length < sizeof(click_ip) || header_length > available)
        return drop(bad_header_length, packet);
    unsigned length = ntohs(ip->ip_len);
    // Super-packets beyond 64 KB say 0.
    if (length == 0 && packet->offload().gso_type != 0)
        length = available;
    if (length < header_length || length > available)
        return drop(bad_length, packet);
    if (_checksum && unlikely(!checksum_is_good(ip, header_length)))
        return drop(bad_checksum, packet);
    if (source_is_bad(ip))
        return drop(bad_source, packet);
    packet->set_ip_header(ip, header_length);
    packet->set_dst_ip_anno(IPAddress(ip->ip_dst));
    if (available > length)
        packet->take(available - length);
    ++_count;
    return packet;
}

String CheckIPHeader::read_handler(Element *element, void *user_data)
{
    CheckIPHeader *c = static_cast<CheckIPHeader *>(element);
    StringAccum sa;
    uint64_t total = 0;
    for (int i = 0; i < nreasons; ++i) {
        total += c->_drops[i];
        sa << reason_names[i] << ' ' << c->_drops[i].value() << '\n';
    }
    return reinterpret_cast<intptr_t>(user_data) == h_drops ? String(total) : sa.take_string();
}

void CheckIPHeader::add_handlers()
{
    add_counter_handler(this, "count", &_count);
    add_read_handler("drops", read_handler, h_drops);
    add_read_handler("drop_details", read_handler, h_details);
}

EXPORT_ELEMENT(CheckIPHeader)

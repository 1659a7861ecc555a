// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "icmp6error.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <algorithm>
#include <cstring>
#include "icmp6message.hh"

namespace {

struct Word {
    const char *text;
    int type;  // that it is a code of; -1: it is a type itself
    unsigned value;
};

const Word words[] = {
    {"unreachable", -1, icmp6_unreachable}, {"packettoobig", -1, icmp6_too_big}, {"timeexceeded", -1, icmp6_time_exceeded},
    {"parameterproblem", -1, icmp6_parameter_problem},
    {"noroute", icmp6_unreachable, 0}, {"prohibited", icmp6_unreachable, 1}, {"beyondscope", icmp6_unreachable, 2},
    {"address", icmp6_unreachable, 3}, {"port", icmp6_unreachable, 4},
    {"transit", icmp6_time_exceeded, 0}, {"reassembly", icmp6_time_exceeded, 1},
    {"header", icmp6_parameter_problem, 0}, {"nextheader", icmp6_parameter_problem, 1}, {"option", icmp6_parameter_problem, 2},
};
const unsigned longest = 1280;

bool find_word(const String &text, int type, unsigned &value)
{
    for (const Word &word : words)
        if (text == word.text && word.type == type) {
            value = word.value;
            return true;
        }
    return IntArg().parse(text, value) && value <= 255;
}

}  // namespace

int ICMP6Error::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String type, code = "0";
    uint32_t rate = 1000, burst = 1000;
    if (Args(conf, this, errh)
            .read_mp("SRC", _source)
            .read_mp("TYPE", AnyArg(), type)
            .read_p("CODE", AnyArg(), code)
            .read("MTU", _mtu)
            .read("RATE", rate)
            .read("BURST", burst)
            .complete() < 0)
        return -1;
    if (!find_word(type, -1, _type) || _type == 0 || _type >= icmp6_echo)
        return errh->error("TYPE: expected unreachable, packettoobig, timeexceeded, parameterproblem or a number from 1 to 127, found '%s'",
                           type.c_str());
    if (!find_word(code, int(_type), _code))
        return errh->error("CODE: '%s' is no code of this type", code.c_str());
    if (_mtu < longest)
        return errh->error("MTU: expected at least 1280, which every link must carry, found %u", _mtu);
    if (rate == 0 || burst == 0)
        return errh->error("RATE and BURST: expected at least 1, found 0");
    _bucket.assign(rate, burst);
    _bucket.set_full();
    return 0;
}

bool ICMP6Error::may_answer(const Packet *packet) const
{
    if (!packet->has_network_header() || packet->network_length() < int(sizeof(click_ip6)))
        return false;
    const click_ip6 *ip = packet->ip6_header();
    const IP6Address source(ip->ip6_src);
    const int sent_to = packet->packet_type_anno();
    const bool many = IP6Address(ip->ip6_dst).is_multicast() || sent_to == Packet::BROADCAST || sent_to == Packet::MULTICAST;
    if (!source || source.is_multicast() || (many && _type != icmp6_too_big && !(_type == icmp6_parameter_problem && _code == 2)))
        return false;
    const Icmp6Place place = find_icmp6(packet);
    return place.length == 0 || (place.message[0] >= icmp6_echo && place.message[0] != icmp6_redirect);
}

bool ICMP6Error::is_due()
{
    std::lock_guard<std::mutex> guard(_lock);
    _bucket.refill();
    return _bucket.remove_if(1);
}

Packet *ICMP6Error::make_error(const Packet *packet) const
{
    const unsigned quoted = std::min<unsigned>(packet->network_length(), longest - unsigned(sizeof(click_ip6)) - 8);
    WritablePacket *error = make_icmp6(_source, IP6Address(packet->ip6_header()->ip6_src), 8 + quoted, 64);
    if (!error)
        return nullptr;
    unsigned char *icmp = error->network_header() + sizeof(click_ip6);
    icmp[0] = uint8_t(_type);
    icmp[1] = uint8_t(_code);
    if (_type == icmp6_too_big) {
        const uint32_t mtu = htonl(_mtu);
        memcpy(icmp + 4, &mtu, 4);
    }
    memcpy(icmp + 8, packet->network_header(), quoted);
    const uint16_t sum = icmp6_checksum(error->ip6_header(), icmp, 8 + quoted);
    memcpy(icmp + 2, &sum, 2);
    error->set_timestamp_anno(Timestamp::now());
    return error;
}

Packet *ICMP6Error::leave(Packet *packet, ThreadCounter &counter)
{
    ++counter;
    checked_output_push(1, packet);
    return nullptr;
}

Packet *ICMP6Error::simple_action(Packet *packet)
{
    if (!may_answer(packet))
        return leave(packet, _drops);
    if (!is_due())
        return leave(packet, _limited);
    Packet *error = make_error(packet);
    packet->kill();
    _count += error != nullptr;
    return error;
}

void ICMP6Error::add_handlers()
{
    add_counter_handler(this, "count", &_count);
    add_counter_handler(this, "drops", &_drops);
    add_counter_handler(this, "limited", &_limited);
}

EXPORT_ELEMENT(ICMP6Error)

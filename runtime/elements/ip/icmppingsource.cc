// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "icmppingsource.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/router.hh>
#include <click/straccum.hh>
#include <clicknet/icmp.h>
#include <clicknet/ip.h>
#include <algorithm>
#include <cstring>

int ICMPPingSource::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh)
        .read_mp("SRC", _source)
        .read_mp("DST", _destination)
        .read("INTERVAL", _interval)
        .read("IDENTIFIER", _identifier)
        .read("DATA", _data)
        .read("LIMIT", _limit)
        .read("ACTIVE", _active)
        .read("STOP", _stop)
        .read("VERBOSE", _verbose)
        .complete();
}

int ICMPPingSource::initialize(ErrorHandler *)
{
    _timer.initialize(this);
    if (_active)
        _timer.schedule_now();
    return 0;
}

Packet *ICMPPingSource::make_request()
{
    unsigned icmp_length = 8 + _data.length();
    WritablePacket *packet = Packet::make(sizeof(click_ip) + icmp_length);
    if (!packet)
        return nullptr;
    memset(packet->data(), 0, packet->length());
    click_ip *ip = reinterpret_cast<click_ip *>(packet->data());
    packet->set_ip_header(ip, sizeof(click_ip));
    ip->ip_v = 4;
    ip->ip_hl = sizeof(click_ip) / 4;
    ip->ip_len = htons(packet->length());
    ip->ip_id = htons(_count + 1);
    ip->ip_ttl = 255;
    ip->ip_p = IP_PROTO_ICMP;
    ip->ip_src = _source.in_addr();
    ip->ip_dst = _destination.in_addr();
    ip->ip_sum = click_in_cksum(packet->data(), sizeof(click_ip));
    click_icmp_echo *icmp = reinterpret_cast<click_icmp_echo *>(ip + 1);
    icmp->icmp_type = ICMP_ECHO;
    icmp->icmp_identifier = htons(_identifier);
    icmp->icmp_sequence = htons(_count + 1);
    memcpy(icmp + 1, _data.data(), _data.length());
    icmp->icmp_cksum = click_in_cksum(reinterpret_cast<unsigned char *>(icmp), icmp_length);
    packet->set_dst_ip_anno(_destination);
    packet->set_timestamp_anno(Timestamp::now());
    return packet;
}

void ICMPPingSource::run_timer(Timer *)
{
    bool more = _limit < 0 || _count < static_cast<unsigned>(_limit);
    if (!_active || !more)
        return;
    if (Packet *packet = make_request()) {
        ++_count;
        if (_sent.size() > 1024)
            _sent.erase(_sent.begin());
        _sent[static_cast<uint16_t>(_count)] = Timestamp::now_steady();
        output(0).push(packet);
    }
    if (_limit < 0 || _count < static_cast<unsigned>(_limit))
        _timer.reschedule_after(_interval);
    else if (_stop)
        router()->please_stop_driver();
}

void ICMPPingSource::push(int, Packet *packet)
{
    const click_icmp_echo *icmp = reinterpret_cast<const click_icmp_echo *>(packet->icmp_header());
    bool ours = packet->has_network_header() && packet->ip_header()->ip_p == IP_PROTO_ICMP && packet->transport_length() >= 8
                && icmp->icmp_type == ICMP_ECHOREPLY && ntohs(icmp->icmp_identifier) == _identifier;
    auto it = ours ? _sent.find(ntohs(icmp->icmp_sequence)) : _sent.end();
    if (it != _sent.end()) {
        double rtt = (Timestamp::now_steady() - it->second).doubleval();
        _min = _received == 0 ? rtt : std::min(_min, rtt);
        _max = std::max(_max, rtt);
        _sum += rtt;
        ++_received;
        if (_verbose)
            click_chatter("%s: %d bytes from %s: icmp_seq=%u ttl=%u time=%.3f ms", name().c_str(), packet->transport_length(),
                          IPAddress(packet->ip_header()->ip_src).unparse().c_str(), ntohs(icmp->icmp_sequence),
                          packet->ip_header()->ip_ttl, rtt * 1000);
        _sent.erase(it);
    }
    packet->kill();
}

String ICMPPingSource::read_handler(Element *element, void *user_data)
{
    ICMPPingSource *s = static_cast<ICMPPingSource *>(element);
    double average = s->_received ? s->_sum / s->_received : 0;
    StringAccum sa;
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_min:
        return String(s->_min);
    case h_avg:
        return String(average);
    case h_max:
        return String(s->_max);
    default:
        sa << s->_count << " sent, " << s->_received << " received, round trip " << s->_min << '/' << average << '/' << s->_max
           << " s\n";
        return sa.take_string();
    }
}

int ICMPPingSource::write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh)
{
    ICMPPingSource *s = static_cast<ICMPPingSource *>(element);
    if (reinterpret_cast<intptr_t>(user_data) == h_active) {
        if (!BoolArg().parse(text, s->_active))
            return errh->error("expected boolean");
    } else {
        s->_count = s->_received = 0;
        s->_sum = s->_min = s->_max = 0;
        s->_sent.clear();
    }
    if (s->_active)
        s->_timer.schedule_now();
    else
        s->_timer.unschedule();
    return 0;
}

void ICMPPingSource::add_handlers()
{
    add_data_handlers("count", Handler::OP_READ, &_count);
    add_data_handlers("received", Handler::OP_READ, &_received);
    add_data_handlers("limit", Handler::OP_READ | Handler::OP_WRITE, &_limit);
    add_data_handlers("active", Handler::OP_READ | Handler::CHECKBOX, &_active);
    add_write_handler("active", write_handler, h_active);
    add_write_handler("reset", write_handler, h_reset, Handler::BUTTON);
    add_read_handler("rtt_min", read_handler, h_min);
    add_read_handler("rtt_avg", read_handler, h_avg);
    add_read_handler("rtt_max", read_handler, h_max);
    add_read_handler("summary", read_handler, h_summary);
}

EXPORT_ELEMENT(ICMPPingSource)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipreassembler.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>
#include <clicknet/ip.h>

int IPReassembler::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read("HIMEM", _himem).read("MAX_MTU_ANNO", AnnoArg(2), _mtu_anno).complete();
}

int IPReassembler::initialize(ErrorHandler *)
{
    _timer.initialize(this);
    return 0;
}

void IPReassembler::cleanup(CleanupStage)
{
    _store.clear();
}

void IPReassembler::give_up(Packet *packet)
{
    ++_drops;
    if (packet)
        checked_output_push(1, packet);
}

Packet *IPReassembler::simple_action(Packet *packet)
{
    if (!packet->has_network_header() || packet->network_length() < static_cast<int>(sizeof(click_ip))
        || !IP_ISFRAG(packet->ip_header()))
        return packet;
    bool bad;
    unsigned largest;
    Packet *whole = _store.add(packet, Timestamp::recent_steady(), bad, largest);
    _drops += bad;
    if (_store.bytes() > _himem)
        while (_store.bytes() > _himem / 4 * 3)
            give_up(_store.take_oldest());
    if (!_store.empty() && !_timer.scheduled())
        _timer.schedule_after_sec(1);
    if (whole) {
        ++_count;
        if (_mtu_anno >= 0)
            whole->set_anno_u16(_mtu_anno, largest);
    }
    return whole;
}

void IPReassembler::run_timer(Timer *)
{
    const Timestamp before = Timestamp::now_steady() - Timestamp(patience_s);
    while (Packet *packet = _store.take_older(before))
        give_up(packet);
    if (!_store.empty())
        _timer.reschedule_after_sec(1);
}

String IPReassembler::read_handler(Element *element, void *what)
{
    const FragmentStore &store = static_cast<IPReassembler *>(element)->_store;
    return String(static_cast<uint64_t>(what == reinterpret_cast<void *>(h_length) ? store.datagrams() : store.bytes()));
}

void IPReassembler::add_handlers()
{
    add_data_handlers("count", Handler::OP_READ, &_count);
    add_data_handlers("drops", Handler::OP_READ, &_drops);
    add_read_handler("length", read_handler, h_length);
    add_read_handler("mem_used", read_handler, h_memory);
}

EXPORT_ELEMENT(IPReassembler)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "etherswitch.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/straccum.hh>
#include <cstring>

int EtherSwitch::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read("TIMEOUT", _timeout).complete();
}

EtherSwitch::Key EtherSwitch::key(const unsigned char *address)
{
    Key k = 0;
    for (int i = 0; i < 6; ++i)
        k = k << 8 | address[i];
    return k;
}

// Learns where the sender is, and says where the frame goes.
int EtherSwitch::route(int port, const Packet *packet, const Timestamp &now)
{
    if (packet->length() < 14)
        return to_none;
    const unsigned char *frame = packet->data();
    if (!(frame[6] & 1))
        _stations[key(frame + 6)] = Station{port, now};
    if (frame[0] & 1)
        return to_all;
    auto it = _stations.find(key(frame));
    if (it == _stations.end())
        return to_all;
    if (_timeout && now - it->second.heard >= _timeout) {
        _stations.erase(it);
        return to_all;
    }
    return it->second.port == port ? int(to_none) : it->second.port;
}

void EtherSwitch::flood(int port, Packet *packet)
{
    int last = noutputs() - 1;
    if (last == port)
        --last;
    for (int i = 0; i < last; ++i)
        if (i != port)
            if (Packet *copy = packet->clone())
                output(i).push(copy);
    checked_output_push(last, packet);
}

void EtherSwitch::push(int port, Packet *packet)
{
    int to = route(port, packet, Timestamp::recent_steady());
    if (to >= 0)
        output(to).push(packet);
    else if (to == to_all)
        flood(port, packet);
    else {
        ++_drops;
        packet->kill();
    }
}

// Runs of frames to the same port stay together.
void EtherSwitch::push_batch(int port, PacketBatch *batch)
{
    Timestamp now = Timestamp::recent_steady();
    PacketBatch *run = nullptr;
    int run_port = to_none;
    FOR_EACH_PACKET_SAFE(batch, packet) {
        packet->set_next(nullptr);
        int to = route(port, packet, now);
        if (run && to != run_port) {
            output_push_batch(run_port, run);
            run = nullptr;
        }
        if (to == to_all) {
            flood(port, packet);
        } else if (to == to_none) {
            ++_drops;
            packet->kill();
        } else if (run) {
            run->append_packet(packet);
        } else {
            run = PacketBatch::make_from_packet(packet);
            run_port = to;
        }
    }
    if (run)
        output_push_batch(run_port, run);
}

String EtherSwitch::table_handler(Element *element, void *)
{
    EtherSwitch *s = static_cast<EtherSwitch *>(element);
    StringAccum sa;
    for (const auto &[k, station] : s->_stations) {
        unsigned char address[6];
        for (int i = 0; i < 6; ++i)
            address[i] = k >> (40 - 8 * i);
        sa << EtherAddress(address).unparse() << ' ' << station.port << '\n';
    }
    return sa.take_string();
}

int EtherSwitch::flush_handler(const String &, Element *element, void *, ErrorHandler *)
{
    static_cast<EtherSwitch *>(element)->_stations.clear();
    return 0;
}

void EtherSwitch::add_handlers()
{
    add_read_handler("table", table_handler);
    add_write_handler("flush", flush_handler, 0, Handler::BUTTON);
    add_data_handlers("timeout", Handler::OP_READ | Handler::OP_WRITE, &_timeout, true);
    add_data_handlers("drops", Handler::OP_READ, &_drops);
}

EXPORT_ELEMENT(EtherSwitch)

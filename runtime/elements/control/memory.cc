// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/elements/control/memory.hh"
#include <click/args.hh>
#include <click/packetbatch.hh>
#include <cstring>

namespace {

constexpr int burst = 32;

void kill_all(std::deque<std::pair<int, Packet *>> &packets)
{
    for (auto &[port, packet] : packets)
        packet->kill();
    packets.clear();
}

}  // namespace

MemoryIn::MemoryIn() : _task(this) {}

MemoryIn::~MemoryIn()
{
    kill_all(_packets);
}

void *MemoryIn::cast(const char *name)
{
    return std::strcmp(name, "MemoryIn") == 0 ? this : BatchElement::cast(name);
}

int MemoryIn::configure(Vector<String> &conf, ErrorHandler *errh)
{
    unsigned capacity = 65536;
    int result = Args(conf, this, errh).read_p("CAPACITY", capacity).complete();
    _capacity = capacity;
    return result;
}

int MemoryIn::initialize(ErrorHandler *)
{
    _task.initialize(this, !_packets.empty());
    return 0;
}

void MemoryIn::cleanup(CleanupStage)
{
    kill_all(_packets);
}

bool MemoryIn::inject(int port, Packet *packet)
{
    if (_packets.size() >= _capacity) {
        packet->kill();
        return false;
    }
    _packets.emplace_back(port, packet);
    _task.reschedule();
    return true;
}

// Neighbours that leave by the same output go as one batch.
bool MemoryIn::run_task(Task *)
{
    if (_packets.empty())
        return false;
    int port = _packets.front().first;
    PacketBatch *batch = nullptr;
    for (int i = 0; i < burst && !_packets.empty() && _packets.front().first == port; ++i) {
        Packet *packet = _packets.front().second;
        _packets.pop_front();
        ++_count;
        if (batch)
            batch->append_packet(packet);
        else
            batch = PacketBatch::make_from_packet(packet);
    }
    if (!_packets.empty())
        _task.fast_reschedule();
    output(port).push_batch(batch);
    return true;
}

String MemoryIn::read_handler(Element *element, void *which)
{
    auto *self = static_cast<MemoryIn *>(element);
    return which ? String(self->_packets.size()) : String(self->_count);
}

void MemoryIn::add_handlers()
{
    add_read_handler("count", read_handler, 0);
    add_read_handler("waiting", read_handler, 1);
}

MemoryOut::MemoryOut() = default;

MemoryOut::~MemoryOut()
{
    kill_all(_packets);
}

void *MemoryOut::cast(const char *name)
{
    return std::strcmp(name, "MemoryOut") == 0 ? this : BatchElement::cast(name);
}

int MemoryOut::configure(Vector<String> &conf, ErrorHandler *errh)
{
    unsigned capacity = 65536;
    if (Args(conf, this, errh).read_p("CAPACITY", capacity).complete() < 0)
        return -1;
    if (capacity == 0)
        return errh->error("CAPACITY: expected at least 1");
    _capacity = capacity;
    return 0;
}

void MemoryOut::cleanup(CleanupStage)
{
    kill_all(_packets);
}

void MemoryOut::push(int port, Packet *packet)
{
    ++_count;
    if (_packets.size() >= _capacity) {
        ++_dropped;
        _packets.front().second->kill();
        _packets.pop_front();
    }
    _packets.emplace_back(port, packet);
}

void MemoryOut::push_batch(int port, PacketBatch *batch)
{
    FOR_EACH_PACKET_SAFE(batch, packet)
    {
        packet->set_next(nullptr);
        push(port, packet);
    }
}

Packet *MemoryOut::take(int &port)
{
    if (_packets.empty())
        return nullptr;
    auto [from, packet] = _packets.front();
    _packets.pop_front();
    port = from;
    return packet;
}

String MemoryOut::read_handler(Element *element, void *which)
{
    auto *self = static_cast<MemoryOut *>(element);
    return which ? String(self->_dropped) : String(self->_count);
}

int MemoryOut::reset(const String &, Element *element, void *, ErrorHandler *)
{
    auto *self = static_cast<MemoryOut *>(element);
    self->_count = self->_dropped = 0;
    return 0;
}

void MemoryOut::add_handlers()
{
    add_read_handler("count", read_handler, 0);
    add_read_handler("dropped", read_handler, 1);
    add_write_handler("reset_counts", reset, 0, Handler::f_button);
}

EXPORT_ELEMENT(MemoryIn)
EXPORT_ELEMENT(MemoryOut)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/batchelement.hh>

void BatchElement::push(int port, Packet *packet)
{
    push_batch(port, PacketBatch::make_from_packet(packet));
}

Packet *BatchElement::pull(int)
{
    Packet *packet = input(0).pull();
    if (!packet)
        return nullptr;
    PacketBatch *batch = simple_action_batch(PacketBatch::make_from_packet(packet));
    return batch ? batch->first() : nullptr;
}

void BatchElement::push_batch(int, PacketBatch *batch)
{
    if (PacketBatch *result = simple_action_batch(batch))
        output(0).push_batch(result);
}

PacketBatch *BatchElement::pull_batch(int, unsigned max)
{
    PacketBatch *batch = input(0).pull_batch(max);
    return batch ? simple_action_batch(batch) : nullptr;
}

PacketBatch *BatchElement::simple_action_batch(PacketBatch *batch)
{
    EXECUTE_FOR_EACH_PACKET_DROPPABLE(simple_action, batch, [](Packet *) {});
    return batch;
}

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_BATCHELEMENT_HH
#define CLICK_BATCHELEMENT_HH
#include <click/bitvector.hh>
#include <click/element.hh>
#include <click/multithread.hh>
#include <click/packet_anno.hh>
#include <click/packetbatch.hh>
#include <click/router.hh>
#include <click/task.hh>

// An element that works on batches. Override one of simple_action() (kept or dropped packet by packet),
// simple_action_batch(), or push_batch(); a single packet arrives as a batch of one unless push() is overridden too.
class BatchElement : public Element {
  public:
    PacketBatch *input_pull_batch(int port, unsigned max) { return input(port).pull_batch(max); }
    void output_push(int port, Packet *packet) { output(port).push(packet); }

    void push(int port, Packet *packet) override;
    Packet *pull(int port) override;
    void push_batch(int port, PacketBatch *batch) override;
    PacketBatch *pull_batch(int port, unsigned max) override;
    // Null when no packet is left.
    virtual PacketBatch *simple_action_batch(PacketBatch *batch);
};

// One packet in, one or none out, without a virtual call per packet: T has `Packet *simple_action(Packet *)`.
template <typename T>
class SimpleElement : public BatchElement {
  public:
    void push(int, Packet *packet) override
    {
        if (Packet *result = static_cast<T *>(this)->T::simple_action(packet))
            this->output(0).push(result);
    }
    Packet *pull(int) override
    {
        Packet *packet = this->input(0).pull();
        return packet ? static_cast<T *>(this)->T::simple_action(packet) : nullptr;
    }
    PacketBatch *simple_action_batch(PacketBatch *batch) override
    {
        EXECUTE_FOR_EACH_PACKET_DROPPABLE(static_cast<T *>(this)->T::simple_action, batch, [](Packet *) {});
        return batch;
    }
};

// The same with a `PacketBatch *simple_action_batch(PacketBatch *)` of T's own; simple_action() is for single packets.
template <typename T>
class SimpleBatchElement : public BatchElement {
  public:
    void push(int, Packet *packet) override
    {
        if (Packet *result = static_cast<T *>(this)->T::simple_action(packet))
            this->output(0).push(result);
    }
    Packet *pull(int) override
    {
        Packet *packet = this->input(0).pull();
        return packet ? static_cast<T *>(this)->T::simple_action(packet) : nullptr;
    }
    PacketBatch *simple_action_batch(PacketBatch *batch) override
    {
        EXECUTE_FOR_EACH_PACKET_DROPPABLE(static_cast<T *>(this)->T::simple_action, batch, [](Packet *) {});
        return batch;
    }
};

// Each packet goes to the output that T's `int classify(Packet *)` names; anything else drops it.
template <typename T, typename Base = BatchElement>
class ClassifyElement : public Base {
  public:
    void push(int, Packet *packet) override
    {
        this->checked_output_push(static_cast<T *>(this)->T::classify(packet), packet);
    }
    void push_batch(int, PacketBatch *batch) override
    {
        auto classify = [this](Packet *packet) { return static_cast<T *>(this)->T::classify(packet); };
        CLASSIFY_EACH_PACKET(this->noutputs() + 1, classify, batch, this->checked_output_push_batch);
    }
};

#endif

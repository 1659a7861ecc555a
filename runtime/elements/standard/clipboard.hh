// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_CLIPBOARD_HH
#define CLICK_CLIPBOARD_HH
#include <click/batchelement.hh>
#include <vector>

// =Element Clipboard(OFFSET/LENGTH, ...)
// =Summary copies bytes of the packets of input 0 into those of input 1
// =Ports 2 / 2, push or pull; input 0 belongs to output 0, input 1 to output 1
// =Arguments
//   OFFSET/LENGTH  Word  bytes to copy: where they start in the data, and how many
// =Handlers none
// =Source none. Bytes that a packet does not have are neither copied nor written; before the first packet of input 0 they
// are zeros
class Clipboard : public BatchElement {
  public:
    const char *class_name() const override { return "Clipboard"; }
    const char *port_count() const override { return "2/2"; }
    const char *flow_code() const override { return "xy/xy"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void push(int port, Packet *packet) override;
    Packet *pull(int port) override;
    void push_batch(int port, PacketBatch *batch) override { Element::push_batch(port, batch); }
    PacketBatch *pull_batch(int port, unsigned max) override { return Element::pull_batch(port, max); }

  private:
    struct Range {
        unsigned offset, length;
        std::vector<unsigned char> bytes;
    };
    Packet *handle(int port, Packet *packet);
    void copy(const Packet *packet);
    Packet *paste(Packet *packet) const;

    std::vector<Range> _ranges;
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PAINTSWITCH_HH
#define CLICK_PAINTSWITCH_HH
#include <click/batchelement.hh>
#include <click/packet_anno.hh>

// =Element PaintSwitch([KEYWORDS])
// =Summary sends packets to the output their paint annotation names
// =Ports 1 / any number, push. Color 255 goes to every output; a color without output is dropped
// =Arguments
//   ANNO  Annotation  where to look, one byte; PAINT
// =Handlers none
// =Source none
class PaintSwitch : public BatchElement {
  public:
    const char *class_name() const override { return "PaintSwitch"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return "1/-"; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;

  private:
    void to_all(Packet *packet);

    int _anno = PAINT_ANNO_OFFSET;
};

#endif

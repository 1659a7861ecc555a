// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PAINTTEE_HH
#define CLICK_PAINTTEE_HH
#include <click/batchelement.hh>
#include <click/packet_anno.hh>

// =Element PaintTee(COLOR [, KEYWORDS])
// =Summary copies packets of one paint color to output 1
// =Ports 1 / 2, push or pull; every packet leaves by output 0
// =Arguments
//   COLOR  Integer     0 to 255
//   ANNO   Annotation  where to look, one byte; PAINT
// =Handlers
//   color  rw  the color
// =Source none
class PaintTee : public SimpleBatchElement<PaintTee> {
  public:
    const char *class_name() const override { return "PaintTee"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return "1/2"; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override
    {
        if (packet->anno_u8(_anno) == _color)
            if (Packet *copy = packet->clone())
                output(1).push(copy);
        return packet;
    }

  private:
    int _anno = PAINT_ANNO_OFFSET;
    uint8_t _color = 0;
};

#endif

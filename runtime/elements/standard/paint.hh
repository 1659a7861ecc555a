// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PAINT_HH
#define CLICK_PAINT_HH
#include <click/batchelement.hh>
#include <click/packet_anno.hh>

// =Element Paint(COLOR [, KEYWORDS])
// =Summary sets the paint annotation of packets
// =Ports 1 / 1, push or pull
// =Arguments
//   COLOR  Integer     0 to 255
//   ANNO   Annotation  where to put it, one byte; PAINT
// =Handlers
//   color  rw  the color
// =Source none
class Paint : public SimpleBatchElement<Paint> {
  public:
    const char *class_name() const override { return "Paint"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override
    {
        packet->set_anno_u8(_anno, _color);
        return packet;
    }

  private:
    int _anno = PAINT_ANNO_OFFSET;
    uint8_t _color = 0;
};

#endif

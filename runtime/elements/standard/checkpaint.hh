// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_CHECKPAINT_HH
#define CLICK_CHECKPAINT_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>
#include <click/packet_anno.hh>

// =Element CheckPaint(COLOR [, KEYWORDS])
// =Summary keeps packets of one paint color
// =Ports 1 / 1-2, push or pull; other packets leave by output 1
// =Arguments
//   COLOR  Integer     0 to 255
//   ANNO   Annotation  where to look, one byte; PAINT
// =Handlers
//   color  rw  the color
//   drops  r   packets of another color
// =Source none
class CheckPaint : public SimpleBatchElement<CheckPaint> {
  public:
    const char *class_name() const override { return "CheckPaint"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override
    {
        if (packet->anno_u8(_anno) == _color)
            return packet;
        ++_drops;
        checked_output_push(1, packet);
        return nullptr;
    }

  private:
    int _anno = PAINT_ANNO_OFFSET;
    uint8_t _color = 0;
    ThreadCounter _drops;
};

#endif

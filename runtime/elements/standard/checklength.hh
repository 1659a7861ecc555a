// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_CHECKLENGTH_HH
#define CLICK_CHECKLENGTH_HH
#include <click/batchelement.hh>

// =Element CheckLength(LENGTH)
// =Summary keeps packets that are not longer than a length
// =Ports 1 / 1-2, push or pull; longer packets leave by output 1
// =Arguments
//   LENGTH  Integer  longest packet that is kept, bytes
// =Handlers
//   length  rw  that length
// =Source none. A packet with unfinished segmentation counts with all its bytes
class CheckLength : public SimpleBatchElement<CheckLength> {
  public:
    const char *class_name() const override { return "CheckLength"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override
    {
        if (packet->length() <= _length)
            return packet;
        checked_output_push(1, packet);
        return nullptr;
    }

  private:
    uint32_t _length = 0;
};

#endif

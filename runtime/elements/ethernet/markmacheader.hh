// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_MARKMACHEADER_HH
#define CLICK_MARKMACHEADER_HH
#include <click/batchelement.hh>

// =Element MarkMACHeader([OFFSET, LENGTH])
// =Summary marks where the MAC header is
// =Ports 1 / 1, push or pull
// =Arguments
//   OFFSET  Integer  where the MAC header starts, bytes; 0
//   LENGTH  Integer  how long it is; without it, the mark has no length
// =Handlers none
// =Source none
class MarkMACHeader : public SimpleBatchElement<MarkMACHeader> {
  public:
    const char *class_name() const override { return "MarkMACHeader"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    Packet *simple_action(Packet *packet) override
    {
        // What is not there cannot be marked.
        if (packet->length() < _offset + _length)
            return packet;
        if (_length)
            packet->set_mac_header(packet->data() + _offset, _length);
        else
            packet->set_mac_header(packet->data() + _offset);
        return packet;
    }

  private:
    unsigned _offset = 0;
    unsigned _length = 0;
};

#endif

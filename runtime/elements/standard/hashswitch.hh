// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_HASHSWITCH_HH
#define CLICK_HASHSWITCH_HH
#include <click/batchelement.hh>

// =Element HashSwitch(OFFSET, LENGTH)
// =Summary sends packets to outputs by a hash of some of their bytes
// =Ports 1 / any number, push
// =Arguments
//   OFFSET  Integer  first byte hashed
//   LENGTH  Integer  number of bytes; a packet too short for them goes to output 0
// =Handlers none
// =Source FNV-1a (Fowler, Noll, Vo), 32 bits
class HashSwitch : public ClassifyElement<HashSwitch> {
  public:
    const char *class_name() const override { return "HashSwitch"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return "1/1-"; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int classify(Packet *packet)
    {
        if (packet->length() < _offset + _length)
            return 0;
        uint32_t hash = 2166136261U;
        for (const unsigned char *p = packet->data() + _offset, *end = p + _length; p < end; ++p)
            hash = (hash ^ *p) * 16777619U;
        return (hash ^ hash >> 16) % noutputs();
    }

  private:
    unsigned _offset = 0;
    unsigned _length = 0;
};

#endif

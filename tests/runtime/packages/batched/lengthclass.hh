// SPDX-License-Identifier: Apache-2.0
#ifndef LENGTHCLASS_HH
#define LENGTHCLASS_HH
#include <click/batchelement.hh>
CLICK_DECLS

// LengthClass: even lengths to output 0, odd ones to output 1, empty packets nowhere.
class LengthClass : public ClassifyElement<LengthClass> {
  public:
    const char *class_name() const { return "LengthClass"; }
    const char *port_count() const { return "1/2"; }
    const char *processing() const { return PUSH; }

    inline int classify(Packet *p) { return p->length() ? static_cast<int>(p->length() % 2) : 2; }
};

// FirstByte(B): overwrites the first byte; packets without one are dropped.
class FirstByte : public SimpleElement<FirstByte> {
  public:
    FirstByte() : _byte(0) {}

    const char *class_name() const { return "FirstByte"; }
    const char *port_count() const { return PORTS_1_1; }

    int configure(Vector<String> &conf, ErrorHandler *errh);
    Packet *simple_action(Packet *p);

  private:
    unsigned char _byte;
};

// Reverse: sends the packets of a batch in reverse order.
class Reverse : public SimpleBatchElement<Reverse> {
  public:
    const char *class_name() const { return "Reverse"; }
    const char *port_count() const { return PORTS_1_1; }

    Packet *simple_action(Packet *p) { return p; }
    PacketBatch *simple_action_batch(PacketBatch *batch);
};

CLICK_ENDDECLS
#endif

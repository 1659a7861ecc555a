// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TEE_HH
#define CLICK_TEE_HH
#include <click/batchelement.hh>

// =Element Tee([N])
// =Summary sends a copy of every packet to every output
// =Ports 1 / any number, push
// =Arguments
//   N  Integer  number of outputs, checked against the connections; as connected
// =Handlers none
// =Source none
class Tee : public BatchElement {
  public:
    const char *class_name() const override { return "Tee"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return "1/1-"; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_BYPASS_HH
#define CLICK_BYPASS_HH
#include <click/batchelement.hh>
#include <atomic>

// =Element Bypass([ACTIVE, KEYWORDS])
// =Summary sends packets around by a side path, switched by handler
// =Ports 1-2 / 1-2, push or pull
// =Arguments
//   ACTIVE  Boolean  packets take the side path, if there is one; false
//   INLINE  Boolean  accepted; here the element is always in the path
// =Handlers
//   active  rw  as ACTIVE
// =Source none
//
// Push: packets of input 0 leave by output 0, or, when active, by output 1; what comes back into input 1 leaves by output 0.
// Pull: output 0 gives packets of input 0, or, when active, of input 1; output 1, the way into the side path, gives packets
// of input 0.
class Bypass : public BatchElement {
  public:
    const char *class_name() const override { return "Bypass"; }
    const char *port_count() const override { return "1-2/1-2"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    void push(int port, Packet *packet) override { output(push_to(port)).push(packet); }
    void push_batch(int port, PacketBatch *batch) override { output_push_batch(push_to(port), batch); }
    Packet *pull(int port) override { return input(pull_from(port)).pull(); }
    PacketBatch *pull_batch(int port, unsigned max) override { return input(pull_from(port)).pull_batch(max); }

  private:
    bool around(int port, int nports) const { return port == 0 && nports > 1 && _active.load(std::memory_order_relaxed); }
    int push_to(int port) const { return around(port, noutputs()); }
    int pull_from(int port) const { return around(port, ninputs()); }
    static String read_handler(Element *element, void *);
    static int write_handler(const String &text, Element *element, void *, ErrorHandler *errh);

    std::atomic<bool> _active{false};
};

#endif

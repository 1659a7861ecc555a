// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPREASSEMBLER_HH
#define CLICK_IPREASSEMBLER_HH
#include <click/batchelement.hh>
#include <click/timer.hh>
#include "fragmentstore.hh"

// =Element IPReassembler([KEYWORDS])
// =Summary makes whole IP packets of fragments
// =Ports 1 / 1-2, push or pull; what could not be made whole in 30 seconds, or had to make way, leaves by output 1 (push) as
//   far as it came, if connected
// =Arguments
//   HIMEM         Integer     payload bytes to hold; beyond, old datagrams make way until three quarters are left; 262144
//   MAX_MTU_ANNO  Annotation  two bytes that get the length of the largest fragment; none
// =Handlers
//   count      r  packets made whole
//   drops      r  datagrams given up, and broken fragments
//   length     r  datagrams that wait for fragments
//   mem_used   r  payload bytes held
// =Source RFC 791, RFC 815, RFC 1122 section 3.3.2. Of overlapping fragments, the bytes that came first stay
class IPReassembler : public SimpleBatchElement<IPReassembler> {
  public:
    IPReassembler() : _timer(this) {}

    const char *class_name() const override { return "IPReassembler"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;
    void run_timer(Timer *timer) override;

  private:
    static constexpr int patience_s = 30;
    enum Handle { h_length, h_memory };

    void give_up(Packet *packet);
    static String read_handler(Element *element, void *what);

    FragmentStore _store;
    Timer _timer;
    unsigned _himem = 262144;
    int _mtu_anno = -1;
    uint64_t _count = 0, _drops = 0;
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_RANDOMSAMPLE_HH
#define CLICK_RANDOMSAMPLE_HH
#include <click/element.hh>
#include <atomic>

// =Element RandomSample([P, SAMPLE P, DROP Q, ACTIVE BOOL])
// =Summary lets packets pass with a probability
// =Ports 1 / 1-2, push or pull; the others leave by output 1 (push), if connected
// =Arguments
//   P       Number   probability that a packet passes
//   SAMPLE  Number   the same
//   DROP    Number   probability that it does not; one of the three is needed
//   ACTIVE  Boolean  false lets everything pass; true
// =Handlers
//   sampling_prob  rw  probability that a packet passes
//   drop_prob      rw  probability that it does not
//   active         rw  whether packets are sampled
//   drops          r   packets that did not pass
// =Source none
class RandomSample : public Element {
  public:
    const char *class_name() const override { return "RandomSample"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    void push(int port, Packet *packet) override;
    Packet *pull(int port) override;

  private:
    static constexpr int shift = 28;
    static constexpr uint32_t always = uint32_t{1} << shift;
    enum Handle { h_sample, h_drop, h_drops };

    bool passes() const;
    void refuse(Packet *packet);
    static String read_handler(Element *element, void *user_data);
    static int write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh);

    uint32_t _probability = always;  // in units of 2^-28
    bool _active = true;
    std::atomic<uint64_t> _drops{0};
};

#endif

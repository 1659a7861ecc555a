// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PULLSWITCH_HH
#define CLICK_PULLSWITCH_HH
#include <click/notifier.hh>
#include <vector>
#include "simplepullswitch.hh"

// =Element PullSwitch([INPUT])
// =Summary gives packets from one input, chosen by handler
// =Ports any number / 1, pull
// =Arguments
//   INPUT  Integer  the chosen input; negative gives none; 0
// =Handlers
//   switch  rw  the chosen input
// =Source none
class PullSwitch : public SimplePullSwitch {
  public:
    PullSwitch() : _note(Notifier::SEARCH_CONTINUE_WAKE) {}

    const char *class_name() const override { return "PullSwitch"; }
    void *cast(const char *name) override;
    int initialize(ErrorHandler *errh) override;
    Packet *pull(int port) override;
    PacketBatch *pull_batch(int port, unsigned max) override;

  protected:
    void set_input(int input) override;

  private:
    bool awake();

    std::vector<NotifierSignal> _signals;
    ActiveNotifier _note;  // asleep while the chosen input is
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_RANDOMSEED_HH
#define CLICK_RANDOMSEED_HH
#include <click/element.hh>

// =Element RandomSeed([SEED])
// =Summary makes random numbers repeatable
// =Ports none
// =Arguments
//   SEED  Integer  where the sequence starts; without it, somewhere unpredictable
// =Handlers
//   seed  w  start again from this number
// =Source random(3)
class RandomSeed : public Element {
  public:
    const char *class_name() const override { return "RandomSeed"; }
    int configure_phase() const override { return CONFIGURE_PHASE_FIRST; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;

  private:
    static int write_handler(const String &text, Element *element, void *, ErrorHandler *errh);
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PUSHNULL_HH
#define CLICK_PUSHNULL_HH
#include "null.hh"

// =Element PushNull()
// =Summary does nothing to packets, and makes its connections push ones
// =Ports 1 / 1, push
// =Arguments none
// =Handlers none
// =Source none
class PushNull : public Null {
  public:
    const char *class_name() const override { return "PushNull"; }
    const char *processing() const override { return PUSH; }
};

#endif

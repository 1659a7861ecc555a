// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PULLNULL_HH
#define CLICK_PULLNULL_HH
#include "null.hh"

// =Element PullNull()
// =Summary does nothing to packets, and makes its connections pull ones
// =Ports 1 / 1, pull
// =Arguments none
// =Handlers none
// =Source none
class PullNull : public Null {
  public:
    const char *class_name() const override { return "PullNull"; }
    const char *processing() const override { return PULL; }
};

#endif

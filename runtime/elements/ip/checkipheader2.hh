// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_CHECKIPHEADER2_HH
#define CLICK_CHECKIPHEADER2_HH
#include "checkipheader.hh"

// =Element CheckIPHeader2([KEYWORDS])
// =Summary as CheckIPHeader, without looking at the header checksum unless asked
// =Ports 1 / 1-2, push or pull; other packets leave by output 1
// =Arguments as CheckIPHeader's; CHECKSUM is false unless given
// =Handlers as CheckIPHeader's: count, drops, drop_details
// =Source RFC 791
class CheckIPHeader2 : public CheckIPHeader {
  public:
    CheckIPHeader2() { _checksum = false; }

    const char *class_name() const override { return "CheckIPHeader2"; }
};

#endif

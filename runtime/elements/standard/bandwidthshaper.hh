// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_BANDWIDTHSHAPER_HH
#define CLICK_BANDWIDTHSHAPER_HH
#include "shaper.hh"

// =Element BandwidthShaper(RATE)
// =Summary gives packets at up to RATE bytes a second
// =Ports 1 / 1-2, pull; output 1 gives what output 0 would not give yet
// =Arguments
//   RATE  Bandwidth  bytes a second, or with a unit such as 10Mbps
// =Handlers
//   rate   rw  as RATE
//   reset  w   begin anew
// =Source none
class BandwidthShaper : public Shaper {
  public:
    const char *class_name() const override { return "BandwidthShaper"; }

  protected:
    bool parse_rate(const String &text, unsigned &rate, ErrorHandler *errh) const override;
    int cost(const Packet *packet) const override;
};

#endif

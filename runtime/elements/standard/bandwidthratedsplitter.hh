// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_BANDWIDTHRATEDSPLITTER_HH
#define CLICK_BANDWIDTHRATEDSPLITTER_HH
#include "ratedsplitter.hh"

// =Element BandwidthRatedSplitter(RATE [, KEYWORDS])
// =Summary lets packets through up to a byte rate
// =Ports 1 / 1-2, push; packets beyond the rate leave by output 1
// =Arguments
//   RATE            Bandwidth  bytes a second, or with a unit such as 10Mbps
//   BURST_BYTES     Integer    bytes that may be made up for at once; as BURST_DURATION
//   BURST_DURATION  Seconds    how long a pause may be made up for; 0.02
// =Handlers
//   rate  rw  as RATE
// =Source none
class BandwidthRatedSplitter : public RatedSplitter {
  public:
    BandwidthRatedSplitter() : RatedSplitter(RateLimit::bytes) {}

    const char *class_name() const override { return "BandwidthRatedSplitter"; }
};

#endif

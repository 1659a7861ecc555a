// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_BANDWIDTHRATEDUNQUEUE_HH
#define CLICK_BANDWIDTHRATEDUNQUEUE_HH
#include "ratedunqueue.hh"

// =Element BandwidthRatedUnqueue(RATE [, KEYWORDS])
// =Summary pulls packets at a steady byte rate and pushes them on
// =Ports 1 / 1, pull input, push output
// =Arguments
//   RATE    Bandwidth  bytes a second, or with a unit such as 10Mbps
//   ACTIVE  Boolean    move packets at all; true
//   BURST_BYTES Integer  bytes that may be made up for at once; as BURST_DURATION
//   BURST_DURATION Seconds how long a pause may be made up for; 0.02
// =Handlers
//   rate    rw  as RATE
//   active  rw  move packets at all
//   count   r   packets moved
//   scheduled, tickets, home_thread  of its task
// =Source none
class BandwidthRatedUnqueue : public RatedUnqueue {
  public:
    BandwidthRatedUnqueue() : RatedUnqueue(RateLimit::bytes) {}

    const char *class_name() const override { return "BandwidthRatedUnqueue"; }
};

#endif

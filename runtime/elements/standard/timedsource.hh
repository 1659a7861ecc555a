// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TIMEDSOURCE_HH
#define CLICK_TIMEDSOURCE_HH
#include <click/timer.hh>
#include "packetsource.hh"

// =Element TimedSource([INTERVAL, DATA, KEYWORDS])
// =Summary makes a packet now and then
// =Ports none / 1, push
// =Arguments
//   INTERVAL   Seconds  time between packets, and before the first; 0.5
//   DATA       String   the packet's bytes; 69 bytes of text
//   LIMIT      Integer  packets to make, negative for no limit; -1
//   ACTIVE     Boolean  make packets at all; true
//   LENGTH     Integer  cut or repeat DATA to this many bytes (DATASIZE is the same); its own length
//   STOP       Boolean  stop the driver after the last packet; false
//   END_CALL   Handler  write handler called after the last packet; none
//   TIMESTAMP  Boolean  set the timestamp annotation; true
//   HEADROOM   Integer  bytes kept free in front
// =Handlers
//   count    r   packets made
//   active   rw  make packets at all
//   limit    rw  packets to make
//   data     rw  the text
//   length   rw  as LENGTH
//   reset    w   zero count, and go on if LIMIT had stopped it
//   scheduled, tickets, home_thread  of its task
//   interval rw  seconds
// =Source none
class TimedSource : public PacketSource {
  public:
    TimedSource() : _timer(this) {}

    const char *class_name() const override { return "TimedSource"; }
    const char *port_count() const override { return PORTS_0_1; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    void run_timer(Timer *timer) override;

  protected:
    void restart() override { _timer.schedule_after(_interval); }

  private:
    Timestamp _interval = Timestamp::make_msec(500);
    Timer _timer;
};

#endif

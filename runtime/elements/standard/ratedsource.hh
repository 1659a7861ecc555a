// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_RATEDSOURCE_HH
#define CLICK_RATEDSOURCE_HH
#include <click/timer.hh>
#include "packetsource.hh"
#include "tokenrate.hh"

// =Element RatedSource([DATA, RATE, LIMIT, ACTIVE, KEYWORDS])
// =Summary makes packets at a steady rate
// =Ports none / 1, push or pull
// =Arguments
//   DATA       String   the packet's bytes; 69 bytes of text
//   RATE       Integer  packets a second; 10
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
//   rate     rw  packets a second
// =Source none
class RatedSource : public PacketSource {
  public:
    RatedSource() : _timer(&_task), _note(Notifier::SEARCH_STOP) {}

    const char *class_name() const override { return "RatedSource"; }
    const char *port_count() const override { return PORTS_0_1; }
    void *cast(const char *name) override;
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    bool run_task(Task *task) override;
    Packet *pull(int port) override;
    PacketBatch *pull_batch(int port, unsigned max) override { return Element::pull_batch(port, max); }

  protected:
    void restart() override;

  private:
    static int rate_handler(const String &text, Element *element, void *, ErrorHandler *errh);
    void set_rate(unsigned rate);

    unsigned _rate = 10;
    TokenRate _tokens;
    Timer _timer;
    ActiveNotifier _note;  // pull output: asleep until the next packet is due
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_INFINITESOURCE_HH
#define CLICK_INFINITESOURCE_HH
#include "packetsource.hh"

// =Element InfiniteSource([DATA, LIMIT, BURST, ACTIVE, KEYWORDS])
// =Summary makes packets as fast as it can
// =Ports none / 1, push or pull
// =Arguments
//   DATA       String   the packet's bytes; 69 bytes of text
//   BURST      Integer  packets each time it is scheduled; 1
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
// =Source none
class InfiniteSource : public PacketSource {
  public:
    InfiniteSource() : _note(Notifier::SEARCH_STOP) {}

    const char *class_name() const override { return "InfiniteSource"; }
    const char *port_count() const override { return PORTS_0_1; }
    void *cast(const char *name) override;
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override { add_common_handlers(); }
    bool run_task(Task *task) override;
    Packet *pull(int port) override;
    PacketBatch *pull_batch(int port, unsigned max) override;

  protected:
    void restart() override;

  private:
    unsigned _burst = 1;
    ActiveNotifier _note;
    NotifierSignal _room;  // downstream
};

#endif

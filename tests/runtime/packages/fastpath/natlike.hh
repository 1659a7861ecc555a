// SPDX-License-Identifier: Apache-2.0
#ifndef NATLIKE_HH
#define NATLIKE_HH
#include <click/batchelement.hh>
#include <click/multithread.hh>
#include <click/sync.hh>
CLICK_DECLS

// UntilEnd(B): lets packets pass up to the first that begins with byte B; what follows it in its batch is dropped.
class UntilEnd : public BatchElement {
  public:
    UntilEnd();

    const char *class_name() const { return "UntilEnd"; }
    const char *port_count() const { return PORTS_1_1; }

    int configure(Vector<String> &conf, ErrorHandler *errh);
    int thread_configure(ThreadReconfigurationStage stage, ErrorHandler *errh, Bitvector threads);
    void add_handlers();
    void push_batch(int port, PacketBatch *batch);
    void push(int port, Packet *p);

  private:
    unsigned char _end;
    bool _batched;
    int _threads;
    per_thread<unsigned> _seen;
    unprotected_rcu_singlewriter<unsigned, 2> _last;

    static String read(Element *e, void *thunk);
};

// Twofold: each packet twice.
class Twofold : public BatchElement {
  public:
    const char *class_name() const { return "Twofold"; }
    const char *port_count() const { return PORTS_1_1; }
    void push_batch(int port, PacketBatch *batch);
    void push(int port, Packet *p);
};

CLICK_ENDDECLS
#endif

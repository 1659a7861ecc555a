// SPDX-License-Identifier: Apache-2.0
#ifndef TALLY_HH
#define TALLY_HH
#include <click/config.h>
#if HAVE_BATCH
# include <click/batchelement.hh>
# include <click/multithread.hh>
typedef BatchElement TallyBase;
#else
# include <click/element.hh>
typedef Element TallyBase;
#endif
CLICK_DECLS

// Tally(LENGTH): counts packets and how they came; drops those that are shorter than LENGTH.
class Tally : public TallyBase {
  public:
    Tally() : _length(0) {}

    const char *class_name() const { return "Tally"; }
    const char *port_count() const { return PORTS_1_1; }

    int configure(Vector<String> &conf, ErrorHandler *errh);
    void add_handlers();

    Packet *simple_action(Packet *p);
#if HAVE_BATCH
    PacketBatch *simple_action_batch(PacketBatch *batch);
#endif

  private:
    struct Counts {
        Counts() : packets(0), batches(0), largest(0) {}
        uint64_t packets;
        uint64_t batches;
        unsigned largest;
    };
    unsigned _length;
#if HAVE_BATCH
    per_thread<Counts> _counts;
#else
    Counts _one;
#endif

    inline Counts &counts();
    inline Packet *judge(Packet *p);
    static String read(Element *e, void *thunk);
};

CLICK_ENDDECLS
#endif

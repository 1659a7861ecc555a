// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_FROMDUMP_HH
#define CLICK_FROMDUMP_HH
#include <click/batchelement.hh>
#include <click/handlercall.hh>
#include <click/notifier.hh>
#include <click/task.hh>
#include <click/timer.hh>
#include "pcapfile.hh"

// =Element FromDump(FILENAME [, KEYWORDS])
// =Summary reads packets from a capture file
// =Ports none / 1, push or pull
// =Arguments
//   FILENAME   Filename   a pcap file, micro- or nanoseconds, either byte order; `-` is the standard input
//   STOP       Boolean    stop the driver at the end of the file; false
//   ACTIVE     Boolean    read at all; true
//   TIMING     Boolean    give packets at the pace of their timestamps; false
//   FORCE_IP   Boolean    give IP packets, the link header removed and the headers marked; drop all others; false
//   BURST      Integer    most packets each time it is scheduled, as one batch; 32
//   END_CALL   Handler    write handler called at the end of the file; none
//   TIMESTAMP  Boolean    set the timestamp annotation from the file; true
//   MMAP       Boolean    accepted, and of no effect: packets are never copied while fewer than 8 MB of the file are in use
// =Handlers
//   count     r   packets read
//   active    rw  read at all
//   filename  r   as FILENAME
//   filepos   r   bytes read
//   packets   r   the same as count
//   drops     r   records that were no IP packets, with FORCE_IP
//   stop      w   stop the driver
// =Source the pcap file format (IETF draft-ietf-opsawg-pcap)
//
// A packet cut short in the file has the missing length in the extra-length annotation.
class FromDump : public BatchElement {
  public:
    FromDump() : _task(this), _timer(&_task), _note(Notifier::SEARCH_STOP) {}

    const char *class_name() const override { return "FromDump"; }
    const char *port_count() const override { return PORTS_0_1; }
    void *cast(const char *name) override;
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;
    bool run_task(Task *task) override;
    Packet *pull(int port) override;
    PacketBatch *pull_batch(int port, unsigned max) override { return Element::pull_batch(port, max); }

  private:
    enum Handle { h_filepos, h_active, h_stop };

    bool fetch();
    bool due();
    WritablePacket *make_packet(PacketBlock *block) const;
    int ip_offset() const;
    PacketBatch *next_batch(unsigned max);
    void finish();
    void set_active(bool active);
    static String read_handler(Element *element, void *user_data);
    static int write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh);

    String _filename;
    bool _stop = false, _active = true, _timing = false, _force_ip = false, _timestamp = true;
    unsigned _burst = 32;
    HandlerCall _end_call;
    pcap::Reader _reader;
    pcap::Record _record;
    bool _have_record = false;
    bool _at_end = false;    // there is no record any more
    bool _finished = false;  // and everybody knows
    unsigned _turns_before_end = 0;
    Timestamp _offset;  // from file time to steady time
    bool _have_offset = false;
    Task _task;
    Timer _timer;
    ActiveNotifier _note;
    uint64_t _count = 0;
    uint64_t _drops = 0;
};

#endif

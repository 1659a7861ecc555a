// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_FROMIPSUMMARYDUMP_HH
#define CLICK_FROMIPSUMMARYDUMP_HH
#include <click/batchelement.hh>
#include <click/handlercall.hh>
#include <click/notifier.hh>
#include <click/task.hh>
#include <click/timer.hh>
#include <cstdio>
#include <vector>
#include "ipsummary.hh"

// =Element FromIPSummaryDump(FILENAME | DATA TEXT [, KEYWORDS])
// =Summary makes IP packets from lines of text
// =Ports none / 1, push or pull
// =Arguments
//   FILENAME  Filename  the text file; `-` is the standard input
//   DATA      String    the lines themselves, instead of a file
//   STOP      Boolean   stop the driver at the end of the file; false
//   ACTIVE    Boolean   read at all; true
//   ZERO      Boolean   fill payload that the file does not give with zeros; else it is only counted (extra-length
//                       annotation); false
//   CHECKSUM  Boolean   compute checksums; false
//   PROTO     Protocol  of packets whose line does not say; TCP
//   TIMING    Boolean   give packets at the pace of their timestamps; false
//   FIELDS    Words     what the lines hold, until the file says so (`!data`); none
//   MULTIPACKET Boolean give a packet with `count` N that many times; false
//   END_CALL  Handler   write handler called at the end of the file; none
// =Handlers
//   count     r   packets made
//   active    rw  read at all
//   filename  r   as FILENAME
//   stop      w   stop the driver
// =Source none; the fields are ToIPSummaryDump's
//
// Lines: `!data FIELD...` names the fields of those that follow, `!proto P` the protocol, `!flowid SRC SPORT DST DPORT [P]`
// the flow; `#` begins a comment. After `!binary` come records as ToIPSummaryDump writes them.
class FromIPSummaryDump : public BatchElement {
  public:
    FromIPSummaryDump() : _task(this), _timer(&_task), _note(Notifier::SEARCH_STOP) {}

    const char *class_name() const override { return "FromIPSummaryDump"; }
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
    bool read_line(String &line);
    bool read_record(String &record, bool &text);
    bool parse_record(const String &record, ipsummary::Draft &draft);
    bool fetch();
    bool due();
    bool set_fields(const String &text, ErrorHandler *errh);
    void command(const String &line);
    bool parse(const String &line, ipsummary::Draft &draft);
    void complain(const String &message);
    void finish();
    Packet *next_packet();
    void set_active(bool active);
    static int write_handler(const String &text, Element *element, void *stop, ErrorHandler *errh);

    String _filename, _data;
    bool _stop = false, _active = true, _zero = false, _checksum = false, _timing = false, _multipacket = false;
    bool _finished = false, _binary = false;
    HandlerCall _end_call;
    FILE *_file = nullptr;
    unsigned _line_number = 0;
    std::vector<const ipsummary::Field *> _fields;
    ipsummary::Draft _defaults;
    Packet *_ready = nullptr;
    uint32_t _copies = 0;
    Timestamp _offset;  // from file time to steady time
    bool _have_offset = false;
    bool _complained = false;
    Task _task;
    Timer _timer;
    ActiveNotifier _note;
    uint64_t _count = 0;
};

#endif

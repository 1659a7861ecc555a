// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TODUMP_HH
#define CLICK_TODUMP_HH
#include <click/batchelement.hh>
#include <click/notifier.hh>
#include <click/task.hh>
#include "pcapfile.hh"

// =Element ToDump(FILENAME [, KEYWORDS])
// =Summary writes packets to a capture file
// =Ports 1 / 0-1, push or pull; a pull input without output is drained by a task
// =Arguments
//   FILENAME      Filename  a pcap file, made anew; `-` is the standard output
//   SNAPLEN       Integer   most bytes written of a packet, 0 for all; 262144
//   ENCAP         Word      ETHER or IP: what the packets begin with; ETHER
//   NANO          Boolean   timestamps in nanoseconds; false
//   UNBUFFERED    Boolean   write each packet to the file at once; false
//   EXTRA_LENGTH  Boolean   count the extra-length annotation into the packet's original length; true
// =Handlers
//   count         r  packets written
//   drops         r  packets that could not be written
//   filename      r  as FILENAME
//   flush         w  write to the file what is buffered
//   reset_counts  w  zero the counters
// =Source the pcap file format (IETF draft-ietf-opsawg-pcap)
//
// A file cannot say that a checksum is unfinished, so the copy written gets it finished; the packet itself stays as it is.
class ToDump : public BatchElement {
  public:
    ToDump() : _task(this) {}

    const char *class_name() const override { return "ToDump"; }
    const char *port_count() const override { return "1/0-1"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;
    void push(int port, Packet *packet) override;
    Packet *simple_action(Packet *packet) override;
    PacketBatch *simple_action_batch(PacketBatch *batch) override;
    void push_batch(int port, PacketBatch *batch) override;
    bool run_task(Task *task) override;

  private:
    void write(Packet *packet);
    void write_bytes(const Packet *packet);
    static int write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh);

    String _filename;
    uint32_t _snap_length = 262144;
    int _link_type = pcap::link_ethernet;
    bool _nanoseconds = false, _unbuffered = false, _extra_length = true;
    pcap::Writer _writer;
    Task _task;
    NotifierSignal _signal;
    uint64_t _count = 0;
    uint64_t _drops = 0;
};

#endif

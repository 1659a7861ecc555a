// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TOIPSUMMARYDUMP_HH
#define CLICK_TOIPSUMMARYDUMP_HH
#include <click/batchelement.hh>
#include <click/notifier.hh>
#include <click/task.hh>
#include <cstdio>
#include <vector>
#include "ipsummary.hh"

// =Element ToIPSummaryDump(FILENAME [, KEYWORDS])
// =Summary writes one line of text for each IP packet
// =Ports 1 / 0-1, push or pull; a pull input without output is drained by a task
// =Arguments
//   FILENAME  Filename  the text file, made anew; `-` is the standard output
//   FIELDS    Words     what to write (CONTENTS and DATA are the same): timestamp ts_sec ts_usec ip_src ip_dst sport dport
//                       ip_len ip_proto ip_id ip_tos ip_dscp ip_ecn ip_ttl ip_hl ip_sum ip_opt ip_frag ip_fragoff
//                       ip_capture_len tcp_seq tcp_ack tcp_off tcp_flags tcp_window tcp_urp tcp_opt tcp_sack udp_len
//                       icmp_type icmp_type_name icmp_code icmp_code_name icmp_flowid icmp_seq payload_len payload
//                       payload_md5 payload_md5_hex wire_len count link direction aggregate first_timestamp ts_sec ts_usec
//                       none; `timestamp ip_src`. Options are written as ip/optiontext.hh says
//   VERBOSE   Boolean   write the host and the time before the data; false
//   HEADER    Boolean   write the lines that name version and fields; true
//   BINARY    Boolean   write binary records, for fields that are numbers, addresses, times, ip_opt or tcp_opt; false
//   BAD_PACKETS Boolean write a line `!bad REASON` before that of a packet without a whole IP header; false
// =Handlers
//   count     r  lines written
//   filename  r  as FILENAME
//   flush     w  write to the file what is buffered
// =Source none; FromIPSummaryDump reads what this writes
class ToIPSummaryDump : public BatchElement {
  public:
    ToIPSummaryDump() : _task(this) {}

    const char *class_name() const override { return "ToIPSummaryDump"; }
    const char *port_count() const override { return "1/0-1"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;
    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;
    Packet *simple_action(Packet *packet) override;
    PacketBatch *simple_action_batch(PacketBatch *batch) override;
    bool run_task(Task *task) override;

  private:
    void write_header();
    void write(const Packet *packet);
    void write_binary(const Packet *packet);
    static int flush_handler(const String &, Element *element, void *, ErrorHandler *errh);

    String _filename;
    std::vector<const ipsummary::Field *> _fields;
    bool _verbose = false, _header = true, _bad_packets = false, _binary = false;
    FILE *_file = nullptr;
    Task _task;
    NotifierSignal _signal;
    uint64_t _count = 0;
};

#endif

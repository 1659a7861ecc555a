// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ICMPREWRITER_HH
#define CLICK_ICMPREWRITER_HH
#include <vector>
#include "iprewriterbase.hh"

// =Element ICMPRewriter(MAPS, [KEYWORDS])
// =Summary translates ICMP errors about packets that rewriters have rewritten
// =Ports 1 / 1-, push; IP packets with their headers marked (CheckIPHeader)
//   An ICMP error quotes the packet it is about. If a rewriter in MAPS has a flow that sent it, the quoted headers, with
//   their checksums, become what the sender will recognise, and so does the destination. If the flow's other end sent the
//   error, its address is translated too; a router on the way keeps its own. Destination unreachable, source quench,
//   redirect, time exceeded and parameter problem are handled.
// =Arguments
//   MAPS        rewriters' names, separated by spaces. What REWRITER translates leaves by output 0; with REWRITER:OFFSET, by
//               OFFSET plus the output the rewriter itself would use. Other ICMP packets leave by output 1, if there is one
//               and no OFFSET is given, and are dropped otherwise.
//   DST_ANNO    Boolean     set the destination annotation; true
//   REPLY_ANNO  Annotation  for errors that travel like replies: put the byte back that the rewriter remembers; none
// =Source RFC 792; RFC 5508, section 4; RFC 1624 checksums
class ICMPRewriter : public BatchElement {
  public:
    const char *class_name() const override { return "ICMPRewriter"; }
    const char *port_count() const override { return "1/1-"; }
    const char *processing() const override { return PUSH; }
    int configure_phase() const override { return IPRewriterBase::CONFIGURE_PHASE_USER; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void push(int port, Packet *p) override;
    void push_batch(int port, PacketBatch *batch) override;

  private:
    struct Map {
        IPRewriterBase *rewriter;
        int offset;  // -1: output 0
    };
    struct Quoted;  // the packet inside
    std::vector<Map> _maps;
    bool _dst_anno = true;
    int _reply_anno_at = -1;
    int _other = -1;  // the output for packets that nobody knows

    int add_map(const String &word, ErrorHandler *errh);
    int handle(WritablePacket *p);
    void translate(WritablePacket *p, const Quoted &q, const Map &map, mimi::FlowStore::Ref ref);
};

#endif

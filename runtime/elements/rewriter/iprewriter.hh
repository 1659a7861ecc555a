// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPREWRITER_HH
#define CLICK_IPREWRITER_HH
#include "rewriterelement.hh"
#include "tcpflows.hh"

// =Element IPRewriter(INPUTSPEC..., [KEYWORDS])
// =Summary network address and port translation for TCP and UDP
// =Ports 1- / 1-, push; IP packets with their headers marked (CheckIPHeader)
//   A packet of a known flow is rewritten and leaves by its direction's output, whatever input it came by. One INPUTSPEC for
//   each input says what becomes of other packets. Packets of other protocols and later fragments are dropped, unless the
//   INPUTSPEC is `pass`.
// =Arguments
//   INPUTSPEC  `drop` (or discard); `pass [OUTPUT]` (or passthrough, nochange): no flow is made; `keep FOUTPUT ROUTPUT`: a
//              flow that is not changed; `pattern SADDR SPORT DADDR DPORT FOUTPUT ROUTPUT`; `pattern NAME FOUTPUT ROUTPUT`
//              (IPRewriterPatterns); or the name of an IPMapper. In a pattern `-` keeps a field, and SPORT may be a range
//              `L-H`: the packet's own port if it is in the range and free, otherwise any free one; `L-H#`: the next one;
//              `L-H?`: any.
//   TCP_TIMEOUT            Seconds  idle lifetime with payload both ways (TIMEOUT is the same); 86400
//   TCP_NODATA_TIMEOUT     Seconds  without; 300
//   TCP_DONE_TIMEOUT       Seconds  after FIN both ways or RST; 240
//   TCP_GUARANTEE          Seconds  after each packet, in which a flow cannot make room for another (GUARANTEE is the same); 5
//   UDP_TIMEOUT            Seconds  idle lifetime; 300
//   UDP_STREAMING_TIMEOUT  Seconds  after three packets, one of them a reply; UDP_TIMEOUT
//   UDP_GUARANTEE          Seconds  as TCP_GUARANTEE; 5
//   MAPPING_CAPACITY       Integer or rewriter  flows, or whose capacity to share (CAPACITY is the same); 2147483647. A full
//                                   table forgets the next flow to expire, or refuses a new one if all are guaranteed
//   REAP_INTERVAL          Seconds  how often expired flows are removed; 0: only to make room; 900
//   DST_ANNO               Boolean  set the destination annotation; true
//   REPLY_ANNO             Annotation  one byte, remembered from a flow's first packet and put back on replies; none
// =Handlers
//   tcp_table, udp_table  r   `(SADDR, SPORT, DADDR, DPORT) => (...) [*FOUTPUT ROUTPUT] iINPUT expSECONDS`, a line for each
//                             direction, its output starred (tcp_mappings, udp_mappings are the same)
//   tcp_lookup            r   with `SADDR SPORT DADDR DPORT` as parameter: what becomes of it, in the same form, or nothing
//   table_size            r   flows (nmappings is the same)
//   size                  r   flows of all rewriters that share the capacity
//   capacity              rw  the capacity; lowering it removes flows
//   mapping_failures      r   new flows that were refused: no port or no room
//   patterns              r   one INPUTSPEC a line, with the number of its flows in brackets
//   patternN              rw  INPUTSPEC of input N; writing removes that input's flows
//   clear                 w   removes every flow of all rewriters that share the capacity
//   import                w   put and del lines, all parsed before any is applied; the newest sequence number wins. See
//                             rewritertext.hh for the lines, which are those of MinionLB with more options
//   export                r   every flow as a put line
//   remove                w   keys, one `PROTO SADDR:SPORT DADDR:DPORT` a line
//   lookup                r   with a key as parameter: the put line of that flow, or nothing; also as tcp_lookup
//   stats                 r   what became of imported lines, and bytes: the memory of the flows, as `NAME VALUE` lines
// =Source RFC 1624 checksums; RFC 4787, RFC 5382
//
// import, export, remove and the tables run beside the packets. A new configuration (hot swap) takes the flows over from the
// rewriter of the same name and class: its specifications then say where they leave.
class IPRewriter : public RewriterElement<IPRewriter> {
  public:
    const char *class_name() const override { return "IPRewriter"; }
    void *cast(const char *name) override;
    int configure(Vector<String> &conf, ErrorHandler *errh) override;

  protected:
    std::vector<mimi::FlowLifetimes> lifetimes() const override { return {_tcp.lifetimes(), _udp.lifetimes()}; }
    uint8_t lookup_protocol() const override { return IP_PROTO_TCP; }
    const Table *table_for(uint8_t proto) const override
    {
        return proto == IP_PROTO_TCP ? &_tables[0] : proto == IP_PROTO_UDP ? &_tables[1] : nullptr;
    }
    void add_table_handlers() override;

  private:
    friend class RewriterElement<IPRewriter>;
    TCPFlows _tcp;
    UDPFlows _udp;

    bool read_key(const Packet *p, Key &key) const
    {
        if (!mimi::read_tuple(p, key.tuple))
            return false;
        key.proto = p->ip_header()->ip_p;
        key.table = table_for(key.proto);
        return key.table;
    }
    uint8_t rewrite(WritablePacket *p, const Key &key, uint32_t number, mimi::FlowRecord &r, bool reply, uint8_t marks)
    {
        const mimi::FlowTuple to = r.outgoing(reply);
        mimi::rewrite_tuple(p, key.tuple, to);
        annotate(p, r, reply, to.daddr);
        if (key.proto != IP_PROTO_TCP)
            return UDPFlows::marks_after(marks, reply);
        if (marks & mimi::FlowRecord::shifted)
            shift_numbers(p, number, reply);
        return TCPFlows::marks_after(p, marks, reply);
    }
};

#endif

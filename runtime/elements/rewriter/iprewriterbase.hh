// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPREWRITERBASE_HH
#define CLICK_IPREWRITERBASE_HH
#include <click/batchelement.hh>
#include <click/handler.hh>
#include <click/straccum.hh>
#include <click/timer.hh>
#include <memory>
#include <vector>
#include "flowstore.hh"
#include "ipmapper.hh"

namespace mimi {
struct RewriterLine;
}

// What all rewriters have in common: inputs, the store of their flows, handlers.
//
// Theory of operation
//
// A packet is looked up in the rewriter's table first, whatever input it came by. If its flow is known it gets the tuple of
// the flow's record and leaves by the output of its direction. If not, the specification of the input decides: most make a
// flow. One packet walked through IPRewriter(pattern 1.0.0.1 1024-65535# - - 0 1, drop):
//
//   1  18.26.4.44:30 > 10.0.0.4:40, input 0: not known; the pattern's next port is 1024, and nobody else's replies come to
//      1.0.0.1:1024 from 10.0.0.4:40. Leaves output 0 as 1.0.0.1:1024 > 10.0.0.4:40.
//   2  10.0.0.4:40 > 1.0.0.1:1024, input 1: the reply of that flow. Leaves output 1 as 10.0.0.4:40 > 18.26.4.44:30.
//   3  10.0.0.4:40 > 1.0.0.1:1025, input 1: not known, drop.
//
// The derived classes say what the key of a packet is and what is rewritten; rewriterelement.hh has the packet path.
class IPRewriterBase : public BatchElement {
  public:
    // Patterns are named before mappers use them, mappers are ready before rewriters.
    enum RewriterPhase {
        CONFIGURE_PHASE_PATTERNS = CONFIGURE_PHASE_INFO,
        CONFIGURE_PHASE_MAPPER = CONFIGURE_PHASE_DEFAULT - 1,
        CONFIGURE_PHASE_REWRITER = CONFIGURE_PHASE_DEFAULT,
        CONFIGURE_PHASE_USER = CONFIGURE_PHASE_DEFAULT + 1
    };

    IPRewriterBase();
    const char *port_count() const override { return "1-/1-"; }
    const char *processing() const override { return PUSH; }
    const char *flags() const override { return "T"; }  // several threads may push at once
    int configure_phase() const override { return CONFIGURE_PHASE_REWRITER; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    void *cast(const char *name) override;
    void run_timer(Timer *timer) override;
    void take_state(Element *old, ErrorHandler *errh) override;

    // ---- for elements that work with rewriters
    mimi::FlowStore &store() const { return *_store; }
    // The flow of a packet with this protocol and these addresses and ports; 0: none.
    virtual mimi::FlowStore::Ref find_flow(uint8_t proto, const mimi::FlowTuple &key) const;
    // The same for a packet that went the other way than the one whose reversed tuple is given, as ICMP errors quote it.
    virtual mimi::FlowStore::Ref find_reply_to(uint8_t proto, const mimi::FlowTuple &key) const { return find_flow(proto, key); }
    // What the flow makes of a packet's tuple.
    virtual mimi::FlowTuple rewritten(mimi::FlowStore::Ref ref, const mimi::FlowTuple &key) const;
    int output_of(mimi::FlowStore::Ref ref) const;
    // The sequence number that a TCP packet had before it was rewritten, which went the other way than `ref`.
    uint32_t original_sequence(mimi::FlowStore::Ref ref, uint32_t sequence) const;
    // As if a packet had come to `input`. Needs the lock.
    mimi::FlowStore::Ref find_or_make_flow(uint8_t proto, const mimi::FlowTuple &key, int input);

    static int64_t now_ms() { return Timestamp::now_steady().msecval(); }
    static uint64_t now_us() { return static_cast<uint64_t>(Timestamp::now().usecval()); }
    // Lives are measured in 32-bit milliseconds around the present: twelve days are as good as for ever.
    static uint32_t milliseconds(uint32_t seconds) { return seconds < (1u << 30) / 1000 ? seconds * 1000 : 1u << 30; }

  protected:
    // A table of this rewriter.
    struct Table {
        uint8_t number = 0;  // in the store
        mimi::FlowLifetimes lifetimes;
    };
    enum { anno_dst = 1, anno_reply = 2 };
    static constexpr uint32_t default_timeout_s = 300, default_guarantee_s = 5, default_reap_s = 900;

    std::shared_ptr<mimi::FlowStore> _store;
    std::vector<Table> _tables;
    std::vector<RewriterInput> _inputs;
    uint32_t _timeout_s = default_timeout_s;
    uint32_t _guarantee_s = default_guarantee_s;
    uint32_t _reap_s = default_reap_s;
    int _annos = anno_dst;
    int _reply_anno_at = 0;
    Timer _timer;

    // ---- what derived classes tell
    virtual std::vector<mimi::FlowLifetimes> lifetimes() const;
    // Which table holds flows of this protocol; null: none.
    virtual const Table *table_for(uint8_t proto) const = 0;
    // What lookup is about; 0: any.
    virtual uint8_t lookup_protocol() const { return 0; }
    // Completes the tuple of a new flow. False: the rewriter cannot do that.
    virtual bool complete(const mimi::FlowTuple &from, mimi::FlowTuple &to) const;
    // How a flow's tuples stand in lines of import and export. from_text: false if the line's are not of that form.
    virtual bool tuples_from_text(mimi::RewriterLine &) const { return true; }
    virtual void tuples_to_text(mimi::RewriterLine &) const {}
    virtual bool imports(uint8_t proto) const { return table_for(proto); }
    virtual bool tracks_tcp() const { return true; }
    virtual void unparse_tuples(StringAccum &sa, const mimi::FlowTuple &from, const mimi::FlowTuple &to) const;
    virtual void add_table_handlers();

    int read_annotations(Vector<String> &conf, ErrorHandler *errh);
    // A packet of a TCP flow whose payload has changed in length.
    void shift_numbers(WritablePacket *p, uint32_t number, bool reply);

    // ---- the slow part of the packet path. Sets `ref` if the packet belongs to a flow now; else returns the output for it,
    // or -1.
    int miss(int port, const Packet *p, uint8_t proto, const Table &table, const mimi::FlowTuple &key, uint32_t hash,
             int64_t now, mimi::FlowStore::Ref &ref);
    // For a packet that has no flow, whatever its input's specification.
    int unrelated(int port) const { return _inputs[port].kind == RewriterInput::k_pass ? _inputs[port].to.foutput : -1; }
    // Asks for the index line that a new flow's reply key will need.
    void prefetch_reply(int port, const Table &table, const mimi::FlowTuple &key) const
    {
        const RewriterInput &in = _inputs[port];
        if (in.kind != RewriterInput::k_pattern)
            return;
        mimi::FlowTuple to;
        in.to.pattern->guess(key, to);
        _store->prefetch(_store->hash(table.number, to.reversed()));
    }

    // ---- handlers
    enum Handle {
        h_table_size, h_mapping_failures, h_patterns, h_size, h_capacity, h_clear, h_stats, h_export, h_import, h_remove,
        h_pattern0  // and so on, one for each input
    };
    // Long, and can run beside the packets.
    enum { beside = Handler::f_nonexclusive | Handler::f_expensive };
    String table_text(const Table &table);
    static String table_handler(Element *e, void *user_data);
    static int lookup_handler(int operation, String &text, Element *e, const Handler *, ErrorHandler *errh);

  private:
    class Judge;
    // What became of one line, in the order of `stats`.
    enum Outcome { o_applied, o_unchanged, o_stale, o_refused, o_removed, n_outcomes };
    uint64_t _outcomes[n_outcomes] = {};
    IPRewriterBase *_share = nullptr;  // whose capacity is used

    uint16_t route_for(const Table &table, uint8_t proto, int input, int foutput, int routput);
    mimi::FlowStore::Ref make_flow(int port, uint8_t proto, const Table &table, const mimi::FlowTuple &key, int64_t now,
                                   uint8_t reply_anno);
    bool choose(RewriterInput &in, const Table &table, const mimi::FlowTuple &key, IPMapper::Choice &choice);
    int use_capacity(const String &word, ErrorHandler *errh);
    std::shared_ptr<mimi::FlowStore> shared_store();
    bool owns(uint8_t table) const { return _tables[0].number <= table && table <= _tables.back().number; }
    // Calls visit(number, record) for every flow of this rewriter; it may erase it.
    template <class Visit> void for_each_flow(Visit visit)
    {
        _store->for_each([&](uint32_t i, mimi::FlowRecord &r) {
            if (owns(_store->route_of(r).table))
                visit(i, r);
        });
    }
    // The same, a little at a time, so that packets can make flows in between. Takes the lock itself.
    template <class Visit> void for_each_flow_in_slices(Visit visit)
    {
        const uint32_t slice = 1024;
        for (uint32_t first = 1;; first += slice) {
            std::lock_guard<std::mutex> guard(_store->lock());
            if (first >= _store->end())
                break;
            _store->for_each(first, std::min(first + slice, _store->end()), [&](uint32_t i, mimi::FlowRecord &r) {
                if (owns(_store->route_of(r).table))
                    visit(i, r);
            });
        }
    }
    uint32_t flows_of(int input) const;
    int set_pattern(int input, const String &text, ErrorHandler *errh);
    String patterns_text(int input) const;
    void unparse_flow(StringAccum &sa, uint32_t number, const mimi::FlowRecord &r, bool reply, int64_t now) const;
    int lookup(String &text, ErrorHandler *errh);
    int lookup_line(String &text, ErrorHandler *errh);
    mimi::RewriterLine line_of(uint32_t number, const mimi::FlowRecord &r, int64_t now) const;
    String export_text();
    String stats_text() const;
    int import_text(const String &text, ErrorHandler *errh);
    int remove_keys(const String &text, ErrorHandler *errh);
    Outcome put(const mimi::RewriterLine &line, int64_t now);
    Outcome remove(const mimi::RewriterLine &line);
    void apply(const std::vector<mimi::RewriterLine> &lines);
    static bool same_members(mimi::FlowStore &ours, mimi::FlowStore &theirs);
    static IPRewriterBase *namesake(const IPRewriterBase *rewriter, mimi::FlowStore &store);
    void take_table(IPRewriterBase *old);
    void resolve_routes();
    void take_flows(IPRewriterBase *old);
    bool resolve(mimi::FlowRoute &route) const;
    static String read_handler(Element *e, void *user_data);
    static int write_handler(const String &text, Element *e, void *user_data, ErrorHandler *errh);
};

#endif

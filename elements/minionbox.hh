// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MINIONBOX_HH
#define MIMI_MINIONBOX_HH
#include <click/config.h>
#if HAVE_BATCH
# include <click/batchelement.hh>
#else
# include <click/element.hh>
#endif
#include <click/timer.hh>
#include <memory>
#include <string>
#include <vector>
#include <mimi/threadcounts.hh>
#include "flowreader.hh"
CLICK_DECLS
class Args;
class BoxFamily;
class CarriedFlows;
template <class A> class BoxFamilyOf;

// What every middlebox element has in common: load balancer, NAT, firewall. Not an element of its own.
//
// Theory of operation
//
// A box keeps bindings, made when flows begin and imported, while packets flow, from the primary that the element stands in for.
// IPv4 and IPv6 packets come in by the same inputs, and for each version the box has a *family* (boxfamily.hh): the table of that
// version's bindings and the way of its packets. This class is what is there once, whatever the version: arguments, clocks, counters,
// expiry, handlers; it gives every packet to its family. Packets of a version that the box has no family for are not its business.
//
// A type of box is an element that derives from this and its families, `BoxPath<Family, Record>` (boxpath.hh).
//
// Threads. Packets of established flows go through without a lock, on as many threads as there are; a packet that begins a flow
// takes the table's lock for its group. import, export, remove, clear, count and digest work beside the packets, some dozens of
// bindings at a time. Counters are kept per thread.

#if HAVE_BATCH
class MinionBox : public BatchElement {
#else
class MinionBox : public Element {
#endif
  public:
    MinionBox() CLICK_COLD;
    ~MinionBox() CLICK_COLD;

    const char *flags() const { return "T"; }  // several threads may push at once
    const char *port_count() const { return "2/2-3"; }
    const char *processing() const { return PUSH; }
    int initialize(ErrorHandler *errh) CLICK_COLD;
    void add_handlers() CLICK_COLD;
    void *cast(const char *name);
    void run_timer(Timer *timer);

    void push(int port, Packet *p);
#if HAVE_BATCH
    void push_batch(int port, PacketBatch *batch);
#endif

    // What every box counts; the words of `stats` are in the source, in the same order. A type's own counts follow.
    enum Count {
        applied, unchanged, stale, refused, removed,  // import and remove, by record
        new_flows, picked,                            // bindings made here; picked: in the middle of a flow
        forward, reverse, icmp_errors, passed,        // packets that left; passed: by output 2
        resets,                                       // sent
        followed,                                     // later fragments that went where the first of their datagram did
        drop_unknown, drop_fragment, drop_malformed, drop_refused, drop_icmp, drop_unrouted,
        n_counts
    };

    // For a gate (miniongate.hh): which of the packets of an input belong to flows whose packets went through this box. One that
    // begins its flow anew on the port of an ended one belongs to nobody, and the record makes way. n: at most group_max.
    enum : unsigned { group_max = 32 };
    void sort_own(int port, Packet *const *packets, unsigned n, bool *own);
    // The number of such flows that have not ended.
    uint32_t count_own();

    // ---- for the box's families
    enum Unknown { unknown_drop, unknown_reset, unknown_pick };
    // What the arguments of every box say.
    struct Terms {
        Unknown unknown = unknown_drop;
        uint32_t capacity = 1000000;         // of each family
        uint32_t tcp_established_s = 7440;  // RFC 5382, REQ-5: 2 h 4 min
        uint32_t tcp_transitory_s = 240;    // RFC 5382, REQ-5: 4 min
        uint32_t udp_s = 300;               // RFC 4787, REQ-5
        uint32_t icmp_s = 60;               // RFC 5508, REQ-2

        uint32_t lifetime(uint8_t proto, mimi::FlowState state) const
        {
            if (proto != mimi::proto_tcp)
                return proto == mimi::proto_udp ? udp_s : icmp_s;
            const bool stays = state == mimi::FlowState::established || state == mimi::FlowState::unknown;
            return stays ? tcp_established_s : tcp_transitory_s;
        }
    };
    // What the packets of one group have in common.
    struct Group {
        int port;
        uint32_t now;
        mimi::ThreadCounts::Count *counts;
        bool locked;
        std::vector<std::pair<int, Packet *>> more;  // what leaves besides the group's packets, by which output

        void count(int which) const { mimi::ThreadCounts::step(counts[which]); }
    };
    // What a family says of a packet that leaves by no output yet. waits: for the flows of its group to begin; follows: the first
    // fragment of its datagram, which may be in its group; foreign: its family is another.
    enum Fate { gone = -1, begins = -2, waits = -3, follows = -4, foreign = -5 };
    enum : uint16_t { no_owner = 0xffff };  // of a binding that may not be imported

    const Terms &terms() const { return _terms; }
    mimi::ThreadCounts &counts() { return _counts; }
    const mimi::ThreadCounts &counts() const { return _counts; }
    Group group(int port)
    {
        return Group{port, now_s(), _counts.row(click_current_cpu_id()), false, std::vector<std::pair<int, Packet *>>()};
    }
    int drop(const Group &g, Packet *p, int reason) const;
    int pass(const Group &g, Packet *p) const;
    // Protocols that the box's text knows besides tcp and udp: whether ICMP queries are among them.
    virtual bool has_queries() const { return false; }
#ifdef MIMI_RUNTIME
    CarriedFlows *carried() { return _carried.get(); }  // IPv4 flows that the kernel forwards for us
#endif

    // ---- clocks
    static uint32_t now_s();
    static uint64_t clock_us();

    // ---- text
    static bool split_words(const String &text, std::vector<std::string> &words);
    static void append_line(StringAccum &out, const std::string &text);

  protected:
    Terms _terms;
    mimi::ThreadCounts _counts;  // those of Count, then the type's

    // The names of the counts that follow those of Count, as `stats` shows them.
    virtual std::vector<std::string> own_counts() const { return std::vector<std::string>(); }

    // ---- setting up
    // The box's families, by its constructor.
    void use_families(BoxFamilyOf<uint32_t> &ip4, BoxFamilyOf<mimi::Address6> *ip6 = nullptr);
    // The arguments of every box. check_arguments: after they are read. Returns 0, or -1 and has said why.
    Args &read_arguments(Args &args, String &unknown);
    int check_arguments(const String &unknown, ErrorHandler *errh);
    // `more` counters beyond those that have names.
    void make_counts(size_t more);
    // Takes what the predecessor's packets and flows were counted as, and tells whoever carries its flows. The type then lets each of
    // its families succeed the predecessor's. False: it never worked.
    bool succeed(MinionBox &old);

    // ---- handlers
    enum Handle { h_import, h_export, h_remove, h_clear, h_count, h_digest, h_lookup, h_stats, h_capacity, h_own };
    void reap();  // expired bindings do not exist for whoever reads the tables

  private:
    BoxFamily *_families[2];  // the first is always there
    BoxFamilyOf<uint32_t> *_ip4 = nullptr;
    BoxFamilyOf<mimi::Address6> *_ip6 = nullptr;  // or the box has none
#ifdef MIMI_RUNTIME
    std::unique_ptr<CarriedFlows> _carried;
#endif
    Timer _timer;

    BoxFamily *family_of(const Packet *p) const;
    template <class T, class T6>
    bool read_lines(mimi::FlowTextReader &reader, std::vector<T> &lines, std::vector<T6> &lines6) const;
    int import_text(const String &text, ErrorHandler *errh);
    int remove_keys(const String &text, ErrorHandler *errh);
    String export_text();
    String stats_text() const;
    int lookup_text(String &text, ErrorHandler *errh);
    String digest_text();
    String count_text();
    void clear();
    static String read_handler(Element *e, void *thunk) CLICK_COLD;
    static int write_handler(const String &text, Element *e, void *thunk, ErrorHandler *errh) CLICK_COLD;
    static int lookup_handler(int operation, String &text, Element *e, const Handler *, ErrorHandler *errh) CLICK_COLD;
};

CLICK_ENDDECLS
#endif

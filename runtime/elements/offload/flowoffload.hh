// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_FLOWOFFLOAD_HH
#define CLICK_FLOWOFFLOAD_HH
#include <click/batchelement.hh>
#include <click/etheraddress.hh>
#include <click/perthread.hh>
#include <click/timer.hh>
#include <mimi/flowcarrier.hh>
#include "../ethernet/arpcache.hh"
#include "kernelflows.hh"
#include <algorithm>
#include <atomic>
#include <memory>
#include <unordered_map>
#include <vector>
class FromDevice;

// =Element FlowOffload(OWNER, DEVICE0, DEVICE1, ETHER0, ETHER1 [, KEYWORDS])
// =Summary has the kernel forward the packets of established flows, past the graph
// =Ports 2 / 2, push; frames on their way to ToDevice, which pass unchanged
//   input 0   what came in by DEVICE0 and leaves by DEVICE1
//   input 1   what came in by DEVICE1 and leaves by DEVICE0
// =Arguments
//   OWNER     Element  what keeps the flows: MinionLB or MinionNAT
//   DEVICE0   String   the device before OWNER's input 0, read by one FromDevice with METHOD RING or PACKET
//   DEVICE1   String   the device before OWNER's input 1, likewise
//   ETHER0    Address  the station that frames for us are sent to on DEVICE0
//   ETHER1    Address  the same on DEVICE1
//   MTU0, MTU1  Integer  the longest IP packet that leaves by DEVICE0, by DEVICE1; longer ones go through the graph; 1500
//   FLOWS     Integer  flows carried at a time, each direction counted; 65536
//   EVERY     Integer  of the packets that pass, every so many-th has its flow taken over, and every one that is longer than a
//                      link's frame; 16
//   IDLE      Seconds  a flow without packets for so long is given back, at the latest when its binding expires; 30
//   RENEW     Seconds  a flow is given back after so long, so that its next packet is routed and its next hop's address asked for
//                      anew; 60
//   ENTRANCE  Word     TCX or CLSACT: how the program is tied to the devices; TCX if it can be had, else CLSACT
//   ACTIVE    Boolean  false: everything goes through the graph; true
//   OTHERS    Boolean  false: the kernel drops IPv4 frames to other stations, as a HostEtherFilter behind FromDevice would; true
// =Handlers
//   status  r   `NAME VALUE` lines: active, why not (reason), entrance, flows, capacity, packets and bytes carried, flows taken over,
//               given back (ended, idle, renewed, moved, unwanted) and refused
//   flows   r   a line for each: PROTO SADDR:SPORT DADDR:DPORT as its packets come in, the packets carried
//   flush   w   gives every flow back
//   active  rw  give every flow back and take no more; or begin again
// =Source docs/offload.md; the kernel's include/uapi/linux/bpf.h
//
// The kernel carries plain packets only (flowprograms.hh): what begins or ends a flow, fragments, IP options, the last hop's TTL
// and everything else go through the graph. So do all packets where BPF is not to be had: then `status` says why.
//
// When an ARPQuerier or ARPTable of the configuration learns that a next hop has another Ethernet address, flows to the old one are
// given back at once.
//
// What stands between FromDevice and here (counters, filters, shapers) does not see the packets that the kernel carries. OWNER does,
// as numbers, some four times a second: its counters and its flows' lifetimes are kept up.
class FlowOffload : public BatchElement, private mimi::FlowCarrier, private ArpWatch {
  public:
    FlowOffload();
    ~FlowOffload() override;

    const char *class_name() const override { return "FlowOffload"; }
    const char *port_count() const override { return "2/2"; }
    const char *processing() const override { return PUSH; }
    const char *flow_code() const override { return "#/#"; }
    const char *flags() const override { return "T"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;

    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;
    void run_timer(Timer *timer) override;

  private:
    // What is carried, under the owner's lock.
    struct Slot {
        mimi::WireKey key;
        mimi::WireCount counted;  // what the owner knows of
        uint32_t since_s, last_s;
        EtherAddress next_hop;
        bool used;
    };
    struct HashKey {
        size_t operator()(const mimi::WireKey &key) const;
    };
    struct Sampler {
        unsigned until = 0;
        uint32_t random = 1;
    };
    enum Count { taken, ended, idle, renewed, moved, unwanted, refused, n_counts };
    static const char *const count_names[n_counts];
    static constexpr uint32_t slice = 64;  // slots looked at before packets have their turn at the lock
    enum Handle { h_status, h_flows, h_active, h_flush };

    mimi::FlowOwner *_owner = nullptr;
    String _device[2];
    FromDevice *_from[2] = {};
    EtherAddress _station[2];
    uint32_t _mtu[2] = {1500, 1500};
    bool _others = true;
    uint32_t _capacity = 65536;
    unsigned _every = 16;
    uint32_t _idle_s = 30, _renew_s = 60;
    mimi::TcEntrance::Kind _entrance = mimi::TcEntrance::any;

    std::unique_ptr<mimi::KernelFlows> _kernel;
    std::atomic<bool> _active{true};
    String _reason;  // why the kernel carries nothing
    std::unordered_map<mimi::WireKey, uint32_t, HashKey> _index;
    std::vector<Slot> _slots;
    std::vector<uint32_t> _free;
    mimi::WireCount _carried = {0, 0};
    uint64_t _counts[n_counts] = {};
    per_thread<Sampler> _samplers;
    // Ethernet addresses that next hops have left, and until when: frames for them are still under way on other threads.
    struct Left {
        EtherAddress ether;
        uint32_t until_s;
    };
    std::vector<Left> _left;
    Timer _timer;
    uint32_t _reviewed = 0;  // slots of the round that is under way
    Timestamp _round;        // when it began
    bool _busy = false;      // it has met a flow

    String find_devices();
    void watch_next_hops();
    String open();
    void close();
    bool sampled(uint32_t length);
    void examine(int port, const Packet *packet);
    void take_over(const mimi::WireFlow &arriving, const mimi::WireFlow &leaving, const unsigned char *ethernet);
    void give_back(uint32_t number, Count why);
    uint64_t collect(uint32_t number);
    void review(uint32_t number, uint32_t now);
    // For each used slot from `at` on, of at most `budget` slots, with the lock held for some at a time. False: there are no more.
    template <typename Visit>
    bool visit_slots(uint32_t &at, uint32_t budget, Visit &&visit);
    template <typename Visit>
    void visit_all_slots(Visit &&visit);
    void give_back_carried(uint32_t number, Count why);
    uint64_t forget(const mimi::WireFlow &arriving) override;
    void forget_all() override;
    void address_left(const EtherAddress &ether) override;
    bool has_just_left(const EtherAddress &ether);

    String status_text();
    String flows_text();
    static String read_handler(Element *element, void *user_data);
    static int write_handler(const String &value, Element *element, void *user_data, ErrorHandler *errh);
};

template <typename Visit>
bool FlowOffload::visit_slots(uint32_t &at, uint32_t budget, Visit &&visit)
{
    while (budget) {
        mimi::TableLock::Polite guard(_owner->carried_lock());
        if (at >= _slots.size())
            return false;
        const uint32_t n = std::min({slice, budget, uint32_t(_slots.size()) - at});
        budget -= n;
        for (const uint32_t end = at + n; at != end; ++at)
            if (_slots[at].used)
                visit(at);
    }
    return true;
}

template <typename Visit>
void FlowOffload::visit_all_slots(Visit &&visit)
{
    uint32_t at = 0;
    visit_slots(at, UINT32_MAX, visit);
}

#endif

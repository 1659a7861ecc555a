// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SIMPLEQUEUE_HH
#define CLICK_SIMPLEQUEUE_HH
#include <click/batchelement.hh>
#include <click/standard/storage.hh>
#include <click/sync.hh>
#include <atomic>
#include <vector>

// =Element SimpleQueue([CAPACITY])
// =Summary stores packets first in, first out, without telling anyone
// =Ports 1 / 1-2, push input, pull output; packets that find no room leave by output 1 (push), if connected
// =Arguments
//   CAPACITY  Integer  packets held; 1000
// =Handlers
//   length            r   packets held now
//   highwater_length  r   most packets held since the last reset_counts
//   capacity          rw  packets it may hold
//   drops             r   packets that found no room
//   reset_counts      w   zero drops and highwater_length
//   reset             w   drop all packets held
// =Source none
//
// Threads may push while another pulls: each index is moved by one side only and published after the slot it covers. Several
// pushers take turns, for a batch each; the puller waits for nobody.
class SimpleQueue : public BatchElement, public Storage {
  public:
    ~SimpleQueue() override;

    const char *class_name() const override { return "SimpleQueue"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return "h/lh"; }
    void *cast(const char *name) override;
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    int live_reconfigure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void take_state(Element *old_element, ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;

    void push(int port, Packet *packet) override;
    Packet *pull(int port) override;
    void push_batch(int port, PacketBatch *batch) override;
    PacketBatch *pull_batch(int port, unsigned max) override;

    // For elements that hold this queue themselves; like push() and pull(), but nobody is told.
    bool enq(Packet *packet);
    Packet *deq() { return empty() ? nullptr : take_front(); }

    // Takes the first packet that `filter` wants out of the queue, or all of them, the last one first. Nobody may push or
    // pull meanwhile.
    template <typename Filter>
    Packet *yank1(Filter filter);
    template <typename Filter>
    int yank(Filter filter, Vector<Packet *> &yanked);

  protected:
    // What happened, for queues that tell.
    virtual void pushed(bool full) { (void)full; }
    virtual void pulled(bool was_full, bool now_empty) { (void)was_full, (void)now_empty; }

    bool full(index_type h, index_type t) const { return next_i(t) == h; }
    bool is_full() const { return full(head(), tail()); }
    void resize(index_type capacity);

    // For queues that work at both ends. The queue is not empty, or not full.
    Packet *take_front();
    Packet *take_back();
    void put_front(Packet *packet);
    // Counts a packet that found no room, and lets it go.
    void overflow(Packet *packet);

  private:
    enum Handle { h_length, h_highwater, h_capacity, h_drops, h_reset_counts, h_reset };

    void note_length(int length)
    {
        if (length > _highwater)
            _highwater = length;
    }
    static String read_handler(Element *element, void *user_data);
    static int write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh);

    SimpleSpinlock _pushers;
    bool _take_turns = true;  // there are several threads; one alone need not ask for the lock
    std::vector<Packet *> _ring;
    int _highwater = 0;
    std::atomic<uint64_t> _drops{0};
};

template <typename Filter>
Packet *SimpleQueue::yank1(Filter filter)
{
    for (index_type at = head(); at != tail(); at = next_i(at)) {
        if (!filter(_ring[at]))
            continue;
        Packet *packet = _ring[at];
        for (; at != head(); at = prev_i(at))
            _ring[at] = _ring[prev_i(at)];
        set_head(next_i(head()));
        return packet;
    }
    return nullptr;
}

template <typename Filter>
int SimpleQueue::yank(Filter filter, Vector<Packet *> &yanked)
{
    index_type write = tail();
    int found = 0;
    for (index_type at = tail(); at != head();) {
        at = prev_i(at);
        if (filter(_ring[at])) {
            yanked.push_back(_ring[at]);
            ++found;
        } else {
            write = prev_i(write);
            _ring[write] = _ring[at];
        }
    }
    set_head(write);
    return found;
}

#endif

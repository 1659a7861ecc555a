// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_PACKETSOURCE_HH
#define MIMI_PACKETSOURCE_HH
#include <click/batchelement.hh>
#include <click/handlercall.hh>
#include <click/notifier.hh>
#include <click/task.hh>

class Args;

// What the elements that make packets from a fixed text share: the text, the limit, the count and their handlers.
class PacketSource : public BatchElement {
  public:
    PacketSource() : _task(this) {}
    ~PacketSource() override;

    void cleanup(CleanupStage stage) override;

  protected:
    // Adds DATA, LIMIT, ACTIVE, LENGTH (DATASIZE), STOP, TIMESTAMP, HEADROOM, END_CALL to what is read.
    void read_common(Args &args);
    int finish_common(ErrorHandler *errh);
    int initialize_common(ErrorHandler *errh);
    void add_common_handlers();

    bool exhausted() const { return _limit >= 0 && _count >= static_cast<uint64_t>(_limit); }
    bool running() const { return _active && !exhausted(); }
    // Another packet, counted; null when out of memory.
    Packet *make_packet();
    // Up to n of them; null when the limit is reached, or out of memory.
    PacketBatch *make_batch(unsigned n);
    // Call once nothing more will come: runs END_CALL and stops the driver, if asked to.
    void ended();
    // `active` was set, or the count reset.
    virtual void restart() { _task.reschedule(); }

    String _data;
    int64_t _limit = -1;
    uint64_t _count = 0;
    bool _active = true;
    bool _stop = false;
    bool _timestamp = true;
    bool _ended = false;
    int _length = -1;
    unsigned _headroom;
    Packet *_packet = nullptr;
    HandlerCall _end_call;
    Task _task;

  private:
    enum Handle { h_active, h_limit, h_data, h_length, h_reset };

    void make_template();
    static int write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh);
};

#endif

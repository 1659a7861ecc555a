// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MEMORY_HH
#define MIMI_MEMORY_HH
#include <click/batchelement.hh>
#include <click/task.hh>
#include <cstdint>
#include <deque>
#include <utility>

/*
=c
MemoryIn([CAPACITY])

=s control
Pushes the packets that a program hands over through the C surface, each to the output it names

=d
Keeps at most CAPACITY packets that wait for their turn; default is 65536.

=h count read-only
=h waiting read-only
*/
class MemoryIn : public BatchElement {
  public:
    MemoryIn();
    ~MemoryIn() override;

    const char *class_name() const override { return "MemoryIn"; }
    const char *port_count() const override { return "0/1-"; }
    const char *processing() const override { return PUSH; }
    void *cast(const char *name) override;

    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    void cleanup(CleanupStage stage) override;
    bool run_task(Task *task) override;

    // Takes the packet. False, and the packet is gone, when there is no room.
    bool inject(int port, Packet *packet);
    size_t waiting() const { return _packets.size(); }

  private:
    static String read_handler(Element *element, void *which);

    std::deque<std::pair<int, Packet *>> _packets;
    size_t _capacity = 65536;
    uint64_t _count = 0;
    Task _task;
};

/*
=c
MemoryOut([CAPACITY])

=s control
Collects packets for the program that reads them through the C surface

=d
Keeps the latest CAPACITY packets; default is 65536.

=h count read-only
Packets received.
=h dropped read-only
Packets that made room for later ones before they were read.
=h reset_counts write-only
*/
class MemoryOut : public BatchElement {
  public:
    MemoryOut();
    ~MemoryOut() override;

    const char *class_name() const override { return "MemoryOut"; }
    const char *port_count() const override { return "1-/0"; }
    const char *processing() const override { return PUSH; }
    void *cast(const char *name) override;

    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    void cleanup(CleanupStage stage) override;
    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;

    // The oldest packet, now the caller's, and the input it came in by; null when there is none.
    Packet *take(int &port);
    uint64_t count() const { return _count; }

  private:
    static String read_handler(Element *element, void *which);
    static int reset(const String &, Element *element, void *, ErrorHandler *);

    std::deque<std::pair<int, Packet *>> _packets;
    size_t _capacity = 65536;
    uint64_t _count = 0;
    uint64_t _dropped = 0;
};

#endif

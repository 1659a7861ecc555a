// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_PACKETPOOL_HH
#define MIMI_PACKETPOOL_HH
#include <click/packet.hh>
#include <cstddef>

// Theory of operation
//
// Memory for packets: Packet structures, and buffers of three sizes. Each thread keeps a list of free pieces of each kind
// and takes and gives without locks. A list that grows beyond two *bundles* gives one to the shared pool, an empty list
// takes one from there; so threads that only receive and threads that only send balance, at one lock per bundle. The
// shared pool keeps a bounded number of bundles; beyond that, memory goes back to the system.
//
// Free pieces are linked through their first word. A thread's lists go to the shared pool when the thread ends.
class PacketPool {
  public:
    // Null without memory. The packet has no buffer yet, and references 1.
    static WritablePacket *take_packet();
    static void give_packet(Packet *p);

    // A buffer of at least `size` bytes, which becomes what there is; null without memory.
    static unsigned char *take_buffer(size_t &size);
    // `size` as take_buffer() said.
    static void give_buffer(unsigned char *buffer, size_t size);

    static void clear();

  private:
    static void dispose(Packet *p);
};

#endif

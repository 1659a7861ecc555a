// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_KERNELFLOWS_HH
#define MIMI_KERNELFLOWS_HH
#include <click/config.h>
#include <click/string.hh>
#include "flowprograms.hh"
#include "tcentrance.hh"

namespace mimi {

// A file descriptor that is closed with its owner.
class Descriptor {
  public:
    Descriptor() = default;
    ~Descriptor() { reset(-1); }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    void reset(int fd);
    int get() const { return _fd; }

  private:
    int _fd = -1;
};

// Flows that the kernel forwards between two devices: the maps and programs of flowprograms.hh. All of it goes with the object, and with
// the process.
class KernelFlows {
  public:
    struct Side {
        int ifindex;
        uint8_t station[6];
        bool others;  // whether user level gets what is for other stations
    };

    KernelFlows() = default;
    ~KernelFlows();

    // Empty, or the reason why not. `flows` entries, one for each direction of a flow.
    String open(const Side (&sides)[2], uint32_t flows);
    // To be the filter of the packet sockets on that side, before the entrance is opened and until it is closed.
    int judge(int side) const { return _judges[side].get(); }
    String open_entrances(TcEntrance::Kind kind);
    void close_entrances();
    const char *entrance() const { return _entrances[0].kind(); }

    bool put(const WireKey &key, const WireAction &action);
    void remove(const WireKey &key);
    WireCount count(uint32_t number) const;

  private:
    Descriptor _flows, _plans, _counts, _judges[2], _mover;
    TcEntrance _entrances[2];
    Side _sides[2];
    WireCount *_seen = nullptr;  // the counts, in memory shared with the kernel
    size_t _seen_bytes = 0;

    String make_maps(uint32_t flows);
};

}  // namespace mimi
#endif

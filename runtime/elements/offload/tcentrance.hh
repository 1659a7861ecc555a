// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_TCENTRANCE_HH
#define MIMI_TCENTRANCE_HH
#include <click/config.h>
#include <click/string.hh>
#include <cstdint>

namespace mimi {

// A BPF program at a device's tc entrance, behind the packet sockets and before the host's network code.
//
// TCX, from Linux 6.6 on, ties it to the device by a link that ends with this process. Before that it is a filter of the device's
// clsact queueing discipline, which stays when the process is killed, until the next one replaces it: only a program that does
// nothing without its process may stand there.
class TcEntrance {
  public:
    enum Kind { any, tcx, clsact };

    TcEntrance() = default;
    ~TcEntrance() { close(); }
    TcEntrance(const TcEntrance &) = delete;
    TcEntrance &operator=(const TcEntrance &) = delete;

    // Empty, or the reason why not.
    String open(int ifindex, int program, Kind kind);
    void close();
    const char *kind() const { return _link >= 0 ? "tcx" : _filter ? "clsact" : "none"; }

  private:
    int _link = -1;
    int _ifindex = 0;
    uint32_t _filter = 0;  // its handle

    String open_tcx(int program);
    String open_clsact(int program);
};

}  // namespace mimi
#endif

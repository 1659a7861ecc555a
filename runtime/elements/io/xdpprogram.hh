// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_XDPPROGRAM_HH
#define MIMI_XDPPROGRAM_HH
#include <click/config.h>
#include <click/string.hh>
#include <cstdint>

// A program of five instructions at a device's entrance: it hands each frame to the AF_XDP socket of the frame's receive queue, and to the
// kernel where a queue has none. It is tied to the device by a link that ends with this process, however that ends.
class XdpProgram {
  public:
    XdpProgram() = default;
    ~XdpProgram();
    XdpProgram(const XdpProgram &) = delete;
    XdpProgram &operator=(const XdpProgram &) = delete;

    // Each returns the reason for a failure, empty on success.
    String attach(int ifindex, unsigned queues);
    String add_socket(unsigned queue, int fd);
    // In the driver ("native"), or in front of the network stack ("generic") where the driver cannot.
    const char *mode() const { return _native ? "native" : "generic"; }

  private:
    String make_map(unsigned queues);
    String load();

    int _map = -1, _program = -1, _link = -1;
    bool _native = false;
};

#endif

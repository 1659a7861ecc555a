// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_TUNDEVICE_HH
#define MIMI_TUNDEVICE_HH
#include <click/etheraddress.hh>
#include <click/ipaddress.hh>
#include <click/string.hh>
#include <sys/types.h>
#include "virtioheader.hh"

class Packet;

// A network device of this host whose other end is this object: what the host sends through it is read here, what is written here the
// host receives. TUN devices carry IP packets, TAP devices Ethernet frames. The device goes when it is closed.
class TunDevice {
  public:
    struct Options {
        String name;  // empty: the system chooses one
        bool tap = false;
        IPAddress address, mask;  // of the host; no address: none is set
        IPAddress gateway;        // if given, a default route leads there
        EtherAddress ether;       // all zero: the system chooses one
        int mtu = 1500;

        bool operator==(const Options &other) const = default;
    };
    // What is known of a packet that was read.
    struct Arrival {
        uint16_t protocol = 0;  // as an Ethernet type
        bool truncated = false;
    };

    TunDevice() = default;
    TunDevice(const TunDevice &) = delete;
    TunDevice &operator=(const TunDevice &) = delete;
    ~TunDevice() { close(); }

    // Returns the reason for a failure, empty on success. After a failure there is no device.
    String open(const Options &options);
    // Goes on with what the other one has open; that one then has none.
    void take(TunDevice &other);
    void close();
    int fd() const { return _fd; }
    const String &name() const { return _name; }

    // The packet's length; negative with errno when there is none.
    ssize_t read(unsigned char *data, size_t room, Arrival &arrival);
    // Unfinished checksums and segmentation are left to the host. Negative with errno on failure; the packet remains the caller's.
    ssize_t write(const Packet *packet, uint16_t protocol);

  private:
    String attach(const Options &options);
    String set_up(const Options &options, int control);

    int _fd = -1;
    String _name;
};

#endif

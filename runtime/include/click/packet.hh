// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PACKET_HH
#define CLICK_PACKET_HH
#include <click/atomic.hh>
#include <click/glue.hh>
#include <click/ipaddress.hh>
#include <click/timestamp.hh>
#include <clicknet/ip.h>
#include <atomic>
#include <cassert>
#include <cstdint>
#include <cstring>

struct click_ether;
struct click_icmp;
struct click_ip6;
struct click_tcp;
struct click_udp;
class IP6Address;
class PacketBatch;
class PacketBlock;
class WritablePacket;

// What the network stack left to do on a packet, or has done already: the virtio-net view. Offsets are in bytes from the
// start of the packet's buffer, not of its data, so that removing or adding headers does not change them.
struct PacketOffload {
    enum : uint8_t { needs_checksum = 1, data_valid = 2 };

    uint8_t flags = 0;         // needs_checksum: the transport checksum covers the pseudo-header alone, not inverted
    uint8_t gso_type = 0;      // VIRTIO_NET_HDR_GSO_*; not 0: to be cut into segments
    uint16_t gso_size = 0;     // payload bytes of a segment
    uint16_t hdr_len = 0;      // where the payload starts; 0: unknown
    uint16_t csum_start = 0;   // where checksumming starts
    uint16_t csum_offset = 0;  // from csum_start to the checksum field
};

// Theory of operation
//
// A Packet describes a range of bytes, its *data*, inside a *buffer* with headroom in front and tailroom behind:
//
//   buffer()      data()                   end_data()      end_buffer()
//   | headroom    | data: length() bytes   | tailroom      |
//
// Packets are passed by pointer, and who holds one owns it: passes it on, or kill()s it. clone() makes another Packet of
// the same data; both are *shared* then. A Packet is read-only; a WritablePacket is one that nobody shares, and comes from
// uniqueify(), push() or put(), which copy the data when they must. These take the packet: always use what they return,
// which is null when there was no memory.
//
// Packets and buffers of common sizes come from per-thread pools: a free list each, filled from and spilled to one
// shared pool in bundles, so that threads which only receive live off threads which only send. Steady traffic allocates
// nothing. A clone refers to the Packet that owns the data, whose reference count is only touched atomically when it is
// above 1.
class Packet {
  public:
    enum { default_headroom = 48, min_buffer_length = 64 };
    enum { anno_size = 48 };
    enum { dst_ip_anno_offset = 0, dst_ip_anno_size = 4, dst_ip6_anno_offset = 0, dst_ip6_anno_size = 16 };

    enum PacketType {
        HOST = 0,
        BROADCAST = 1,
        MULTICAST = 2,
        OTHERHOST = 3,
        OUTGOING = 4,
        LOOPBACK = 5,
        FASTROUTE = 6
    };

    typedef void (*buffer_destructor_type)(unsigned char *buffer, size_t size, void *argument);

    // ---- making; null without memory. A null `data` leaves the bytes as they are.
    static WritablePacket *make(uint32_t headroom, const void *data, uint32_t length, uint32_t tailroom) CLICK_WARN_UNUSED_RESULT;
    static inline WritablePacket *make(const void *data, uint32_t length) CLICK_WARN_UNUSED_RESULT;
    static inline WritablePacket *make(uint32_t length) CLICK_WARN_UNUSED_RESULT;
    // Around memory of the caller's. `data` is the first byte of the packet; `headroom` bytes before it and `tailroom` bytes
    // behind it belong to the buffer too. When the last packet of this data is gone, calls
    // destructor(data - headroom, size of the whole buffer, argument), in whatever thread that happens.
    static WritablePacket *make(unsigned char *data, uint32_t length, buffer_destructor_type destructor,
                                void *argument = nullptr, int headroom = 0, int tailroom = 0) CLICK_WARN_UNUSED_RESULT;
    // Frees what the calling thread's pool and the shared pool hold.
    static void static_cleanup();

    void kill();

    // ---- sharing
    bool shared() const
    {
        return _owner != nullptr || _references.load(std::memory_order_acquire) != 1;
    }
    Packet *clone() CLICK_WARN_UNUSED_RESULT;
    inline WritablePacket *uniqueify() CLICK_WARN_UNUSED_RESULT;

    // ---- bytes
    const unsigned char *data() const { return _data; }
    const unsigned char *end_data() const { return _tail; }
    uint32_t length() const { return static_cast<uint32_t>(_tail - _data); }
    uint32_t headroom() const { return static_cast<uint32_t>(_data - _head); }
    uint32_t tailroom() const { return static_cast<uint32_t>(_end - _tail); }
    const unsigned char *buffer() const { return _head; }
    const unsigned char *end_buffer() const { return _end; }
    uint32_t buffer_length() const { return static_cast<uint32_t>(_end - _head); }
    buffer_destructor_type buffer_destructor() const { return data_owner()->_destructor; }
    void *destructor_argument() const { return data_owner()->_destructor_argument; }

    // Adds n bytes in front; the contents are what the headroom held.
    inline WritablePacket *push(uint32_t n) CLICK_WARN_UNUSED_RESULT;
    // The same, and the MAC header begins there.
    inline WritablePacket *push_mac_header(uint32_t n) CLICK_WARN_UNUSED_RESULT;
    // Adds n bytes behind.
    inline WritablePacket *put(uint32_t n) CLICK_WARN_UNUSED_RESULT;
    // Without making the packet writable: it may be shared still.
    inline Packet *nonunique_push(uint32_t n) CLICK_WARN_UNUSED_RESULT;
    inline Packet *nonunique_put(uint32_t n) CLICK_WARN_UNUSED_RESULT;
    // Removes n bytes in front (pull) or behind (take). More than there are is an error of the caller.
    void pull(uint32_t n)
    {
        assert(n <= length());
        _data += n;
    }
    void take(uint32_t n)
    {
        assert(n <= length());
        _tail -= n;
    }
    // Moves the data, with the headers in front of it, by `offset` bytes within the buffer, or into a larger one. A failure
    // kills the packet, unless told not to.
    Packet *shift_data(int offset, bool free_on_failure = true) CLICK_WARN_UNUSED_RESULT;
    // Only for a buffer without destructor: data and length anew, inside it.
    inline void shrink_data(const unsigned char *data, uint32_t length);
    inline void change_headroom_and_length(uint32_t headroom, uint32_t length);
    // Makes this packet's bytes, headers and annotations those of `p`. False without memory.
    bool copy(const Packet *p, int headroom = 0);

    // ---- headers. Null pointers when not set; offsets count from data() and may be negative.
    bool has_mac_header() const { return _mac; }
    const unsigned char *mac_header() const { return _mac; }
    int mac_header_offset() const { return static_cast<int>(_mac - _data); }
    uint32_t mac_header_length() const { return static_cast<uint32_t>(_nh - _mac); }
    int mac_length() const { return static_cast<int>(_tail - _mac); }
    void set_mac_header(const unsigned char *p) { _mac = const_cast<unsigned char *>(p); }
    // The network header begins `length` bytes later.
    void set_mac_header(const unsigned char *p, uint32_t length)
    {
        _mac = const_cast<unsigned char *>(p);
        _nh = _mac + length;
    }
    void clear_mac_header() { _mac = nullptr; }
    const click_ether *ether_header() const { return reinterpret_cast<const click_ether *>(_mac); }
    inline void set_ether_header(const click_ether *e);

    bool has_network_header() const { return _h; }
    const unsigned char *network_header() const { return _nh; }
    int network_header_offset() const { return static_cast<int>(_nh - _data); }
    uint32_t network_header_length() const { return static_cast<uint32_t>(_h - _nh); }
    int network_length() const { return static_cast<int>(_tail - _nh); }
    void set_network_header(const unsigned char *p, uint32_t length)
    {
        _nh = const_cast<unsigned char *>(p);
        _h = _nh + length;
    }
    void set_network_header(const unsigned char *p) { _nh = const_cast<unsigned char *>(p); }
    void set_network_header_length(uint32_t length) { _h = _nh + length; }
    void clear_network_header() { _h = nullptr; }

    const click_ip *ip_header() const { return reinterpret_cast<const click_ip *>(_nh); }
    int ip_header_offset() const { return network_header_offset(); }
    uint32_t ip_header_length() const { return network_header_length(); }
    void set_ip_header(const click_ip *ip, uint32_t length)
    {
        set_network_header(reinterpret_cast<const unsigned char *>(ip), length);
    }
    const click_ip6 *ip6_header() const { return reinterpret_cast<const click_ip6 *>(_nh); }
    int ip6_header_offset() const { return network_header_offset(); }
    uint32_t ip6_header_length() const { return network_header_length(); }
    void set_ip6_header(const click_ip6 *ip6) { set_ip6_header(ip6, 40); }
    void set_ip6_header(const click_ip6 *ip6, uint32_t length)
    {
        set_network_header(reinterpret_cast<const unsigned char *>(ip6), length);
    }

    bool has_transport_header() const { return _h; }
    const unsigned char *transport_header() const { return _h; }
    int transport_header_offset() const { return static_cast<int>(_h - _data); }
    int transport_length() const { return static_cast<int>(_tail - _h); }
    void set_transport_header(const unsigned char *p) { _h = const_cast<unsigned char *>(p); }
    void clear_transport_header() { _h = nullptr; }
    const click_icmp *icmp_header() const { return reinterpret_cast<const click_icmp *>(_h); }
    const click_tcp *tcp_header() const { return reinterpret_cast<const click_tcp *>(_h); }
    const click_udp *udp_header() const { return reinterpret_cast<const click_udp *>(_h); }

    // ---- offloads (of this runtime; code for other Clicks guards them with MIMI_RUNTIME)
    bool csum_partial() const { return _offload.flags & PacketOffload::needs_checksum; }
    const PacketOffload &offload() const { return _offload; }
    void set_offload(const PacketOffload &offload) { _offload = offload; }
    void clear_offload() { _offload = PacketOffload(); }

    // ---- annotations that have names
    const Timestamp &timestamp_anno() const { return _timestamp; }
    Timestamp &timestamp_anno() { return _timestamp; }
    void set_timestamp_anno(const Timestamp &t) { _timestamp = t; }
    PacketType packet_type_anno() const { return _packet_type; }
    void set_packet_type_anno(PacketType type) { _packet_type = type; }
    void *device_anno() const { return _device; }
    void set_device_anno(void *device) { _device = device; }
    IPAddress dst_ip_anno() const { return IPAddress(anno_u32(0)); }
    void set_dst_ip_anno(IPAddress a) { set_anno_u32(0, a.addr()); }
    inline const IP6Address &dst_ip6_anno() const;
    inline void set_dst_ip6_anno(const IP6Address &a);

    // For lists of packets; whoever holds the packet may use them.
    Packet *next() const { return _next; }
    Packet *&next() { return _next; }
    void set_next(Packet *p) { _next = p; }
    Packet *prev() const { return _prev; }
    Packet *&prev() { return _prev; }
    void set_prev(Packet *p) { _prev = p; }

    // ---- the 48 bytes, see packet_anno.hh. Multi-byte values are in host order; `i` is the offset of the first byte.
    uint8_t *anno_u8() { return _anno; }
    const uint8_t *anno_u8() const { return _anno; }
    void *anno() { return _anno; }
    const void *anno() const { return _anno; }
    uint32_t *anno_u32() { return reinterpret_cast<uint32_t *>(_anno); }
    const uint32_t *anno_u32() const { return reinterpret_cast<const uint32_t *>(_anno); }
    uint8_t anno_u8(int i) const { return anno_get<uint8_t>(i); }
    void set_anno_u8(int i, uint8_t x) { anno_set(i, x); }
    uint16_t anno_u16(int i) const { return anno_get<uint16_t>(i); }
    void set_anno_u16(int i, uint16_t x) { anno_set(i, x); }
    int16_t anno_s16(int i) const { return anno_get<int16_t>(i); }
    void set_anno_s16(int i, int16_t x) { anno_set(i, x); }
    uint32_t anno_u32(int i) const { return anno_get<uint32_t>(i); }
    void set_anno_u32(int i, uint32_t x) { anno_set(i, x); }
    int32_t anno_s32(int i) const { return anno_get<int32_t>(i); }
    void set_anno_s32(int i, int32_t x) { anno_set(i, x); }
    uint64_t anno_u64(int i) const { return anno_get<uint64_t>(i); }
    void set_anno_u64(int i, uint64_t x) { anno_set(i, x); }
    int64_t anno_s64(int i) const { return anno_get<int64_t>(i); }
    void set_anno_s64(int i, int64_t x) { anno_set(i, x); }
    void *anno_ptr(int i) const { return anno_get<void *>(i); }
    void set_anno_ptr(int i, const void *x) { anno_set(i, x); }

    // With `all`, headers, next and prev are cleared too.
    void clear_annotations(bool all = true);
    // Everything but headers, offloads, next and prev.
    void copy_annotations(const Packet *p);

  protected:
    Packet() = default;
    ~Packet() = default;
    Packet(const Packet &) = delete;
    Packet &operator=(const Packet &) = delete;

    // The order is by use: the first cache line is what forwarding touches.
    std::atomic<uint32_t> _references{1};
    uint32_t _batch_count = 0;  // see PacketBatch
    Packet *_owner = nullptr;   // of the data, if it is another packet
    unsigned char *_head = nullptr;
    unsigned char *_data = nullptr;
    unsigned char *_tail = nullptr;
    unsigned char *_end = nullptr;
    Packet *_next = nullptr;
    Packet *_prev = nullptr;  // of a batch's first packet: the last

    unsigned char *_mac = nullptr;
    unsigned char *_nh = nullptr;
    unsigned char *_h = nullptr;
    Timestamp _timestamp;
    PacketOffload _offload;
    PacketType _packet_type = HOST;
    alignas(8) uint8_t _anno[anno_size] = {};
    void *_device = nullptr;
    buffer_destructor_type _destructor = nullptr;
    void *_destructor_argument = nullptr;

    friend class PacketBatch;
    friend class PacketBlock;
    friend class PacketPool;
    friend class WritablePacket;

  private:
    const Packet *data_owner() const { return _owner ? _owner : this; }
    // Ends n holds on the structure. True when they were the last, which needs no atomic write: nobody is left to race with.
    bool let_go(uint32_t n = 1)
    {
        return _references.load(std::memory_order_acquire) == n
            || _references.fetch_sub(n, std::memory_order_acq_rel) == n;
    }
    void release_data();
    // Of the data that `p` refers to; `owner` is held already.
    inline void become_clone(const Packet *p, Packet *owner);
    void move_pointers(ptrdiff_t delta, int offload_shift);
    WritablePacket *take_private_buffer(uint32_t extra_headroom, uint32_t extra_tailroom, bool free_on_failure);
    WritablePacket *expensive_uniqueify(uint32_t extra_headroom, uint32_t extra_tailroom, bool free_on_failure);
    WritablePacket *expensive_push(uint32_t n);
    WritablePacket *expensive_put(uint32_t n);

    template <typename T>
    T anno_get(int i) const
    {
        assert(i >= 0 && i <= anno_size - static_cast<int>(sizeof(T)));
        T x;
        memcpy(&x, _anno + i, sizeof x);
        return x;
    }
    template <typename T>
    void anno_set(int i, T x)
    {
        assert(i >= 0 && i <= anno_size - static_cast<int>(sizeof(T)));
        memcpy(_anno + i, &x, sizeof x);
    }
};

// A packet whose bytes may be changed.
class WritablePacket : public Packet {
  public:
    unsigned char *data() const { return _data; }
    unsigned char *end_data() const { return _tail; }
    unsigned char *buffer() const { return _head; }
    unsigned char *end_buffer() const { return _end; }
    unsigned char *mac_header() const { return _mac; }
    unsigned char *network_header() const { return _nh; }
    unsigned char *transport_header() const { return _h; }
    click_ether *ether_header() const { return reinterpret_cast<click_ether *>(_mac); }
    click_ip *ip_header() const { return reinterpret_cast<click_ip *>(_nh); }
    click_ip6 *ip6_header() const { return reinterpret_cast<click_ip6 *>(_nh); }
    click_icmp *icmp_header() const { return reinterpret_cast<click_icmp *>(_h); }
    click_tcp *tcp_header() const { return reinterpret_cast<click_tcp *>(_h); }
    click_udp *udp_header() const { return reinterpret_cast<click_udp *>(_h); }


  private:
    WritablePacket() = default;
    ~WritablePacket() = default;
    friend class PacketPool;
};

inline WritablePacket *Packet::make(const void *data, uint32_t length)
{
    return make(default_headroom, data, length, 0);
}

inline WritablePacket *Packet::make(uint32_t length)
{
    return make(default_headroom, nullptr, length, 0);
}

inline WritablePacket *Packet::uniqueify()
{
    if (likely(!shared()))
        return static_cast<WritablePacket *>(this);
    return expensive_uniqueify(0, 0, true);
}

inline WritablePacket *Packet::push(uint32_t n)
{
    if (likely(headroom() >= n && !shared())) {
        _data -= n;
        return static_cast<WritablePacket *>(this);
    }
    return expensive_push(n);
}

inline WritablePacket *Packet::push_mac_header(uint32_t n)
{
    WritablePacket *q = push(n);
    if (q)
        q->set_mac_header(q->data(), n);
    return q;
}

inline WritablePacket *Packet::put(uint32_t n)
{
    if (likely(tailroom() >= n && !shared())) {
        _tail += n;
        return static_cast<WritablePacket *>(this);
    }
    return expensive_put(n);
}

inline Packet *Packet::nonunique_push(uint32_t n)
{
    if (likely(headroom() >= n)) {
        _data -= n;
        return this;
    }
    return expensive_push(n);
}

inline Packet *Packet::nonunique_put(uint32_t n)
{
    if (likely(tailroom() >= n)) {
        _tail += n;
        return this;
    }
    return expensive_put(n);
}

inline void Packet::shrink_data(const unsigned char *data, uint32_t length)
{
    assert(data >= _head && data + length <= _end);
    _data = const_cast<unsigned char *>(data);
    _tail = _data + length;
}

inline void Packet::change_headroom_and_length(uint32_t headroom, uint32_t length)
{
    assert(headroom + length <= buffer_length());
    _data = _head + headroom;
    _tail = _data + length;
}

inline void Packet::set_ether_header(const click_ether *e)
{
    set_mac_header(reinterpret_cast<const unsigned char *>(e), 14);
}

inline const IP6Address &Packet::dst_ip6_anno() const
{
    return *reinterpret_cast<const IP6Address *>(_anno);
}

inline void Packet::set_dst_ip6_anno(const IP6Address &a)
{
    memcpy(_anno, static_cast<const void *>(&a), 16);
}

inline void Packet::clear_annotations(bool all)
{
    memset(_anno, 0, sizeof _anno);
    _packet_type = HOST;
    _device = nullptr;
    _timestamp = Timestamp();
    if (all) {
        _mac = _nh = _h = nullptr;
        _next = _prev = nullptr;
    }
}

inline void Packet::copy_annotations(const Packet *p)
{
    memcpy(_anno, p->_anno, sizeof _anno);
    _packet_type = p->_packet_type;
    _device = p->_device;
    _timestamp = p->_timestamp;
}

#endif

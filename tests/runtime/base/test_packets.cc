// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/base/harness.hh"
#include <click/etheraddress.hh>
#include <click/ip6address.hh>
#include <click/packet_anno.hh>
#include <click/packetbatch.hh>
#include <clicknet/ether.h>
#include <clicknet/icmp.h>
#include <clicknet/ip.h>
#include <clicknet/tcp.h>
#include <clicknet/udp.h>
#include "runtime/base/packetpool.hh"
#include "runtime/base/packetblock.hh"
#include <cstring>
#include <thread>
#include <vector>

static_assert(sizeof(click_ether) == 14 && sizeof(click_ether_vlan) == 18 && sizeof(click_ether_arp) == 28);
static_assert(sizeof(click_ip) == 20 && sizeof(click_tcp) == 20 && sizeof(click_udp) == 8 && sizeof(click_icmp) == 8);
static_assert(sizeof(click_ip6) == 40 && sizeof(click_nd_sol) == 32 && sizeof(EtherAddress) == 6);

// ---- checksums, against the plainest possible sum

static uint32_t plain_sum(const unsigned char *p, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; ++i) {
        sum += i % 2 ? p[i] : p[i] << 8;
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return sum;
}

static uint16_t plain_checksum(const unsigned char *p, size_t n)
{
    return htons(static_cast<uint16_t>(~plain_sum(p, n)));
}

TEST(checksum_against_plain)
{
    Random random(8);
    for (int round = 0; round < 3000; ++round) {
        const size_t n = round < 300 ? static_cast<size_t>(round) : random.below(9000);
        std::vector<unsigned char> bytes(n);
        const int kind = static_cast<int>(random.below(4));
        for (unsigned char &b : bytes)
            b = kind == 0 ? 0 : kind == 1 ? 0xFF : static_cast<unsigned char>(random.next());
        CHECK_EQUAL(click_in_cksum(bytes.data(), static_cast<int>(n)), plain_checksum(bytes.data(), n));
    }
}

TEST(checksum_of_pseudo_header)
{
    Random random(9);
    for (int round = 0; round < 3000; ++round) {
        const int length = 8 + static_cast<int>(random.below(200));
        std::vector<unsigned char> bytes(12 + static_cast<size_t>(length));
        for (unsigned char &b : bytes)
            b = static_cast<unsigned char>(random.next());
        bytes[8] = 0;
        bytes[9] = IP_PROTO_UDP;
        bytes[10] = static_cast<unsigned char>(length >> 8);
        bytes[11] = static_cast<unsigned char>(length);
        click_ip ip{};
        ip.ip_hl = 5;
        ip.ip_p = IP_PROTO_UDP;
        memcpy(&ip.ip_src, &bytes[0], 4);
        memcpy(&ip.ip_dst, &bytes[4], 4);
        const uint16_t payload = click_in_cksum(&bytes[12], length);
        CHECK_EQUAL(click_in_cksum_pseudohdr(payload, &ip, length), plain_checksum(bytes.data(), bytes.size()));
    }
}

// The final destination of a source route is what the transport sums.
TEST(checksum_of_source_route)
{
    unsigned char header[28] = {0x47};
    click_ip *ip = reinterpret_cast<click_ip *>(header);
    ip->ip_p = IP_PROTO_TCP;
    ip->ip_src = IPAddress("1.0.0.1");
    ip->ip_dst = IPAddress("2.0.0.2");
    const unsigned char options[8] = {IPOPT_NOP, IPOPT_LSRR, 7, 4, 3, 0, 0, 3};
    memcpy(header + 20, options, 8);
    CHECK_EQUAL(click_in_cksum_pseudohdr(0x1234, ip, 40),
                click_in_cksum_pseudohdr_raw(0x1234, IPAddress("1.0.0.1"), IPAddress("3.0.0.3"), IP_PROTO_TCP, 40));
    header[23] = 8;  // the route is used up
    CHECK_EQUAL(click_in_cksum_pseudohdr(0x1234, ip, 40),
                click_in_cksum_pseudohdr_raw(0x1234, IPAddress("1.0.0.1"), IPAddress("2.0.0.2"), IP_PROTO_TCP, 40));
}

TEST(checksum_update)
{
    Random random(10);
    for (int round = 0; round < 20000; ++round) {
        uint16_t words[10];
        for (uint16_t &w : words)
            w = random.below(4) ? static_cast<uint16_t>(random.next()) : random.below(2) ? 0xFFFF : 0;
        unsigned char *bytes = reinterpret_cast<unsigned char *>(words);
        words[5] = 0;
        words[5] = click_in_cksum(bytes, 20);
        const uint16_t old_word = words[3];
        words[3] = random.below(4) ? static_cast<uint16_t>(random.next()) : random.below(2) ? 0xFFFF : 0;
        click_update_in_cksum(&words[5], old_word, words[3]);
        CHECK_EQUAL(click_in_cksum(bytes, 20) & 0xFFFF, plain_sum(bytes, 20) == 0 ? 0xFFFF : 0);
        click_update_zero_in_cksum(&words[5], bytes, 20);
        const uint16_t updated = words[5];
        words[5] = 0;
        CHECK_EQUAL(updated, click_in_cksum(bytes, 20));
    }
}

TEST(checksum_ip6)
{
    Random random(11);
    for (int round = 0; round < 500; ++round) {
        const uint16_t length = static_cast<uint16_t>(8 + random.below(100));
        std::vector<unsigned char> all(40 + size_t{length});
        for (unsigned char &b : all)
            b = static_cast<unsigned char>(random.next());
        memset(&all[32], 0, 8);
        all[34] = static_cast<unsigned char>(length >> 8);
        all[35] = static_cast<unsigned char>(length);
        all[39] = IP_PROTO_UDP;
        uint16_t field;
        memcpy(&field, &all[46], 2);
        in6_addr src, dst;
        memcpy(&src, &all[0], 16);
        memcpy(&dst, &all[16], 16);
        const uint16_t mine = in6_fast_cksum(&src, &dst, htons(length), IP_PROTO_UDP, field, &all[40], htons(length));
        all[46] = all[47] = 0;
        const uint16_t plain = plain_checksum(all.data(), all.size());
        CHECK_EQUAL(mine, plain ? plain : 0xFFFF);
    }
}

// ---- packets

static WritablePacket *make_numbered(uint32_t headroom, uint32_t length)
{
    WritablePacket *p = Packet::make(headroom, nullptr, length, 0);
    for (uint32_t i = 0; i < length; ++i)
        p->data()[i] = static_cast<unsigned char>(i);
    return p;
}

static bool numbered(const Packet *p, uint32_t length, int first = 0)
{
    if (p->length() != length)
        return false;
    for (uint32_t i = 0; i < length; ++i)
        if (p->data()[i] != static_cast<unsigned char>(first + static_cast<int>(i)))
            return false;
    return true;
}

TEST(packet_make)
{
    WritablePacket *p = Packet::make("hello", 5);
    CHECK_EQUAL(p->headroom(), unsigned{Packet::default_headroom});
    CHECK(memcmp(p->data(), "hello", 5) == 0);
    CHECK(!p->shared() && !p->has_network_header() && !p->has_mac_header() && !p->timestamp_anno());
    CHECK_EQUAL(p->packet_type_anno(), Packet::HOST);
    CHECK_EQUAL(p->buffer_length(), p->headroom() + p->length() + p->tailroom());
    p->kill();
    for (uint32_t size : {0u, 1u, 1500u, 2048u, 2049u, 9000u, 65550u, 100000u}) {
        WritablePacket *q = Packet::make(20, nullptr, size, 30);
        CHECK(q->headroom() == 20 && q->length() == size && q->tailroom() >= 30);
        memset(q->buffer(), 0xAA, q->buffer_length());
        q->kill();
    }
}

TEST(packet_clone_and_uniqueify)
{
    WritablePacket *p = make_numbered(40, 100);
    p->set_mac_header(p->data(), 14);
    p->set_network_header(p->data() + 14, 20);
    p->set_timestamp_anno(Timestamp(7));
    SET_PAINT_ANNO(p, 9);
    Packet *q = p->clone();
    CHECK(p->shared() && q->shared() && q->data() == p->data());
    CHECK(PAINT_ANNO(q) == 9 && q->timestamp_anno() == Timestamp(7) && q->network_header_offset() == 14);
    WritablePacket *w = q->uniqueify();
    CHECK(!w->shared() && !p->shared() && w->data() != p->data());
    CHECK(w->headroom() == 40 && w->mac_header() == w->data() && w->transport_header_offset() == 34);
    w->data()[0] = 77;
    CHECK(numbered(p, 100));
    w->kill();

    // The owner goes first, or is the one made unique.
    Packet *c1 = p->clone(), *c2 = c1->clone();
    Packet *unique = p->uniqueify();
    CHECK(!unique->shared() && c1->shared() && c2->shared());
    unique->kill();
    CHECK(numbered(c1, 100));
    c1->kill();
    CHECK(numbered(c2, 100));
    w = c2->uniqueify();
    CHECK(numbered(w, 100));
    w->kill();
}

TEST(packet_push_put)
{
    WritablePacket *p = make_numbered(4, 50);
    const unsigned char *before = p->data();
    p = p->push(4);
    CHECK(p->data() == before - 4 && p->headroom() == 0);
    p->pull(4);
    p->set_network_header(p->data(), 20);
    p = p->push(30);
    CHECK(p->length() == 80 && p->network_header_offset() == 30);
    p->pull(30);
    CHECK(numbered(p, 50));
    p = p->put(10);
    CHECK_EQUAL(p->length(), 60u);
    p->take(10);
    p = p->put(5000);
    CHECK_EQUAL(p->length(), 5050u);
    memset(p->data() + 50, 1, 5000);
    p->take(5000);
    CHECK(numbered(p, 50));

    // Pulled bytes are still there after a copy: a stripped header can be restored.
    Packet *q = p->clone();
    p->pull(20);
    Packet *r = p->uniqueify();
    r = r->nonunique_push(20);
    CHECK(numbered(r, 50));
    r->kill();
    Packet *pushed = q->push_mac_header(14);
    CHECK(pushed->mac_header_offset() == 0 && pushed->network_header_offset() == 14);
    pushed->kill();
}

TEST(packet_shift_data)
{
    for (int offset : {-3, 5, -200, 300, 3000}) {
        for (bool shared : {false, true}) {
            Packet *p = make_numbered(40, 60);
            p->set_mac_header(p->data());
            p->set_network_header(p->data() + 14, 20);
            p->pull(14);
            Packet *clone = shared ? p->clone() : nullptr;
            p = p->shift_data(offset);
            CHECK(numbered(p, 46, 14));
            CHECK(p->network_header_offset() == 0 && p->transport_header_offset() == 20);
            if (offset > -40) {
                CHECK_EQUAL(p->mac_header_offset(), -14);
                CHECK_EQUAL(p->mac_header()[3], 3);
            }
            p->kill();
            if (clone) {
                CHECK(numbered(clone, 46, 14));
                clone->kill();
            }
        }
    }
    // The alignment changes by the offset when the buffer stays.
    Packet *p = make_numbered(40, 10);
    const unsigned char *before = p->data();
    p = p->shift_data(2);
    CHECK(p->data() == before + 2 && p->headroom() == 42);
    p->kill();
}

static uint16_t checksum_position(const Packet *p)
{
    return static_cast<uint16_t>(p->offload().csum_start - p->headroom());
}

TEST(packet_offload_follows)
{
    WritablePacket *p = make_numbered(40, 100);
    PacketOffload offload;
    offload.flags = PacketOffload::needs_checksum;
    offload.csum_start = static_cast<uint16_t>(p->headroom() + 34);
    offload.csum_offset = 16;
    offload.hdr_len = static_cast<uint16_t>(p->headroom() + 54);
    offload.gso_size = 1448;
    p->set_offload(offload);
    CHECK(p->csum_partial());
    p->pull(14);
    CHECK_EQUAL(checksum_position(p), 20);
    p = p->push(200);
    CHECK_EQUAL(checksum_position(p), 220);
    p->pull(186);
    CHECK_EQUAL(checksum_position(p), 34);
    CHECK_EQUAL(p->offload().hdr_len - p->headroom(), 54u);
    Packet *q = p->clone();
    CHECK(q->csum_partial() && checksum_position(q) == 34 && q->offload().gso_size == 1448);
    q = q->uniqueify();
    CHECK_EQUAL(checksum_position(q), 34);
    q = q->shift_data(-6);
    CHECK_EQUAL(checksum_position(q), 34);
    WritablePacket *copy = Packet::make(1);
    CHECK(copy->copy(q, 77) && copy->headroom() == 77);
    CHECK(checksum_position(copy) == 34 && numbered(copy, 100));
    copy->clear_offload();
    CHECK(!copy->csum_partial());
    for (Packet *each : {static_cast<Packet *>(p), q, static_cast<Packet *>(copy)})
        each->kill();
}

struct Destroyed {
    int times = 0;
    unsigned char *buffer = nullptr;
    size_t size = 0;
};

static void note_destruction(unsigned char *buffer, size_t size, void *argument)
{
    auto *d = static_cast<Destroyed *>(argument);
    ++d->times;
    d->buffer = buffer;
    d->size = size;
}

TEST(packet_external_buffer)
{
    unsigned char memory[200];
    Destroyed destroyed;
    Packet *p = Packet::make(memory + 30, 100, note_destruction, &destroyed, 30, 70);
    CHECK(p->headroom() == 30 && p->tailroom() == 70 && p->data() == memory + 30);
    Packet *q = p->clone();
    CHECK(q->destructor_argument() == &destroyed);
    p->kill();
    CHECK_EQUAL(destroyed.times, 0);
    q = q->uniqueify();  // the owner is gone: its buffer is copied from and given back
    CHECK(destroyed.times == 1 && destroyed.buffer == memory && destroyed.size == 200);
    q->kill();
    CHECK_EQUAL(destroyed.times, 1);
}

TEST(packet_annotations)
{
    WritablePacket *p = Packet::make(10);
    p->set_dst_ip_anno(IPAddress("1.2.3.4"));
    CHECK_EQUAL(p->dst_ip_anno(), IPAddress("1.2.3.4"));
    CHECK_EQUAL(p->anno_u8(0), 1);
    SET_AGGREGATE_ANNO(p, 0x01020304);
    SET_EXTRA_PACKETS_ANNO(p, 5);
    SET_FIRST_TIMESTAMP_ANNO(p, Timestamp(3.5));
    CHECK(AGGREGATE_ANNO(p) == 0x01020304 && EXTRA_PACKETS_ANNO(p) == 5 && FIRST_TIMESTAMP_ANNO(p) == Timestamp(3.5));
    p->set_packet_type_anno(Packet::BROADCAST);
    WritablePacket *q = Packet::make(10);
    q->copy_annotations(p);
    CHECK(AGGREGATE_ANNO(q) == 0x01020304 && q->packet_type_anno() == Packet::BROADCAST);
    q->clear_annotations();
    CHECK(AGGREGATE_ANNO(q) == 0 && q->packet_type_anno() == Packet::HOST && q->dst_ip_anno() == IPAddress());
    p->kill();
    q->kill();
}

// ---- batches

static PacketBatch *make_batch(int n)
{
    PacketBatch *batch;
    int i = 0;
    MAKE_BATCH(Packet::make(static_cast<uint32_t>(i++)), batch, n);
    return batch;
}

static std::string lengths(PacketBatch *batch)
{
    std::string text;
    unsigned n = 0;
    if (batch)
        FOR_EACH_PACKET (batch, p) {
            text += std::to_string(p->length()) + " ";
            ++n;
            if (!p->next())
                CHECK(p == batch->tail());
        }
    CHECK(!batch || n == batch->count());
    return text;
}

static std::vector<std::pair<int, std::string>> finished;

static void finish(int i, PacketBatch *batch)
{
    finished.emplace_back(i, lengths(batch));
    batch->kill();
}

TEST(batches)
{
    PacketBatch *batch = make_batch(6), *rest;
    CHECK_EQUAL(lengths(batch), "0 1 2 3 4 5 ");
    batch->split(2, rest);
    CHECK_EQUAL(lengths(batch), "0 1 ");
    CHECK_EQUAL(lengths(rest), "2 3 4 5 ");
    rest->append_batch(batch);
    CHECK_EQUAL(lengths(rest), "2 3 4 5 0 1 ");
    PacketBatch::pop_front(rest)->kill();
    CHECK_EQUAL(lengths(rest), "3 4 5 0 1 ");
    auto keep_odd = [](Packet *p) -> Packet * {
        if (p->length() % 2)
            return p;
        p->kill();
        return nullptr;
    };
    int dropped = 0;
    EXECUTE_FOR_EACH_PACKET_DROPPABLE(keep_odd, rest, [&](Packet *) { ++dropped; });
    CHECK_EQUAL(lengths(rest), "3 5 1 ");
    CHECK_EQUAL(dropped, 2);
    auto longer = [](Packet *p) { return p->put(10); };
    EXECUTE_FOR_EACH_PACKET(longer, rest);
    CHECK_EQUAL(lengths(rest), "13 15 11 ");
    PacketBatch *clones = rest->clone_batch();
    auto none = [](Packet *p) -> Packet * {
        p->kill();
        return nullptr;
    };
    EXECUTE_FOR_EACH_PACKET_DROPPABLE(none, rest, [](Packet *) {});
    CHECK(!rest);
    CHECK_EQUAL(lengths(clones), "13 15 11 ");
    clones->kill();

    batch = make_batch(7);
    auto by_three = [](Packet *p) { return p->length() == 6 ? -1 : static_cast<int>(p->length() % 3); };
    CLASSIFY_EACH_PACKET(4, by_three, batch, finish);
    const std::vector<std::pair<int, std::string>> expected = {{0, "0 3 "}, {1, "1 4 "}, {2, "2 5 "}, {3, "6 "}};
    CHECK(finished == expected);
}

// ---- the pool

// A packet in steady traffic comes from where the last one went.
TEST(pool_reuses)
{
    if (PacketPool::bypassed)  // a sanitizer wants to see memory come and go
        return;
    Packet *p = Packet::make(1500);
    const Packet *first = p;
    const unsigned char *buffer = p->buffer();
    p->kill();
    for (int i = 0; i < 1000; ++i) {
        p = Packet::make(1500);
        CHECK(p == first && p->buffer() == buffer);
        p->kill();
    }
}

// One thread makes, another kills; clones cross over too.
TEST(pool_across_threads)
{
    const int rounds = 200, burst = 64;
    for (int round = 0; round < rounds; ++round) {
        PacketBatch *batch = nullptr;
        std::thread maker([&] { MAKE_BATCH(Packet::make(100), batch, burst); });
        maker.join();
        PacketBatch *clones = batch->clone_batch();
        std::thread killer([&] { batch->kill(); });
        clones->kill();
        killer.join();
    }
    Packet::static_cleanup();
}

// Reference counts: many holders of one packet in many threads; the sanitizer sees a double free or a leak.
TEST(clones_across_threads)
{
    for (int round = 0; round < 100; ++round) {
        Packet *p = make_numbered(40, 64);
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([q = p->clone()]() mutable {
                for (int j = 0; j < 50; ++j) {
                    Packet *c = q->clone();
                    if (j % 3 == 0)
                        c = c->uniqueify();
                    c->kill();
                }
                q->kill();
            });
        p->kill();
        for (auto &thread : threads)
            thread.join();
    }
}

// ---- batches that are killed at once

// Packets with owners, blocks and destructors of their own, in random order; each must be told of exactly once.
TEST(batch_kill_lets_go_of_everything_once)
{
    Random random(31);
    for (int round = 0; round < 300; ++round) {
        size_t destroyed = 0, with_destructor = 0;
        std::vector<unsigned char> memory(64);
        auto destructor = [](unsigned char *, size_t, void *argument) { ++*static_cast<size_t *>(argument); };
        PacketBlock *block[2] = {PacketBlock::make(4096), PacketBlock::make(4096)};
        std::vector<Packet *> packets;
        for (uint32_t n = random.below(40) + 1; n > 0; --n) {
            unsigned char *piece = block[n % 2]->bytes() + 64 * n;
            switch (random.below(5)) {
            case 0:
                packets.push_back(Packet::make(100));
                break;
            case 1:
                packets.push_back(Packet::make(memory.data(), 64, destructor, &destroyed));
                ++with_destructor;
                break;
            case 2:
                packets.push_back(block[n % 2]->lend(piece, piece + 16, 40, piece + 64));
                block[n % 2]->hold(1);
                break;
            case 3:
                for (PacketBatch *b = PacketBatch::make_clones(packets.empty() ? packets.emplace_back(Packet::make(5)) : packets.back(), random.below(4) + 1); b;)
                    packets.push_back(PacketBatch::pop_front(b));
                break;
            default:
                if (!packets.empty())
                    packets.push_back(packets[random.below(static_cast<uint32_t>(packets.size()))]->clone());
            }
        }
        // Two batches, so that what is shared between them outlives the first.
        PacketBatch *batches[2] = {nullptr, nullptr};
        for (size_t left = packets.size(); left > 0; --left) {
            std::swap(packets[random.below(static_cast<uint32_t>(left))], packets[left - 1]);
            PacketBatch *&batch = batches[random.below(2)];
            BATCH_CREATE_APPEND(batch, packets[left - 1]);
        }
        for (PacketBatch *batch : batches)
            if (batch)
                batch->kill();
        CHECK_EQUAL(destroyed, with_destructor);
        for (PacketBlock *b : block) {
            CHECK(b->alone());
            b->release(1);
        }
    }
}

TEST(clones_made_together_are_like_clones_made_one_by_one)
{
    WritablePacket *p = Packet::make(7, "abcdef", 6, 3);
    p->set_network_header(p->data() + 1, 2);
    SET_PAINT_ANNO(p, 9);
    p->set_timestamp_anno(Timestamp(4));
    PacketBatch *batch = PacketBatch::make_clones(p, 5);
    CHECK_EQUAL(batch->count(), 5u);
    FOR_EACH_PACKET (batch, q) {
        CHECK(q->data() == p->data() && q->length() == 6 && q->shared());
        CHECK(q->network_header_offset() == 1 && q->network_header_length() == 2);
        CHECK(PAINT_ANNO(q) == 9 && q->timestamp_anno() == Timestamp(4));
    }
    CHECK(p->shared());
    WritablePacket *own = PacketBatch::pop_front(batch)->uniqueify();
    own->data()[0] = 'x';
    CHECK_EQUAL(static_cast<int>(p->data()[0]), 'a');
    own->kill();
    batch->kill();
    CHECK(!p->shared());
    p->kill();
}

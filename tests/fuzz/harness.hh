// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FUZZ_HARNESS_HH
#define MIMI_FUZZ_HARNESS_HH
#include <click/config.h>
#include <click/packet.hh>
#include <click/router.hh>
#include <click/string.hh>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// What the fuzz targets share. A target is a file with LLVMFuzzerTestOneInput(); it is linked with libFuzzer for `make
// fuzz`, and with replay.cc for the tests. A broken promise ends the process: that is how a fuzzer is told.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

class MemoryOut;

namespace fuzz {

[[noreturn]] void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Takes an input apart, from the front. Beyond its end there are zeros.
class Bytes {
  public:
    Bytes(const uint8_t *data, size_t size) : _data(data), _left(size) {}

    bool empty() const { return _left == 0; }
    size_t left() const { return _left; }
    uint8_t u8();
    uint16_t u16();
    // At most `size` bytes: what is there.
    std::string_view take(size_t size);
    std::string_view rest() { return take(_left); }
    // Up to a separator, which is skipped, or to the end.
    std::string_view until(char separator);

  private:
    const uint8_t *_data;
    size_t _left;
};

// One router at a time, on a clock that moves only by pass_time(). Messages are kept, not printed.
class Bench {
  public:
    // Parses and flattens; what it says is in messages().
    explicit Bench(std::string_view configuration);
    ~Bench();
    Bench(const Bench &) = delete;
    Bench &operator=(const Bench &) = delete;

    Router *router() const { return _router.get(); }
    const std::string &messages() const { return _messages; }
    // Initializes and activates.
    bool start();
    void start_or_fail();
    // Turns of the loop until it is idle, but no more than `turns`.
    void run(int turns = 10000);
    void pass_time(int milliseconds);

    // A packet whose buffer begins and ends where the packet does: a byte too far is seen.
    void push(const char *element, std::string_view data, const PacketOffload *offload = nullptr);
    // The oldest packet of a MemoryOut, to be killed by the caller; null when there is none.
    Packet *take(const char *element);

    // False when the handler refuses; `result` is then what it said.
    bool read(const std::string &handler, std::string &result, std::string_view parameter = {});
    bool write(const std::string &handler, std::string_view value);
    // For handlers that do not refuse.
    std::string must_read(const std::string &handler);
    uint64_t must_count(const std::string &handler);

  private:
    std::unique_ptr<Router> _router;
    std::string _messages;
};

String to_click(std::string_view text);
std::string to_std(const String &text);
std::string read_file(const std::string &path);

}  // namespace fuzz

#endif

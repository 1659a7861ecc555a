// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/harness.hh"
#include <click/error.hh>
#include <click/lexer.hh>
#include <click/master.hh>
#include <click/packet_anno.hh>
#include "runtime/elements/control/memory.hh"
#include "runtime/elements/control/messagelines.hh"
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace fuzz {
namespace {

constexpr double start_of_time_s = 1000000000;

Master *master()
{
    static Master *one = [] {
        ErrorHandler::set_default_handler(ErrorHandler::silent_handler());  // what elements print is not looked at
        auto *made = new Master(1);
        made->use();
        made->set_simulated_time(start_of_time_s);
        return made;
    }();
    return one;
}

void free_bytes(unsigned char *bytes, size_t, void *)
{
    std::free(bytes);
}

}  // namespace

void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    std::fputs("broken promise: ", stderr);
    std::vfprintf(stderr, format, arguments);
    std::fputc('\n', stderr);
    va_end(arguments);
    std::abort();
}

uint8_t Bytes::u8()
{
    std::string_view byte = take(1);
    return byte.empty() ? 0 : static_cast<uint8_t>(byte[0]);
}

uint16_t Bytes::u16()
{
    uint8_t low = u8();
    return static_cast<uint16_t>(low | u8() << 8);
}

std::string_view Bytes::take(size_t size)
{
    size_t taken = size < _left ? size : _left;
    std::string_view result(reinterpret_cast<const char *>(_data), taken);
    _data += taken;
    _left -= taken;
    return result;
}

std::string_view Bytes::until(char separator)
{
    std::string_view all(reinterpret_cast<const char *>(_data), _left);
    size_t end = all.find(separator);
    std::string_view result = take(end == all.npos ? _left : end);
    take(1);
    return result;
}

Bench::Bench(std::string_view configuration)
{
    // The same instant for every input, so that an input always does the same.
    master()->set_simulated_time(start_of_time_s);
    MessageLines lines;
    _router = click_read_router_text(to_click(configuration), "config", &lines, master());
    _messages = lines.text();
    if (!_router && lines.nerrors() == 0)
        fail("no router, and no error");
}

Bench::~Bench() = default;

bool Bench::start()
{
    MessageLines lines;
    bool started = _router && _router->initialize(&lines) >= 0 && _router->activate(&lines) >= 0;
    _messages += lines.text();
    if (_router && !started && lines.nerrors() == 0)
        fail("not initialized, and no error");
    return started;
}

void Bench::start_or_fail()
{
    if (!start())
        fail("the target's own configuration: %s", _messages.c_str());
}

void Bench::run(int turns)
{
    RouterThread *thread = master()->thread(0);
    for (; turns > 0 && master()->check_driver(); --turns)
        if (!thread->turn(RouterThread::wait_never) && !thread->active())
            return;
}

void Bench::pass_time(int milliseconds)
{
    Timestamp end = Timestamp::now_steady() + Timestamp::make_msec(milliseconds);
    Timestamp next;
    for (int i = 0; i < 100 && master()->thread(0)->timer_set().next_expiry(master(), next) && next <= end; ++i) {
        master()->jump_clock(next);
        run();
    }
    master()->jump_clock(end);
    run();
}

void Bench::push(const char *element, std::string_view data, const PacketOffload *offload)
{
    auto *input = static_cast<MemoryIn *>(_router->find(element)->cast("MemoryIn"));
    auto *bytes = static_cast<unsigned char *>(std::malloc(data.size() + 1));
    if (!data.empty())
        std::memcpy(bytes, data.data(), data.size());
    bytes = static_cast<unsigned char *>(std::realloc(bytes, data.empty() ? 1 : data.size()));
    WritablePacket *packet = Packet::make(bytes, static_cast<uint32_t>(data.size()), free_bytes, nullptr);
    packet->timestamp_anno().assign_now();
    if (offload)
        packet->set_offload(*offload);
    if (!input->inject(0, packet))
        fail("%s is full", element);
}

Packet *Bench::take(const char *element)
{
    int port;
    return static_cast<MemoryOut *>(_router->find(element)->cast("MemoryOut"))->take(port);
}

bool Bench::read(const std::string &handler, std::string &result, std::string_view parameter)
{
    MessageLines lines;
    String value;
    bool ok = _router->call_read_handler(to_click(handler), to_click(parameter), value, &lines) >= 0 && lines.nerrors() == 0;
    result = ok ? to_std(value) : lines.text();
    return ok;
}

bool Bench::write(const std::string &handler, std::string_view value)
{
    MessageLines lines;
    bool ok = _router->call_write_handler(to_click(handler), to_click(value), &lines) >= 0 && lines.nerrors() == 0;
    _messages = lines.text();
    return ok;
}

std::string Bench::must_read(const std::string &handler)
{
    std::string result;
    if (!read(handler, result))
        fail("%s: %s", handler.c_str(), result.c_str());
    return result;
}

uint64_t Bench::must_count(const std::string &handler)
{
    return std::strtoull(must_read(handler).c_str(), nullptr, 10);
}

String to_click(std::string_view text)
{
    return String(text.data(), static_cast<int>(text.size()));
}

std::string to_std(const String &text)
{
    return std::string(text.data(), static_cast<size_t>(text.length()));
}

std::string read_file(const std::string &path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in)
        fail("cannot read %s", path.c_str());
    return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

}  // namespace fuzz

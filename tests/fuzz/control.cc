// SPDX-License-Identifier: Apache-2.0
// The control protocol: any bytes, cut anywhere, get replies that are well-formed, in a connection that ends.
// An input is records of a length byte and as many bytes: each is one write of the client.
#include "tests/fuzz/harness.hh"
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::string_view configuration = R"(
    i :: Idle -> c :: Counter -> s :: Switch(0) -> q :: Queue(5) -> u :: Unqueue -> d :: Discard; s[1] -> d;
    in :: MemoryIn -> lb :: MinionLB(VIP tcp 10.1.0.100:80 random 10.2.0.1:80, CAPACITY 50); Idle -> [1]lb; lb[0] -> d; lb[1] -> d;
    f :: IPFilter(allow tcp port 80, deny all); Idle -> f -> d; t :: Paint(3); Idle -> t -> Print(p) -> d;
)";

// Reads the replies as a client does.
class Replies {
  public:
    explicit Replies(std::string text) : _text(std::move(text)) {}

    void check()
    {
        if (line() != "Click::ControlSocket/1.3")
            fuzz::fail("another greeting");
        while (_at < _text.size())
            reply();
    }

  private:
    std::string _text;
    size_t _at = 0;

    std::string line()
    {
        size_t end = _text.find("\r\n", _at);
        if (end == _text.npos)
            fuzz::fail("the reply ends within a line: %s", _text.substr(_at).c_str());
        std::string result = _text.substr(_at, end - _at);
        _at = end + 2;
        return result;
    }
    void reply()
    {
        std::string code;
        for (bool more = true; more;) {
            std::string text = line();
            if (text.size() < 4 || !std::all_of(text.begin(), text.begin() + 3, isdigit) || (text[3] != ' ' && text[3] != '-'))
                fuzz::fail("not a line of a reply: '%s'", text.c_str());
            if (!code.empty() && text.compare(0, 3, code) != 0)
                fuzz::fail("two codes in one reply: %s, then '%s'", code.c_str(), text.c_str());
            code = text.substr(0, 3);
            more = text[3] == '-';
        }
        if (_text.compare(_at, 5, "DATA ") != 0)
            return;
        if (code[0] != '2')
            fuzz::fail("data after code %s", code.c_str());
        std::string size = line().substr(5);
        if (size.empty() || size.size() > 9 || !std::all_of(size.begin(), size.end(), isdigit) || _text.size() - _at < std::stoul(size))
            fuzz::fail("DATA %s, and %zu bytes follow", size.c_str(), _text.size() - _at);
        _at += std::stoul(size);
    }
};

// False at the end of the stream.
bool receive(int fd, std::string &text)
{
    char buffer[65536];
    for (;;) {
        ssize_t got = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        if (got < 0)
            return true;
        text.append(buffer, static_cast<size_t>(got));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        fuzz::fail("no socket pair");
    std::string text;
    {
        fuzz::Bench bench(std::string(configuration) + "cs :: ControlSocket(SOCKET, " + std::to_string(ends[1])
                          + ", DATA_LIMIT 100000, LINE_LIMIT 20000);");
        bench.start_or_fail();
        fuzz::Bytes bytes(data, size);
        bool open = true;
        while (open && !bytes.empty()) {
            std::string_view part = bytes.take(bytes.u8());
            while (!part.empty()) {
                ssize_t sent = send(ends[0], part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
                if (sent < 0 && errno != EAGAIN)
                    break;
                part.remove_prefix(sent < 0 ? 0 : static_cast<size_t>(sent));
                bench.run();
                open = receive(ends[0], text);
            }
            bench.run();
            open = open && receive(ends[0], text);
        }
        shutdown(ends[0], SHUT_WR);
        // Some handlers run in a thread of their own: its end takes a moment.
        for (int i = 0; open && i < 5000; ++i) {
            bench.run();
            pollfd wait{ends[0], POLLIN, 0};
            poll(&wait, 1, 1);
            open = receive(ends[0], text);
        }
        // A command may have stopped the router; else the connection ends with its client.
        if (open && bench.router()->running() && text.find("Router stopped") == text.npos)
            fuzz::fail("the connection stays open");
    }
    receive(ends[0], text);
    close(ends[0]);
    if (!text.empty())
        Replies(text).check();
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/elements/control/controlconnection.hh"
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr size_t read_size = 64 * 1024;
constexpr size_t direct_size = 64 * 1024;
constexpr size_t reserve_limit = 256 << 20;
constexpr size_t budget_per_call = 128 * 1024;  // other work has its turn, however fast the client writes

bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\f' || c == '\v';
}

std::string_view trim_right(std::string_view text)
{
    while (!text.empty() && (is_space(text.back()) || text.back() == '\r' || text.back() == '\n'))
        text.remove_suffix(1);
    return text;
}

std::string_view trim_left(std::string_view text)
{
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    return text;
}

std::string_view next_word(std::string_view &text)
{
    text = trim_left(text);
    size_t length = 0;
    while (length < text.size() && !is_space(text[length]))
        ++length;
    std::string_view word = text.substr(0, length);
    text.remove_prefix(length);
    return word;
}

bool counted(const std::string &name)
{
    return name == "READDATA" || name == "WRITEDATA" || name == "SETDATA";
}

bool ends_by_line(const std::string &name)
{
    return name == "READUNTIL" || name == "WRITEUNTIL";
}

bool parse_length(std::string_view text, size_t &length)
{
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// Replies are lines of text: control characters of a message or of the client's own words must not break them.
void append_escaped(std::string &line, std::string_view text)
{
    constexpr char digits[] = "01234567";
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (byte >= 32 && byte != 127) {
            line += c;
            continue;
        }
        if (c == '\t') {
            line += "\\t";
            continue;
        }
        line += '\\';
        for (int shift : {6, 3, 0})
            line += digits[(byte >> shift) & 7];
    }
}

}  // namespace

ControlConnection::ControlConnection(int fd, Limits limits) : _fd(fd), _limits(limits)
{
    raw("Click::ControlSocket/1.3\r\n");
}

ControlConnection::~ControlConnection()
{
    close(_fd);
}

void ControlConnection::compact()
{
    if (_at < read_size && _at < _input.size())
        return;
    _input.erase(0, _at);
    _at = 0;
}

void ControlConnection::receive()
{
    compact();
    // A line end that is still to be skipped must not get among the data.
    bool direct = _state == state_counted && available() == 0 && !_skip_lf;
    size_t budget = budget_per_call;
    const size_t limit = _busy ? read_size : input_limit + _limits.line;
    // Memory for all of it at once: it is touched only as it fills, and never moved.
    if (direct && _wanted <= reserve_limit)
        _data.reserve(static_cast<int>(_wanted - static_cast<size_t>(_data.length())));
    while (wants_read() && available() < limit) {
        ssize_t got;
        if (direct) {
            size_t room = std::min(_wanted - static_cast<size_t>(_data.length()), direct_size);
            if (room == 0)
                break;
            char *target = _data.reserve(static_cast<int>(room));
            got = target ? recv(_fd, target, room, 0) : -1;
            if (got > 0)
                _data.adjust_length(static_cast<int>(got));
        } else {
            size_t before = _input.size();
            _input.resize(before + read_size);
            got = recv(_fd, _input.data() + before, read_size, 0);
            int error = errno;
            _input.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
            errno = error;
        }
        if (got > 0) {
            _maybe_command = true;
            budget -= std::min(budget, static_cast<size_t>(got));
            if (static_cast<size_t>(got) < read_size || budget == 0)
                break;
            continue;
        }
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (got < 0)
            _broken = true;
        _eof = true;
        _maybe_command = true;
    }
    _stalled = available() >= limit;
}

bool ControlConnection::find_line_end(size_t &length, size_t &skip)
{
    if (_skip_lf && available()) {
        _at += _input[_at] == '\n';
        _skip_lf = false;
    }
    size_t end = _input.find_first_of("\r\n", _at + _scanned);
    if (end == std::string::npos) {
        _scanned = available();
        length = _scanned;
        skip = 0;
        return _eof && _scanned > 0;
    }
    length = end - _at;
    skip = 1;
    if (_input[end] == '\r') {
        if (end + 1 < _input.size())
            skip += _input[end + 1] == '\n';
        else
            _skip_lf = true;
    }
    return true;
}

bool ControlConnection::take_line(std::string &line)
{
    size_t length, skip;
    if (!find_line_end(length, skip)) {
        if (length > _limits.line) {
            reply(500, "Line too long");
            finish();
        }
        return false;
    }
    _scanned = 0;
    if (length > _limits.line) {
        reply(500, "Line too long");
        finish();
        return false;
    }
    line.assign(_input, _at, length);
    _at += length + skip;
    return true;
}

bool ControlConnection::next_command(Command &command)
{
    for (;;) {
        bool advanced = false;
        switch (_state) {
        case state_line: {
            std::string line;
            while (!_finishing && (advanced = take_line(line)) && trim_right(line).empty()) {
            }
            if (!advanced || _finishing)
                break;
            Command next;
            std::string_view rest = trim_right(line);
            next.name = next_word(rest);
            std::ranges::transform(next.name, next.name.begin(), [](unsigned char c) { return toupper(c); });
            next.handler = next_word(rest);
            next.rest = trim_left(rest);
            start(std::move(next));
            break;
        }
        case state_counted:
            advanced = continue_counted();
            break;
        case state_lines:
            advanced = continue_lines();
            break;
        case state_skip:
            advanced = continue_skip();
            break;
        }
        compact();
        if (_complete) {
            _complete = false;
            command = std::move(_command);
            _maybe_command = available() > 0 || _eof;
            _stalled = false;
            return true;
        }
        if (!advanced) {
            _maybe_command = false;
            _stalled = false;
            return false;
        }
    }
}

void ControlConnection::start(Command command)
{
    _command = std::move(command);
    if (counted(_command.name) || (_command.name == "LLRPC" && !_command.rest.empty())) {
        if (!start_counted(_command))
            _state = _state == state_skip ? state_skip : state_line;
        return;
    }
    if (ends_by_line(_command.name) && !_command.handler.empty()) {
        _terminator = _command.rest;
        _command.rest.clear();
        _state = state_lines;
        return;
    }
    _complete = true;
}

bool ControlConnection::start_counted(Command &command)
{
    if (command.handler.empty() || command.rest.empty() || command.rest.find_first_of(" \t") != std::string::npos) {
        reply(500, "Wrong number of arguments");
        return false;
    }
    size_t length;
    if (!parse_length(command.rest, length)) {
        reply(500, "Syntax error in '" + command.name + "'");
        return false;
    }
    _wanted = length;
    if (length > _limits.data) {
        reply(521, "Data too big: " + std::to_string(length) + " bytes, at most " + std::to_string(_limits.data));
        _state = state_skip;
        return false;
    }
    command.rest.clear();
    _data.clear();
    _state = state_counted;
    return true;
}

bool ControlConnection::continue_counted()
{
    if (_skip_lf && available()) {
        _at += _input[_at] == '\n';
        _skip_lf = false;
    }
    size_t take = std::min(available(), _wanted - static_cast<size_t>(_data.length()));
    _data.append(_input.data() + _at, static_cast<int>(take));
    _at += take;
    if (static_cast<size_t>(_data.length()) < _wanted) {
        if (_eof) {
            reply(500, "Not enough data");
            _state = state_line;
            finish();
        }
        return false;
    }
    _command.data = _data.take_string();
    _command.has_data = true;
    _complete = true;
    _state = state_line;
    return true;
}

bool ControlConnection::continue_lines()
{
    std::string line;
    size_t length, skip;
    while (find_line_end(length, skip)) {
        _scanned = 0;
        line.assign(_input, _at, length);
        _at += length + skip;
        if (trim_right(line) == trim_right(_terminator)) {
            _command.data = _data.take_string();
            _command.has_data = true;
            _complete = true;
            _state = state_line;
            return true;
        }
        if (static_cast<size_t>(_data.length()) + line.size() + 1 > _limits.data) {
            reply(521, "Data too big: at most " + std::to_string(_limits.data) + " bytes");
            finish();
            return false;
        }
        _data.append(line.data(), static_cast<int>(line.size()));
        _data << '\n';
    }
    if (length > _limits.line) {
        reply(500, "Line too long");
        finish();
    } else if (_eof) {
        reply(500, "Not enough data");
        finish();
    }
    return false;
}

// The refused data is still on its way: what follows it is the next command.
bool ControlConnection::continue_skip()
{
    if (_skip_lf && available()) {
        _at += _input[_at] == '\n';
        _skip_lf = false;
    }
    size_t skip = std::min(available(), _wanted);
    _at += skip;
    _wanted -= skip;
    if (_wanted == 0)
        _state = state_line;
    return _wanted == 0;
}

void ControlConnection::reply(int code, std::string_view text)
{
    reply(code, std::vector<std::string>{std::string(text)});
}

void ControlConnection::reply(int code, const std::vector<std::string> &lines)
{
    std::string all;
    for (size_t i = 0; i < lines.size(); ++i) {
        all += std::to_string(code);
        all += i + 1 < lines.size() ? '-' : ' ';
        append_escaped(all, lines[i]);
        all += "\r\n";
    }
    raw(all);
}

void ControlConnection::reply_data(const String &data)
{
    raw("DATA " + std::to_string(data.length()) + "\r\n");
    if (data.length() == 0)
        return;
    _output.push_back(data);
    _output_bytes += static_cast<size_t>(data.length());
}

void ControlConnection::raw(std::string_view text)
{
    _output.emplace_back(text.data(), static_cast<int>(text.size()));
    _output_bytes += text.size();
}

void ControlConnection::flush()
{
    while (!_output.empty() && !_broken) {
        const String &first = _output.front();
        size_t left = static_cast<size_t>(first.length()) - _output_sent;
        ssize_t sent = send(_fd, first.data() + _output_sent, left, MSG_NOSIGNAL | (_output.size() > 1 ? MSG_MORE : 0));
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0) {
            _broken = errno != EAGAIN && errno != EWOULDBLOCK;
            return;
        }
        _output_sent += static_cast<size_t>(sent);
        _output_bytes -= static_cast<size_t>(sent);
        if (_output_sent < static_cast<size_t>(first.length()))
            continue;
        _output.pop_front();
        _output_sent = 0;
    }
}

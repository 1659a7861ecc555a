// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_CONTROLCONNECTION_HH
#define MIMI_CONTROLCONNECTION_HH
#include <click/straccum.hh>
#include <click/string.hh>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// One client of a ControlSocket: bytes in, one command at a time out, replies in order.
//
// Input is a line, then for some commands data: a counted number of bytes, or lines up to a terminator. Every byte is
// looked at once, however the client cuts its writes; counted data goes straight into its final buffer.
class ControlConnection {
  public:
    struct Limits {
        size_t line;
        size_t data;
    };
    // Executes a command: the words of its line, and its data.
    struct Command {
        std::string name;     // upper case
        std::string handler;  // second word
        std::string rest;     // what follows, inner spaces kept
        bool has_data = false;
        String data;
    };

    ControlConnection(int fd, Limits limits);
    ~ControlConnection();
    ControlConnection(const ControlConnection &) = delete;
    ControlConnection &operator=(const ControlConnection &) = delete;

    int fd() const { return _fd; }

    void receive();
    // Takes the next command out of what has arrived. False when there is none yet; then at most a syntax error
    // has been answered.
    bool next_command(Command &command);

    // `220-text` lines with the last one `220 text`.
    void reply(int code, std::string_view text);
    void reply(int code, const std::vector<std::string> &lines);
    void reply_data(const String &data);
    void raw(std::string_view text);
    // While a call is under way beside the router: no further command, and no end.
    void set_busy(bool busy) { _busy = busy; }
    void finish() { _finishing = true; }  // close once everything is sent

    void flush();
    bool wants_read() const { return !_eof && !_finishing && !_stalled; }
    bool wants_write() const { return !_output.empty(); }
    // A whole command may be waiting, and the client takes its replies.
    bool runnable() const { return _maybe_command && !_finishing && !_busy && _output_bytes < output_limit; }
    bool over() const { return !_busy && (_broken || ((_finishing || (_eof && !_maybe_command)) && _output.empty())); }

  private:
    static constexpr size_t output_limit = 1 << 20;
    static constexpr size_t input_limit = 1 << 20;
    enum State { state_line, state_counted, state_lines, state_skip };

    bool take_line(std::string &line);
    bool find_line_end(size_t &length, size_t &skip);
    void start(Command command);
    bool start_counted(Command &command);
    bool continue_counted();
    bool continue_lines();
    bool continue_skip();
    void compact();
    size_t available() const { return _input.size() - _at; }

    int _fd;
    Limits _limits;
    State _state = state_line;
    std::string _input;
    size_t _at = 0;       // where the unread input starts
    size_t _scanned = 0;  // how much of it holds no line end
    bool _skip_lf = false;  // a CR ended the last line: an LF right behind it belongs to it

    Command _command;
    bool _complete = false;
    StringAccum _data;
    size_t _wanted = 0;
    std::string _terminator;

    std::deque<String> _output;
    size_t _output_sent = 0;  // of the first string
    size_t _output_bytes = 0;
    bool _eof = false;
    bool _broken = false;
    bool _busy = false;
    bool _finishing = false;
    bool _stalled = false;
    bool _maybe_command = false;
};

#endif

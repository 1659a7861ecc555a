// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/elements/control/controlcommand.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/handler.hh>
#include <click/llrpc.h>
#include <click/master.hh>
#include <click/router.hh>
#include "runtime/elements/control/controlsocket.hh"
#include <cstring>

namespace {

enum Code {
    ok = 200,
    ok_with_warnings = 220,
    syntax_error = 500,
    unimplemented = 501,
    no_such_element = 510,
    no_such_handler = 511,
    handler_error = 520,
    llrpc_error = 522,
    permission_denied = 530,
    read_error = 590,
};

String to_click(const std::string &text)
{
    return String(text.data(), static_cast<int>(text.size()));
}

std::string quoted(const char *before, const std::string &name, const std::string &after)
{
    return before + ("'" + name + "'") + after;
}

// Handlers count on being alone, unless they say otherwise.
class Alone {
  public:
    Alone(Master *master, const Handler *handler) : _master(handler->exclusive() ? master : nullptr)
    {
        if (_master)
            _master->pause();
    }
    ~Alone()
    {
        if (_master)
            _master->unpause();
    }
    Alone(const Alone &) = delete;
    Alone &operator=(const Alone &) = delete;

  private:
    Master *_master;
};

}  // namespace

// A short write is done sooner than another thread is woken.
bool ControlCall::goes_beside() const
{
    constexpr int short_write = 4096;
    constexpr uint32_t made_for_it = Handler::f_nonexclusive | Handler::f_expensive;
    const bool is_long = reads || (handler->flags() & Handler::f_button) || value.length() >= short_write;
    return is_long && (handler->flags() & made_for_it) == made_for_it;
}

void ControlCall::run()
{
    if (!reads)
        result = handler->call_write(std::exchange(value, String()), element, &messages);
    else if (value && !handler->read_param())
        messages.error("read handler %<%s%> does not take parameters", name.c_str());
    else
        value = handler->call_read(element, value, &messages);
}

void ControlCommand::execute(const ControlConnection::Command &command)
{
    const std::string &name = command.name, &handler = command.handler;
    bool bare = command.rest.empty();
    bool is_check = name == "CHECKREAD" || name == "CHECKWRITE";
    bool reads = name == "READ" || name == "GET" || name == "READDATA" || name == "READUNTIL";
    bool writes = name == "WRITE" || name == "SET" || name == "WRITEDATA" || name == "SETDATA" || name == "WRITEUNTIL";
    if ((reads || writes || is_check || name == "LLRPC") && (handler.empty() || (is_check && !bare)))
        _connection.reply(syntax_error, "Wrong number of arguments");
    else if (reads)
        read_handler(handler, command.has_data ? command.data : to_click(command.rest));
    else if (writes)
        write_handler(handler, command.has_data ? command.data : to_click(command.rest));
    else if (is_check)
        check(handler, name == "CHECKREAD" ? read : write);
    else if (name == "LLRPC")
        llrpc(handler, command.data);
    else if (name == "QUIT" || name == "CLOSE")
        quit(command);
    else if (name == "HELP")
        help();
    else
        _connection.reply(unimplemented, quoted("Command ", name, " unimplemented"));
}

bool ControlCommand::find(const std::string &name, Target &target)
{
    if (Element *proxy = _socket.proxy()) {
        target = {proxy, Router::handler(proxy, to_click(name))};
        if (target.handler && target.handler->visible())
            return true;
        _connection.reply(no_such_handler, quoted("No handler named ", name, ""));
        return false;
    }
    switch (_socket.router()->find_handler(to_click(name), target.element, target.handler)) {
    case Router::lookup_no_element:
        _connection.reply(no_such_element, quoted("No element named ", name.substr(0, name.find('.')), ""));
        return false;
    case Router::lookup_no_handler:
        _connection.reply(no_such_handler, quoted("No handler named ", name, ""));
        return false;
    case Router::lookup_found:
        break;
    }
    if (target.handler->visible())
        return true;
    _connection.reply(no_such_handler, quoted("No handler named ", name, ""));
    return false;
}

bool ControlCommand::permitted(const std::string &name, Direction direction)
{
    if (direction == read || !_socket.read_only())
        return true;
    _connection.reply(permission_denied, quoted("Permission denied for ", name, ""));
    return false;
}

void ControlCommand::read_handler(const std::string &name, const String &parameter)
{
    Target target;
    if (!find(name, target))
        return;
    if (!target.handler->read_visible()) {
        _connection.reply(permission_denied, quoted("Handler ", name, " write-only"));
        return;
    }
    std::unique_ptr<ControlCall> call(new ControlCall{name, target.element, target.handler, true, parameter, {}});
    make(std::move(call));
}

void ControlCommand::write_handler(const std::string &name, const String &value)
{
    Target target;
    if (!find(name, target))
        return;
    if (!target.handler->write_visible()) {
        _connection.reply(permission_denied, quoted("Handler ", name, " read-only"));
        return;
    }
    if (!permitted(name, write))
        return;
    std::unique_ptr<ControlCall> call(new ControlCall{name, target.element, target.handler, false, value, {}});
    make(std::move(call));
}

void ControlCommand::make(std::unique_ptr<ControlCall> call)
{
    if (call->goes_beside()) {
        _socket.call_beside(_connection, std::move(call));
        return;
    }
    {
        Alone alone(_socket.master(), call->handler);
        call->run();
    }
    answer(*call);
}

void ControlCommand::answer(const ControlCall &call)
{
    const MessageLines &messages = call.messages;
    if (call.reads && messages.nerrors() > 0) {
        _connection.reply(read_error, messages.below(quoted("Read handler ", call.name, " error:")));
    } else if (call.reads) {
        _connection.reply(ok, quoted("Read handler ", call.name, " OK"));
        _connection.reply_data(call.value);
    } else if (call.result < 0 || messages.nerrors() > 0)
        _connection.reply(handler_error, messages.below(quoted("Write handler ", call.name, " error:")));
    else if (!messages.lines().empty())
        _connection.reply(ok_with_warnings, messages.below(quoted("Write handler ", call.name, " OK with warnings:")));
    else
        _connection.reply(ok, quoted("Write handler ", call.name, " OK"));
}

void ControlCommand::check(const std::string &name, Direction direction)
{
    Target target;
    if (!find(name, target))
        return;
    bool reading = direction == read;
    if (reading ? target.handler->read_visible() : target.handler->write_visible()) {
        if (permitted(name, direction))
            _connection.reply(ok, quoted(reading ? "Read handler " : "Write handler ", name, " OK"));
        return;
    }
    _connection.reply(no_such_handler, quoted("Handler ", name, reading ? " not readable" : " not writable"));
}

// Data that holds no pointers may come from another process.
void ControlCommand::llrpc(const std::string &name, const String &data)
{
    size_t hash = name.find('#');
    unsigned command;
    if (hash == std::string::npos || !IntArg(16).parse(to_click(name.substr(hash + 1)), command))
        return _connection.reply(syntax_error, quoted("Syntax error in LLRPC name ", name, ""));
    Target target;
    if (!find(name.substr(0, hash) + ".name", target))
        return;
    unsigned size = CLICK_LLRPC_SIZE(command);
    bool takes = command & CLICK_LLRPC_IN, gives = command & CLICK_LLRPC_OUT;
    if (size == 0 || (!takes && !gives) || !(command & CLICK_LLRPC_FLAT) || _socket.proxy())
        return _connection.reply(unimplemented, quoted("Cannot call LLRPC ", name, " remotely"));
    if (!permitted(name, write))
        return;
    if (takes && static_cast<unsigned>(data.length()) != size)
        return _connection.reply(llrpc_error, quoted("LLRPC ", name, " requires " + std::to_string(size) + " bytes input data"));
    String buffer = takes ? data : String::make_fill(0, static_cast<int>(size));
    Alone alone(_socket.master(), target.handler);
    if (int result = target.element->llrpc(command, buffer.mutable_data()); result < 0)
        return _connection.reply(llrpc_error, quoted("LLRPC ", name, std::string(" error: ") + std::strerror(-result)));
    _connection.reply(ok, quoted("LLRPC ", name, " OK"));
    _connection.reply_data(gives ? buffer : String());
}

void ControlCommand::quit(const ControlConnection::Command &command)
{
    if (!command.handler.empty())
        _connection.reply(syntax_error, "Bad command syntax");
    _connection.reply(ok, "Goodbye!");
    _connection.finish();
}

void ControlCommand::help()
{
    _connection.reply(ok, std::vector<std::string>{
        "Commands supported:",
        "READ handler [arguments]        value of a read handler",
        "READDATA handler n              the same; arguments are the next n bytes",
        "READUNTIL handler [terminator]  the same; arguments are the lines up to terminator",
        "WRITE handler [data]            call a write handler",
        "WRITEDATA handler n             the same; data is the next n bytes",
        "WRITEUNTIL handler [terminator] the same; data is the lines up to terminator",
        "CHECKREAD handler               whether a read handler exists",
        "CHECKWRITE handler              whether a write handler exists",
        "LLRPC element#command [n]       call an element's LLRPC with n bytes",
        "QUIT                            close the connection",
    });
}

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/handlercall.hh>
#include <click/router.hh>
#include "runtime/elements/control/script.hh"
#include "runtime/elements/control/scripttext.hh"
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

namespace {

// The handlers that need the element; the others are script_function()'s.
bool is_own(const Handler *handler, const char *name)
{
    return handler->name() == name;
}

int read_file(const String &name, String &result, ErrorHandler *errh)
{
    std::ifstream file(name.c_str(), std::ios::binary);
    if (!file)
        return errh->error("%s: %s", name.c_str(), std::strerror(errno));
    std::ostringstream text;
    text << file.rdbuf();
    result = String(text.str().data(), static_cast<int>(text.str().size()));
    return 0;
}

int send_signal(const String &text, ErrorHandler *errh)
{
    Vector<String> words;
    cp_spacevec(text, words);
    int signo, pid;
    if (words.size() != 2 || !IntArg().parse(words[0], signo) || !IntArg().parse(words[1], pid))
        return errh->error("kill: expected SIGNAL PID");
    return ::kill(pid, signo) < 0 ? errh->error("kill: %s", std::strerror(errno)) : 0;
}

bool looks_up(const String &description, const Element *context, int operation)
{
    HandlerCall call(description);
    return call.initialize(operation, context, ErrorHandler::silent_handler()) >= 0;
}

}  // namespace

int Script::step_command(const String &text, ErrorHandler *errh)
{
    String rest = text;
    String word = cp_shift_spacevec(rest);
    if (word == "goto") {
        Outcome outcome = Outcome::ended;
        if (jump(cp_shift_spacevec(rest), outcome) <= 0)
            return finished(outcome), 0;
        _waiting = false;
        _timer.unschedule();
        finished(run(Cause::start, errh));
        return 0;
    }
    if (word == "router") {
        step_router(errh);
        return 0;
    }
    int count = 1;
    if (word && !IntArg().parse(word, count))
        return errh->error("step: expected %<router%>, %<goto LABEL%> or a number, found %<%s%>", word.c_str());
    for (; count > 0; --count)
        finished(run(_started ? Cause::step : Cause::start, errh));
    return 0;
}

int Script::control_handler(int operation, String &data, Element *element, const Handler *handler, ErrorHandler *errh)
{
    auto *script = static_cast<Script *>(element);
    if (is_own(handler, "step"))
        return script->step_command(data, errh);
    if (is_own(handler, "goto"))
        return script->step_command("goto " + data, errh);
    script->set_arguments(data);
    script->set_variable("write", operation == Handler::f_write ? "true" : "false");
    Outcome outcome = script->run_from_start(errh);
    script->finished(outcome);
    if (operation == Handler::f_read)
        data = script->_result;
    return outcome == Outcome::failed ? -1 : 0;
}

int Script::variable_handler(int operation, String &data, Element *element, const Handler *handler, ErrorHandler *errh)
{
    auto *script = static_cast<Script *>(element);
    if (operation == Handler::f_write) {
        String name = cp_shift_spacevec(data);
        script->set_variable(name, data);
        return 0;
    }
    String name = is_own(handler, "get") ? cp_unquote(data) : handler->name();
    if (is_own(handler, "shift")) {
        String rest = script->_arguments;
        data = cp_shift_spacevec(rest);
        script->set_arguments(rest);
        return 0;
    }
    bool found;
    String value = script->variable(name, found);
    if (!found)
        return errh->error("undefined variable %<%s%>", name.c_str());
    data = value;
    return 0;
}

int Script::function_handler(int operation, String &data, Element *element, const Handler *handler, ErrorHandler *errh)
{
    auto *script = static_cast<Script *>(element);
    if (operation == Handler::f_write)
        return send_signal(data, errh);
    if (is_own(handler, "readable") || is_own(handler, "writable")) {
        bool reading = is_own(handler, "readable");
        data = looks_up(cp_unquote(data), script, reading ? HandlerCall::OP_READ : HandlerCall::OP_WRITE) ? "true" : "false";
        return 0;
    }
    if (is_own(handler, "cat") || is_own(handler, "catq")) {
        String text;
        if (read_file(cp_unquote(data), text, errh) < 0)
            return -1;
        data = is_own(handler, "cat") ? text : cp_quote(text);
        return 0;
    }
    String result;
    if (!script_function(handler->name(), data, result, errh))
        return -1;
    data = result;
    return 0;
}

// Asked for a handler that the script does not have, TYPE PROXY runs with its name in $0 and the text in $args.
int Script::proxy_handler(int operation, String &data, Element *element, const Handler *handler, ErrorHandler *errh)
{
    auto *script = static_cast<Script *>(element);
    script->set_variable("0", handler->name());
    return control_handler(operation, data, element, handler, errh);
}

void Script::add_handlers()
{
    set_handler("step", Handler::f_write, control_handler);
    set_handler("goto", Handler::f_write, control_handler);
    set_handler("run", Handler::f_read | Handler::f_read_param | Handler::f_write, control_handler);
    set_handler("get", Handler::f_read | Handler::f_read_param, variable_handler);
    set_handler("set", Handler::f_write, variable_handler);
    set_handler("shift", Handler::f_read | Handler::f_read_param, variable_handler);
    if (_type == type_proxy)
        set_handler("*", Handler::f_read | Handler::f_read_param | Handler::f_write, proxy_handler);
    for (const char *const *name = script_function_names(); *name; ++name)
        set_handler(*name, Handler::f_read | Handler::f_read_param, function_handler);
    for (const char *name : {"readable", "writable"})
        set_handler(name, Handler::f_read | Handler::f_read_param, function_handler);
    for (const char *name : {"cat", "catq"})
        set_handler(name, Handler::f_read | Handler::f_read_param | Handler::f_read_private, function_handler);
    set_handler("kill", Handler::f_write | Handler::f_write_private, function_handler);
    for (const Instruction &instruction : _program) {
        if (instruction.op != op_export)
            continue;
        Vector<String> names;
        cp_spacevec(instruction.text, names);
        for (const String &name : names)
            set_handler(name, Handler::f_read, variable_handler);
    }
}

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

int send_signals(String text, ErrorHandler *errh)
{
    int signo = script_signal(cp_shift_spacevec(text));
    if (signo < 0)
        return errh->error("bad SIGNO");
    while (String word = cp_shift_spacevec(text)) {
        int pid;
        if (!IntArg().parse(word, pid))
            return errh->error("bad PID");
        if (::kill(pid, signo) < 0)
            return errh->error("kill(%d, %d): %s", pid, signo, std::strerror(errno));
    }
    return 0;
}

bool looks_up(const String &description, const Element *context, int operation)
{
    HandlerCall call(description);
    return call.initialize(operation, context, ErrorHandler::silent_handler()) >= 0;
}

}  // namespace

// Sets the script up for what a handler asks. Negative, with an error, when it cannot be.
int Script::prepare(const Handler *handler, const String &text, Run &run)
{
    String data = cp_uncomment(text);
    if (is_own(handler, "goto")) {
        Instruction jump;
        if (!find_label(data, jump) || jump.leaves)
            return run.errh->error("jump to nonexistent label");
        _timer.unschedule();
        go_to(jump.target, _program.size());
    } else if (!is_own(handler, "step")) {
        if (_running)
            return run.errh->error("script runs already");
        _timer.unschedule();
        go_to(0, _program.size());
        _arguments = text;
    } else if (data == "router") {
        run.steps = 1;
        run.for_router = true;
    } else {
        run.steps = 1;
        if (data && !IntArg().parse(data, run.steps))
            return run.errh->error("syntax error");
    }
    return 0;
}

int Script::control_handler(int operation, String &data, Element *element, const Handler *handler, ErrorHandler *errh)
{
    auto *script = static_cast<Script *>(element);
    std::lock_guard guard(_lock);
    Run run{0, false, errh};
    if (script->prepare(handler, data, run) < 0)
        return -1;
    if (script->_running) {
        // The script called its own handler: that run goes on where this one has put it.
        script->_running->steps += run.steps;
        data = String();
        return 0;
    }
    script->_handler_name = handler->name();
    script->_written = operation == Handler::f_write;
    script->_running = &run;
    script->run(run);
    script->_running = nullptr;
    int result = script->finish(&data);
    script->_handler_name = String();
    script->_written = false;
    return result;
}

String *Script::find_variable(const String &name)
{
    if (name == "args")
        return &_arguments;
    auto found = _variables.find(name);
    return found == _variables.end() ? nullptr : &found->second;
}

int Script::variable_handler(int operation, String &data, Element *element, const Handler *handler, ErrorHandler *errh)
{
    auto *script = static_cast<Script *>(element);
    std::lock_guard guard(_lock);
    bool exported = !is_own(handler, "get") && !is_own(handler, "set") && !is_own(handler, "shift");
    String name = exported ? handler->name() : cp_shift_spacevec(data);
    if (!name && is_own(handler, "shift"))
        name = "args";
    if (!name)
        return errh->error("no variable");
    if (operation == Handler::f_write) {
        if (name == "args")
            script->_arguments = data;
        else
            script->_variables[name] = data;
        return 0;
    }
    if (data && !exported)
        return errh->error("too many arguments");
    String *value = script->find_variable(name);
    if (!value)
        return errh->error("undefined variable %<%s%>", name.c_str());
    data = is_own(handler, "shift") ? cp_shift_spacevec(*value) : *value;
    return 0;
}

int Script::function_handler(int operation, String &data, Element *element, const Handler *handler, ErrorHandler *errh)
{
    auto *script = static_cast<Script *>(element);
    (void) operation;
    if (is_own(handler, "kill"))
        return send_signals(data, errh);
    if (is_own(handler, "readable") || is_own(handler, "writable")) {
        int reading = is_own(handler, "readable") ? HandlerCall::OP_READ : HandlerCall::OP_WRITE;
        bool all = true;
        while (String name = cp_shift_spacevec(data))
            all = looks_up(name, script, reading) && all;
        data = all ? "true" : "false";
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

// Asked for a handler that it does not have, TYPE PROXY has it from then on: the script, with the name in $0.
int Script::make_handler(const String &name, Element *element, void *, ErrorHandler *)
{
    auto *script = static_cast<Script *>(element);
    script->set_handler(name, Handler::f_read | Handler::f_read_param | Handler::f_write, control_handler);
    return 0;
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
        add_write_handler("*", make_handler, 0);
    for (const char *const *name = script_function_names(); *name; ++name)
        set_handler(*name, Handler::f_read | Handler::f_read_param, function_handler);
    for (const char *name : {"readable", "writable"})
        set_handler(name, Handler::f_read | Handler::f_read_param, function_handler);
    for (const char *name : {"cat", "catq"})
        set_handler(name, Handler::f_read | Handler::f_read_param | Handler::f_read_private, function_handler);
    set_handler("kill", Handler::f_read | Handler::f_read_param | Handler::f_read_private, function_handler);
    for (const Instruction &instruction : _program) {
        if (instruction.op == op_export)
            set_handler(instruction.variable, Handler::f_read, variable_handler);
    }
}

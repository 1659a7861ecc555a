// SPDX-License-Identifier: Apache-2.0
// What the instructions of a script do.
#include <click/config.h>
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/handlercall.hh>
#include <click/router.hh>
#include "runtime/elements/control/script.hh"
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <unistd.h>

namespace {

typedef std::unique_ptr<FILE, int (*)(FILE *)> File;

// Text that is to be printed names a handler when it begins like a name.
bool names_handler(const String &text)
{
    unsigned char first = text ? static_cast<unsigned char>(text[0]) : 0;
    return std::isalpha(first) || first == '@' || first == '_';
}

void write_file(const String &text, const String &file, bool append, ErrorHandler *errh)
{
    bool standard = !file || file == "-";
    File opened(standard ? nullptr : std::fopen(file.c_str(), append ? "ab" : "wb"), std::fclose);
    FILE *stream = standard ? stdout : opened.get();
    if (!stream) {
        errh->error("%s: %s", file.c_str(), std::strerror(errno));
        return;
    }
    std::fwrite(text.data(), 1, static_cast<size_t>(text.length()), stream);
    std::fflush(stream);
}

}  // namespace

// What `$` forms mean inside a script.
class Script::Variables : public VariableExpander {
  public:
    Variables(const Script *script, ErrorHandler *errh) : _script(script), _errh(errh) {}

    int expand(const String &name, String &expansion, int type, int) const override
    {
        if (type != '(')
            return _script->variable(name, expansion);
        HandlerCall call(name);
        if (call.initialize_read(_script, _errh) < 0)
            return false;
        expansion = call.call_read(_errh);
        return true;
    }

  private:
    const Script *_script;
    ErrorHandler *_errh;
};

String Script::expand(const Instruction &instruction, ErrorHandler *errh) const
{
    String text = cp_expand(instruction.text, Variables(this, errh));
    bool calls = instruction.op == op_read || instruction.op == op_write;
    return instruction.unquote && !calls ? cp_unquote(text) : text;
}

bool Script::variable(const String &name, String &value) const
{
    if (auto at = _variables.find(name); at != _variables.end()) {
        value = at->second;
        return true;
    }
    Vector<String> words;
    cp_spacevec(_arguments, words);
    int index;
    if (name == "?")
        value = String(_status);
    else if (name == "args")
        value = _arguments;
    else if (name == "$")
        value = String(static_cast<int>(getpid()));
    else if (name == "0")
        value = _handler_name;
    else if (name == "#")
        value = String(words.size());
    else if (name == "write")
        value = _written ? "true" : "false";
    else if (name && std::isdigit(static_cast<unsigned char>(name[0])) && IntArg().parse(name, index))
        value = index <= words.size() ? words[index - 1] : String();
    else
        return false;
    return true;
}

void Script::execute(size_t here, Run &run)
{
    Instruction &instruction = _program[here];
    switch (instruction.op) {
    case op_initial:
        run.steps -= std::exchange(instruction.count, 0);
        return;
    case op_wait_step:
        return execute_wait_step(instruction, run);
    case op_wait_time:
        return execute_wait_time(instruction, run);
    case op_set:
    case op_return:
        return execute_set(here, run);
    case op_print:
    case op_printn:
        return execute_print(instruction, run.errh);
    case op_save:
    case op_append:
        return execute_save(instruction, run.errh);
    case op_read:
    case op_write:
        return execute_call(instruction, run.errh);
    case op_goto:
        return execute_goto(here, run);
    case op_init:
    case op_export:
    case op_label:
        return;
    case op_error:
        if (String message = expand(instruction, run.errh))
            run.errh->error("%.*s", message.length(), message.data());
        break;
    case op_stop:
        if (!run.for_router)
            router()->adjust_runcount(-1);
        break;
    case op_end:
    case op_exit:
        break;
    }
    run.state = Run::over;
}

void Script::execute_wait_step(Instruction &instruction, Run &run)
{
    int taken = std::min(run.steps, instruction.count - instruction.taken);
    instruction.taken += taken;
    run.steps -= taken;
    if (instruction.taken < instruction.count)
        run.state = Run::paused;
}

void Script::execute_wait_time(const Instruction &instruction, Run &run)
{
    if (run.steps > 0) {
        --run.steps;
        _timer.unschedule();
        return;
    }
    Timestamp time;
    if (cp_time(expand(instruction, run.errh), &time)) {
        _timer.schedule_after(time);
        run.state = Run::paused;
        return;
    }
    run.errh->error("syntax error at %<wait%>");
    run.state = Run::over;
}

// A jump back makes the waits that it passes over wait anew.
void Script::go_to(size_t target, size_t before)
{
    for (size_t i = target; i < before; ++i)
        _program[i].taken = 0;
    _at = target;
}

void Script::execute_goto(size_t here, Run &run)
{
    const Instruction &instruction = _program[here];
    String text = expand(instruction, run.errh);
    bool condition = true;
    if (text && !BoolArg().parse(text, condition))
        run.errh->error("bad condition %<%s%>", text.c_str());
    else if (condition && instruction.leaves) {
        run.state = Run::over;
        if (instruction.leave == op_stop && !run.for_router)
            router()->adjust_runcount(-1);
    } else if (condition)
        go_to(instruction.target, here);
}

void Script::execute_set(size_t here, Run &run)
{
    String value = expand(_program[here], run.errh);
    _variables[_program[here].variable] = value;
    // Unless what was called on the way went elsewhere.
    if (_program[here].op == op_return && _at == here + 1)
        run.state = Run::over;
}

String Script::print_value(const Instruction &instruction, const String &text, ErrorHandler *errh) const
{
    Variables variables(this, errh);
    if (!names_handler(text))
        return cp_unquote(cp_expand(text, variables, true));
    HandlerCall call(cp_expand(text, variables));
    int flags = HandlerCall::OP_READ | (instruction.unquote ? HandlerCall::UNQUOTE_PARAM : 0);
    if (call.initialize(flags, this, errh) < 0)
        return String();
    ContextErrorHandler cerrh(errh, "While calling %<%s%>:", call.unparse().c_str());
    return call.call_read(&cerrh);
}

void Script::execute_print(const Instruction &instruction, ErrorHandler *errh)
{
    String text = instruction.text, file;
    bool append = text.starts_with(">>", 2);
    if (text.starts_with(">", 1)) {
        text = text.substring(append ? 2 : 1);
        file = cp_unquote(cp_expand(cp_shift_spacevec(text), Variables(this, errh)));
    }
    int errors = errh->nerrors();
    String value = print_value(instruction, text, errh);
    if (errh->nerrors() == errors && instruction.op == op_print && (!value || value.back() != '\n'))
        value += "\n";
    write_file(value, file, append, errh);
}

// The same as `print >FILE HANDLER`.
void Script::execute_save(const Instruction &instruction, ErrorHandler *errh)
{
    Instruction print;
    String file = instruction.text;
    String handler = cp_shift_spacevec(file);
    print.op = op_print;
    print.text = String(instruction.op == op_append ? ">>" : ">") + (file ? file : String("-")) + " " + handler;
    execute_print(print, errh);
}

void Script::execute_call(const Instruction &instruction, ErrorHandler *errh)
{
    bool reads = instruction.op == op_read;
    HandlerCall call(expand(instruction, errh));
    int flags = (reads ? HandlerCall::OP_READ : HandlerCall::OP_WRITE) | (instruction.unquote ? HandlerCall::UNQUOTE_PARAM : 0);
    if (call.initialize(flags, this, errh) < 0)
        return;
    ContextErrorHandler cerrh(errh, "While calling %<%s%>:", call.unparse().c_str());
    if (!reads) {
        _status = call.call_write(&cerrh);
        return;
    }
    String value = call.call_read(&cerrh);
    String name = call.handler()->unparse_name(call.element());
    ErrorHandler::default_handler()->message("%s:\n%.*s\n", name.c_str(), value.length(), value.data());
}

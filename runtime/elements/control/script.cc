// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/elements/control/script.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/handlercall.hh>
#include <click/master.hh>
#include <click/router.hh>
#include <click/straccum.hh>
#include "runtime/elements/control/scripttext.hh"
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <unistd.h>
#include <utility>

namespace {

constexpr int max_jumps = 1000;

}  // namespace

// What `$` forms mean inside a script.
class Script::Variables : public VariableExpander {
  public:
    Variables(const Script *script, ErrorHandler *errh) : _script(script), _errh(errh) {}

    int expand(const String &name, String &expansion, int type, int) const override
    {
        if (type == '(') {
            expansion = _script->call_read(cp_expand(name, *this), _errh);
            return true;
        }
        bool found;
        expansion = _script->variable(name, found);
        return found;
    }

  private:
    const Script *_script;
    ErrorHandler *_errh;
};

Script::Script() : _timer(this) {}

Script::~Script() = default;

int Script::initialize(ErrorHandler *errh)
{
    _timer.initialize(this);
    if (check_labels(errh) < 0)
        return -1;
    if (_type == type_driver) {
        void *&attached = router()->force_attachment("Script");
        if (attached)
            return errh->error("router has more than one driver script");
        attached = static_cast<DriverScript *>(this);
    }
    for (int signo : _signals)
        if (master()->add_signal_handler(signo, router(), name() + ".run") < 0)
            return errh->error("cannot catch signal %d", signo);
    if (_type == type_active || _type == type_driver)
        _timer.schedule_now();
    return 0;
}

void Script::cleanup(CleanupStage)
{
    if (router()->attachment("Script") == static_cast<DriverScript *>(this))
        router()->set_attachment("Script", nullptr);
    for (int signo : _signals)
        master()->remove_signal_handler(signo, router(), name() + ".run");
}

// False when the wait is not over yet.
bool Script::resume(Cause cause)
{
    if (cause == Cause::start || !_waiting)
        return true;
    const Instruction &instruction = _program[_at];
    if (instruction.op == op_wait_stop && (cause == Cause::timer || --_waits_left > 0))
        return false;
    _waiting = false;
    _timer.unschedule();
    ++_at;
    return true;
}

// Runs until the script waits or ends. `_at` is where it goes on.
Script::Outcome Script::run(Cause cause, ErrorHandler *errh)
{
    if (!resume(cause))
        return Outcome::waiting;
    ContextErrorHandler cerrh(errh, "While executing %<%p{element}%>:", this);
    Outcome outcome = Outcome::ended;
    for (int jumps = 0; _at < _program.size();) {
        size_t here = _at++;
        bool go_on = execute(_program[here], &cerrh, outcome);
        if (outcome == Outcome::waiting)
            _at = here;
        if (!go_on)
            return outcome;
        if (_at != here + 1 && ++jumps >= max_jumps) {
            errh->error("%p{element}: too many jumps, giving up", this);
            _at = _program.size();
            return Outcome::failed;
        }
    }
    return Outcome::ended;
}

Script::Outcome Script::run_from_start(ErrorHandler *errh)
{
    if (_running) {
        errh->error("script calls itself");
        return Outcome::failed;
    }
    _running = _started = true;
    _at = 0;
    _waiting = false;
    _result = String();
    Outcome outcome = run(Cause::start, errh);
    _running = false;
    return outcome;
}

void Script::finished(Outcome outcome)
{
    if (outcome == Outcome::stopped)
        router()->please_stop_driver();
}

void Script::run_timer(Timer *)
{
    _started = true;
    Outcome outcome = run(_waiting ? Cause::timer : Cause::start, ErrorHandler::default_handler());
    if (outcome == Outcome::waiting)
        return;
    // A driver script's end is the router's: step_router() finds nothing left to do.
    if (_type == type_driver && outcome != Outcome::exited)
        router()->set_runcount(0);
    else
        finished(outcome);
}

// A stop request costs the router one of its runs; going on gives it back.
bool Script::step_router(ErrorHandler *errh)
{
    if (!_started) {
        _timer.unschedule();
        run_timer(&_timer);
    }
    if (!_waiting)
        return false;
    router()->adjust_runcount(1);
    Outcome outcome = run(Cause::stop_request, errh);
    if (outcome != Outcome::waiting && outcome != Outcome::exited)
        router()->set_runcount(0);
    return outcome == Outcome::waiting || outcome == Outcome::exited;
}

bool Script::execute(Instruction &instruction, ErrorHandler *errh, Outcome &outcome)
{
    switch (instruction.op) {
    case op_init:
        if (std::exchange(instruction.done, true))
            return true;
        [[fallthrough]];
    case op_set: {
        String value = expand(instruction, errh);
        String name = cp_shift_spacevec(value);
        set_variable(name, value);
        return true;
    }
    case op_print:
    case op_printn:
        execute_print(instruction, errh);
        return true;
    case op_read: {
        String description = expand(instruction, errh);
        String value = call_read(description, errh);
        std::string text = std::string(cp_shift_spacevec(description).c_str()) + ":\n" + std::string(value.data(), value.length());
        std::fprintf(stderr, "%s\n", text.c_str());
        return true;
    }
    case op_write:
        _status = call_write(expand(instruction, errh), errh);
        return true;
    case op_save:
    case op_append:
        execute_save(instruction, errh);
        return true;
    case op_wait_stop:
    case op_wait_for:
    case op_wait_time:
        if (!execute_wait(instruction))
            return true;
        outcome = Outcome::waiting;
        return false;
    case op_goto:
        return execute_goto(instruction, errh, outcome);
    case op_label:
    case op_export:
        return true;
    case op_return:
        _result = expand(instruction, errh);
        outcome = Outcome::returned;
        break;
    case op_error:
        errh->error("%s", cp_unquote(expand(instruction, errh)).c_str());
        outcome = Outcome::failed;
        break;
    case op_end:
        outcome = Outcome::ended;
        break;
    case op_exit:
        outcome = Outcome::exited;
        break;
    case op_stop:
        outcome = Outcome::stopped;
        break;
    }
    _at = _program.size();
    return false;
}

// False when there is nothing to wait for.
bool Script::execute_wait(const Instruction &instruction)
{
    if (instruction.op == op_wait_stop) {
        if (instruction.count <= 0)
            return false;
        _waits_left = instruction.count;
    } else {
        ErrorHandler *errh = ErrorHandler::default_handler();
        Timestamp when;
        if (!cp_time(expand(instruction, errh), &when)) {
            errh->error("%p{element}: wait: expected a time", this);
            return false;
        }
        if (instruction.op == op_wait_for)
            _timer.schedule_after(when);
        else
            _timer.schedule_at(when);
    }
    _waiting = true;
    return true;
}

int Script::jump(const String &label, Outcome &outcome)
{
    for (size_t i = 0; i < _program.size(); ++i)
        if (_program[i].op == op_label && _program[i].text == label) {
            _at = i;
            return 1;
        }
    if (label == "begin" || label == "loop") {
        _at = 0;
        return 1;
    }
    outcome = label == "exit" ? Outcome::exited
        : label == "stop"     ? Outcome::stopped
        : label == "error"    ? Outcome::failed
        : label == "return"   ? Outcome::returned
                              : Outcome::ended;
    _at = _program.size();
    return 0;
}

bool Script::execute_goto(const Instruction &instruction, ErrorHandler *errh, Outcome &outcome)
{
    String text = expand(instruction, errh);
    String label = cp_shift_spacevec(text);
    bool condition = true;
    if (text && !BoolArg().parse(cp_unquote(text), condition)) {
        errh->error("goto: bad condition %<%s%>", text.c_str());
        return true;
    }
    return !condition || jump(label, outcome) > 0;
}

void Script::execute_print(const Instruction &instruction, ErrorHandler *errh)
{
    String text = expand(instruction, errh);
    String file = "-";
    bool append = false;
    if (text.starts_with(">", 1)) {
        append = text.starts_with(">>", 2);
        text = text.substring(append ? 2 : 1);
        file = cp_shift_spacevec(text);
    }
    // As written: what a variable or a call yields is text, though it may look like a handler's name.
    String written = instruction.text;
    if (written.starts_with(">", 1))
        cp_shift_spacevec(written);
    unsigned char first = written ? static_cast<unsigned char>(written[0]) : 0;
    bool is_handler = !instruction.unquote && (std::isalpha(first) || first == '@' || first == '_');
    int errors = errh->nerrors();
    String value = is_handler ? call_read(text, errh) : cp_unquote(text);
    if (errh->nerrors() > errors)
        return;
    if (instruction.op == op_print && (!value || value.back() != '\n'))
        value += "\n";
    write_file(value, file, append, errh);
}

void Script::execute_save(const Instruction &instruction, ErrorHandler *errh)
{
    String text = expand(instruction, errh);
    String description = cp_shift_spacevec(text);
    String file = cp_unquote(text);
    write_file(call_read(description, errh), file ? file : String("-"), instruction.op == op_append, errh);
}

void Script::write_file(const String &text, String file, bool append, ErrorHandler *errh)
{
    bool standard = file == "-";
    std::unique_ptr<FILE, int (*)(FILE *)> opened(nullptr, std::fclose);
    if (!standard)
        opened.reset(std::fopen(file.c_str(), append ? "ab" : "wb"));
    FILE *stream = standard ? stdout : opened.get();
    if (!stream) {
        errh->error("%s: %s", file.c_str(), std::strerror(errno));
        return;
    }
    std::fwrite(text.data(), 1, static_cast<size_t>(text.length()), stream);
    std::fflush(stream);
}

String Script::expand(const Instruction &instruction, ErrorHandler *errh) const
{
    String text = cp_expand(instruction.text, Variables(this, errh));
    return instruction.unquote ? cp_unquote(text) : text;
}

// A name without a dot that the router does not know may be one of this script's functions.
String Script::call_read(const String &description, ErrorHandler *errh) const
{
    String rest = description;
    String name = cp_shift_spacevec(rest);
    const Handler *own = name.find_left('.') < 0 ? Router::handler(this, name) : nullptr;
    if (own && own->readable())
        return own->call_read(const_cast<Script *>(this), rest, errh);
    return HandlerCall::call_read(description, this, errh);
}

int Script::call_write(const String &description, ErrorHandler *errh)
{
    String rest = description;
    String name = cp_shift_spacevec(rest);
    const Handler *own = name.find_left('.') < 0 ? Router::handler(this, name) : nullptr;
    if (own && own->writable())
        return own->call_write(rest, this, errh);
    return HandlerCall::call_write(description, this, errh);
}

String Script::variable(const String &name, bool &found) const
{
    found = true;
    if (auto at = _variables.find(name); at != _variables.end())
        return at->second;
    if (name == "?")
        return String(_status);
    if (name == "$")
        return String(static_cast<int>(getpid()));
    Vector<String> words;
    cp_spacevec(_arguments, words);
    if (name == "args")
        return _arguments;
    if (name == "#")
        return String(words.size());
    int index = 0;
    if (name && std::isdigit(static_cast<unsigned char>(name[0])) && IntArg().parse(name, index) && index > 0)
        return index <= words.size() ? words[index - 1] : String();
    found = false;
    return String();
}

void Script::set_variable(const String &name, const String &value)
{
    _variables[name] = value;
}

void Script::set_arguments(const String &text)
{
    _arguments = text;
}

void Script::push(int port, Packet *packet)
{
    set_variable("input", String(port));
    Outcome outcome = run_from_start(ErrorHandler::default_handler());
    finished(outcome);
    int output = 0;
    if (outcome == Outcome::returned && !IntArg().parse(cp_unquote(_result), output))
        output = -1;
    else if (outcome != Outcome::returned && outcome != Outcome::ended)
        output = -1;
    checked_output_push(output, packet);
}

EXPORT_ELEMENT(Script)

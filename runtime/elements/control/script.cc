// SPDX-License-Identifier: Apache-2.0
// A script's life, and its runs; what the instructions do is in scriptexecute.cc.
#include <click/config.h>
#include "runtime/elements/control/script.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/master.hh>
#include <click/router.hh>

namespace {

constexpr int max_jumps = 1000;

}  // namespace

std::recursive_mutex Script::_lock;

Script::Script() : _timer(this) {}

Script::~Script() = default;

int Script::initialize(ErrorHandler *errh)
{
    _timer.initialize(this);
    for (const Instruction &instruction : _program)
        if (instruction.op == op_init || instruction.op == op_export)
            _variables[instruction.variable] = expand(instruction, errh);
    for (int signo : _signals)
        if (master()->add_signal_handler(signo, router(), name() + ".run") < 0)
            return errh->error("cannot catch signal %d", signo);
    if (_type != type_active && _type != type_driver)
        return 0;
    if (_program[0].op == op_wait_time) {
        Run first{0, false, errh};
        execute_wait_time(_program[0], first);
        return first.state == Run::paused ? 0 : -1;
    }
    if (_program[0].op != op_initial)
        return 0;
    // A driver's first step comes in place of the first stop request.
    _program[0].count = 1;
    if (_type == type_driver)
        router()->adjust_runcount(-1);
    else
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

// Goes on until the script waits for more steps than it was given, or ends. `_at` stays at the instruction that did that.
void Script::run(Run &run)
{
    while (run.state == Run::going && _at < _program.size()) {
        // Moved before it is executed: the instruction may call this script's `goto`.
        size_t here = _at++;
        execute(here, run);
        if (run.state != Run::going)
            _at = here;
        else if (_at != here + 1 && ++run.jumps >= max_jumps) {
            ErrorHandler::default_handler()->error("%p{element}: too many jumps, giving up", this);
            _at = _program.size();
            _timer.unschedule();
        }
    }
    if (run.for_router && run.state == Run::paused)
        router()->adjust_runcount(1);
}

// What a script says when it has come to where it is: -1 for an error, 1 when the router shall stop.
int Script::ending(String *value) const
{
    Op op = _at < _program.size() ? _program[_at].op : op_exit;
    if (op == op_goto && _program[_at].leaves)
        op = _program[_at].leave;
    if (value) {
        auto result = _variables.find("_");
        *value = op == op_return && result != _variables.end() ? result->second
            : op == op_end && _type == type_packet             ? String("0")
                                                               : String();
    }
    return op == op_error ? -1 : op == op_stop ? 1 : 0;
}

int Script::finish(String *value)
{
    Op op = _at < _program.size() ? _program[_at].op : op_exit;
    if (op == op_end || (op == op_goto && _program[_at].leaves && _program[_at].leave == op_end))
        for (int signo : _signals)
            master()->add_signal_handler(signo, router(), name() + ".run");
    return ending(value);
}

void Script::run_timer(Timer *)
{
    std::lock_guard guard(_lock);
    if (_at >= _program.size() || (_program[_at].op != op_wait_time && _program[_at].op != op_initial))
        return;
    ContextErrorHandler cerrh(ErrorHandler::default_handler(), "While executing %<%p{element}%>:", this);
    Run timed{1, false, &cerrh};
    run(timed);
    finish(nullptr);
}

// A stop request costs the router one of its runs; waiting for more gives it back.
bool Script::step_router(ErrorHandler *errh)
{
    std::lock_guard guard(_lock);
    Run stepped{1, true, errh};
    run(stepped);
    return finish(nullptr) == 0;
}

// The output that a packet is for; none when negative.
int Script::run_for_packet(int port)
{
    std::lock_guard guard(_lock);
    ContextErrorHandler cerrh(ErrorHandler::default_handler(), "While executing %<%p{element}%>:", this);
    _variables["input"] = String(port);
    _at = 0;
    Run packet{0, false, &cerrh};
    run(packet);
    String value;
    finish(&value);
    int output;
    return IntArg().parse(value, output) ? output : -1;
}

void Script::push(int port, Packet *packet)
{
    checked_output_push(run_for_packet(port), packet);
}

Packet *Script::pull(int)
{
    Packet *packet = input(0).pull();
    int output = packet ? run_for_packet(0) : 0;
    if (output == 0)
        return packet;
    checked_output_push(output, packet);
    return nullptr;
}

EXPORT_ELEMENT(Script)

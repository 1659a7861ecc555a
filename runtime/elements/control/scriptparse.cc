// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/router.hh>
#include "runtime/elements/control/script.hh"
#include "runtime/elements/control/scripttext.hh"
#include <algorithm>
#include <csignal>
#include <utility>

namespace {

struct SignalName {
    const char *name;
    int number;
};
constexpr SignalName signal_names[] = {{"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"HUP", SIGHUP},   {"INT", SIGINT},
                                       {"IO", SIGIO},     {"PIPE", SIGPIPE}, {"QUIT", SIGQUIT}, {"TERM", SIGTERM},
                                       {"TSTP", SIGTSTP}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"WINCH", SIGWINCH}};

}  // namespace

int script_signal(const String &text)
{
    String name = text.upper();
    if (name.starts_with("SIG", 3))
        name = name.substring(3);
    for (const SignalName &known : signal_names)
        if (name == known.name)
            return known.number;
    int number;
    return IntArg().parse(text, number) && number > 0 && number < 32 ? number : -1;
}

int Script::configure_type(String text, ErrorHandler *errh)
{
    struct TypeName {
        const char *name;
        Type type;
    };
    static constexpr TypeName types[] = {{"ACTIVE", type_active}, {"PASSIVE", type_passive}, {"PACKET", type_packet},
                                         {"PUSH", type_packet},   {"PROXY", type_proxy},     {"DRIVER", type_driver},
                                         {"SIGNAL", type_signal}};
    String word = cp_shift_spacevec(text);
    if (!word && _type == type_unset)
        _type = ninputs() > 0 || noutputs() > 0 ? type_packet : type_active;
    if (!word)
        return 0;
    auto known = std::ranges::find_if(types, [&](const TypeName &type) { return word == type.name; });
    if (known == std::end(types) || (text && known->type != type_signal))
        return errh->error("bad TYPE");
    _type = known->type;
    if (_type != type_signal)
        return 0;
    while (String name = cp_shift_spacevec(text)) {
        int signo = script_signal(name);
        if (signo < 0)
            return errh->error("bad signal number");
        _signals.push_back(signo);
    }
    return _signals.empty() ? errh->error("bad signal number") : 0;
}

int Script::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String type;
    if (Args(this, errh).bind(conf).read("TYPE", AnyArg(), type).consume() < 0 || configure_type(type, errh) < 0)
        return -1;
    if (_type == type_driver) {
        void *&attached = router()->force_attachment("Script");
        if (attached)
            return errh->error("router has more than one driver script");
        attached = static_cast<DriverScript *>(this);
    }
    if (_type == type_packet && ninputs() == 0)
        return errh->error("PACKET script must have inputs");
    if (_type != type_packet && (ninputs() > 0 || noutputs() > 0))
        return errh->error("ports allowed only on PACKET scripts");
    int before = errh->nerrors();
    for (int i = 0; i < conf.size(); ++i)
        parse_instruction(conf[i], errh);
    resolve_labels(errh);
    Instruction last;
    if (_program.empty() && _type == type_driver) {
        last.op = op_wait_step;
        last.count = 1;
        add_instruction(last);
    }
    last.op = _type == type_driver ? op_stop : op_end;
    add_instruction(last);
    return errh->nerrors() == before ? 0 : -1;
}

// A script that does not begin with a wait begins with an instruction that makes it start at once.
void Script::add_instruction(Instruction instruction)
{
    if (_program.empty() && instruction.op != op_wait_step && instruction.op != op_wait_time) {
        Instruction initial;
        initial.op = op_initial;
        _program.push_back(initial);
    }
    _program.push_back(std::move(instruction));
}

// False when the text after an instruction's name is not what it takes.
bool Script::parse_operands(Instruction &instruction, String rest, bool is_loop)
{
    switch (instruction.op) {
    case op_wait_step:
        instruction.count = 1;
        return !rest || (IntArg().parse(rest, instruction.count) && instruction.count >= 0);
    case op_set:
    case op_init:
    case op_export:
        instruction.variable = cp_shift_spacevec(rest);
        instruction.text = rest;
        return instruction.variable && (instruction.op != op_set || rest);
    case op_return:
        instruction.variable = "_";
        instruction.text = rest;
        return true;
    case op_label:
        instruction.text = cp_shift_spacevec(rest);
        return instruction.text && !rest;
    case op_end:
    case op_exit:
    case op_stop:
        return !rest;
    default:
        instruction.text = rest;
        return !is_loop || !rest;
    }
}

int Script::parse_instruction(const String &text, ErrorHandler *errh)
{
    struct Word {
        const char *name;
        Op op;
        bool unquote;
    };
    static constexpr Word words[] = {
        {"set", op_set, false},          {"setq", op_set, true},        {"init", op_init, false},
        {"initq", op_init, true},        {"export", op_export, false},  {"exportq", op_export, true},
        {"print", op_print, false},      {"printq", op_print, true},    {"printn", op_printn, false},
        {"printnq", op_printn, true},    {"read", op_read, false},      {"readq", op_read, true},
        {"write", op_write, false},      {"writeq", op_write, true},    {"save", op_save, false},
        {"append", op_append, false},    {"label", op_label, false},    {"goto", op_goto, false},
        {"loop", op_goto, false},        {"end", op_end, false},        {"exit", op_exit, false},
        {"stop", op_stop, false},        {"return", op_return, false},  {"returnq", op_return, true},
        {"error", op_error, false},      {"errorq", op_error, true},    {"wait_for", op_wait_time, false},
        {"wait_time", op_wait_time, false}, {"pause", op_wait_step, false}, {"wait_stop", op_wait_step, false},
        {"wait_step", op_wait_step, false},
    };
    String rest = text;
    String name = cp_shift_spacevec(rest);
    if (!name)
        return 0;
    Instruction instruction;
    if (name == "wait")
        instruction.op = rest ? op_wait_time : op_wait_step;
    else if (auto word = std::ranges::find_if(words, [&](const Word &w) { return name == w.name; }); word != std::end(words)) {
        instruction.op = word->op;
        instruction.unquote = word->unquote;
    } else
        return errh->error("syntax error at %<%s%>", name.c_str());
    if (!parse_operands(instruction, rest, name == "loop"))
        return errh->error("syntax error at %<%s%>", name.c_str());
    add_instruction(std::move(instruction));
    return 0;
}

// The labels of the script come first, then those that every script has.
bool Script::find_label(const String &label, Instruction &jump) const
{
    for (size_t i = 0; i < _program.size(); ++i)
        if (_program[i].op == op_label && _program[i].text == label) {
            jump.target = i;
            return true;
        }
    static constexpr std::pair<const char *, Op> leaving[] = {
        {"end", op_end}, {"exit", op_exit}, {"stop", op_stop}, {"error", op_error}, {"return", op_return}};
    for (const auto &[name, op] : leaving)
        if (label == name) {
            jump.leaves = true;
            jump.leave = op;
            return true;
        }
    jump.target = 0;
    return label == "begin" || label == "loop";
}

int Script::resolve_labels(ErrorHandler *errh)
{
    int result = 0;
    for (Instruction &instruction : _program) {
        if (instruction.op != op_goto)
            continue;
        String label = cp_shift_spacevec(instruction.text);
        if (label && !find_label(label, instruction))
            result = errh->error("no such label %<%s%>", label.c_str());
    }
    return result;
}

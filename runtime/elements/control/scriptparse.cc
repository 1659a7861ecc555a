// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include "runtime/elements/control/script.hh"
#include <algorithm>
#include <csignal>

namespace {

constexpr const char *built_in_labels[] = {"begin", "loop", "end", "exit", "stop", "error", "return"};

struct SignalName {
    const char *name;
    int number;
};
constexpr SignalName signal_names[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"USR1", SIGUSR1},
                                       {"USR2", SIGUSR2}, {"TERM", SIGTERM}, {"ALRM", SIGALRM}, {"WINCH", SIGWINCH}};

int signal_number(const String &text)
{
    String name = text.upper();
    if (name.starts_with("SIG", 3))
        name = name.substring(3);
    for (const SignalName &known : signal_names)
        if (name == known.name)
            return known.number;
    int number;
    return IntArg().parse(text, number) ? number : -1;
}

}  // namespace

int Script::configure_type(Vector<String> &conf, ErrorHandler *errh)
{
    String text;
    if (ninputs() > 0 || noutputs() > 0)
        _type = type_packet;
    if (conf.size() == 0)
        return 0;
    String first = conf[0];
    if (cp_shift_spacevec(first).upper() != "TYPE")
        return 0;
    conf.erase(conf.begin());
    String type = cp_shift_spacevec(first).upper();
    if (type == "ACTIVE")
        _type = type_active;
    else if (type == "PASSIVE")
        _type = type_passive;
    else if (type == "PACKET" || type == "PUSH")
        _type = type_packet;
    else if (type == "PROXY")
        _type = type_proxy;
    else if (type == "DRIVER")
        _type = type_driver;
    else if (type == "SIGNAL")
        _type = type_signal;
    else
        return errh->error("bad TYPE %<%s%>; expected ACTIVE, PASSIVE, PACKET, PROXY, DRIVER or SIGNAL", type.c_str());
    while (_type == type_signal && first) {
        String word = cp_shift_spacevec(first);
        int number = signal_number(word);
        if (number <= 0)
            return errh->error("unknown signal %<%s%>", word.c_str());
        _signals.push_back(number);
    }
    if (_type == type_signal && _signals.empty())
        return errh->error("TYPE SIGNAL needs the names of signals");
    return 0;
}

int Script::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Vector<String> instructions(conf);
    if (configure_type(instructions, errh) < 0)
        return -1;
    if (_type != type_packet && (ninputs() > 0 || noutputs() > 0))
        return errh->error("only TYPE PACKET scripts have ports");
    return configure_instructions(instructions, errh);
}

int Script::configure_instructions(const Vector<String> &conf, ErrorHandler *errh)
{
    int before = errh->nerrors();
    for (int i = 0; i < conf.size(); ++i)
        if (conf[i])
            parse_instruction(conf[i], errh);
    return errh->nerrors() == before ? 0 : -1;
}

int Script::parse_wait(Op op, const String &argument, Instruction &instruction, ErrorHandler *errh)
{
    instruction.op = op;
    instruction.text = argument;
    if (op != op_wait_stop)
        return argument ? 0 : errh->error("wait: expected a time");
    instruction.count = 1;
    if (argument && !IntArg().parse(argument, instruction.count))
        return errh->error("wait: expected how many stop requests to wait for, found %<%s%>", argument.c_str());
    return 0;
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
        {"end", op_end, false},          {"exit", op_exit, false},      {"stop", op_stop, false},
        {"return", op_return, false},    {"returnq", op_return, true},  {"error", op_error, false},
        {"errorq", op_error, true},      {"wait_for", op_wait_for, false}, {"wait_time", op_wait_time, false},
        {"pause", op_wait_stop, false},  {"wait_stop", op_wait_stop, false}, {"wait_step", op_wait_stop, false},
        {"wait_pause", op_wait_stop, false},
    };
    String rest = text;
    String name = cp_shift_spacevec(rest);
    Instruction instruction;
    if (name == "wait") {
        if (parse_wait(rest ? op_wait_for : op_wait_stop, rest, instruction, errh) < 0)
            return -1;
    } else if (name == "loop") {
        instruction.op = op_goto;
        instruction.text = rest ? "loop " + rest : String("loop");
    } else {
        auto word = std::ranges::find_if(words, [&](const Word &known) { return name == known.name; });
        if (word == std::end(words))
            return errh->error("unknown instruction %<%s%>", name.c_str());
        instruction.op = word->op;
        instruction.unquote = word->unquote;
        instruction.text = rest;
        bool is_wait = word->op == op_wait_stop || word->op == op_wait_for || word->op == op_wait_time;
        if (is_wait && parse_wait(word->op, rest, instruction, errh) < 0)
            return -1;
        bool needs_text = word->op <= op_append || word->op == op_label || word->op == op_goto;
        if (needs_text && !rest)
            return errh->error("%s: argument missing", name.c_str());
    }
    _program.push_back(std::move(instruction));
    return 0;
}

int Script::check_labels(ErrorHandler *errh) const
{
    int result = 0;
    for (const Instruction &instruction : _program) {
        if (instruction.op != op_goto || instruction.text.find_left('$') >= 0)
            continue;
        String rest = instruction.text;
        String label = cp_shift_spacevec(rest);
        bool known = std::ranges::any_of(built_in_labels, [&](const char *name) { return label == name; })
            || std::ranges::any_of(_program, [&](const Instruction &other) {
                   return other.op == op_label && other.text == label;
               });
        if (!known)
            result = errh->error("no such label %<%s%>", label.c_str());
    }
    return result;
}

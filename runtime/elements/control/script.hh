// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_SCRIPT_HH
#define MIMI_SCRIPT_HH
#include <click/element.hh>
#include <click/timer.hh>
#include <click/variableenv.hh>
#include "runtime/schedule/driverscript.hh"
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

/*
=c
Script([TYPE type,] INSTRUCTION, ...)

=s control
A small program that reads and writes handlers

=d
TYPE is one of ACTIVE (runs when the router starts; the default), PASSIVE (runs when its `run` handler is called), PACKET
(runs for every packet; the default with ports), PROXY (runs for every handler that is asked of it), DRIVER (decides when
the router stops; one per router) and SIGNAL SIG... (runs when a signal arrives, and again only after it came to its
`end`).

Instructions; text has its `$` forms replaced, and a `q` after set, init, export, return or error unquotes it, after
print, printn, read or write the parameter of the handler:

=item set VAR TEXT, init VAR TEXT and export VAR TEXT (once, before the router runs; `export` makes it a handler, too)
=item print [>FILE|>>FILE] HANDLER|TEXT, printn ... (no newline), read HANDLER (to standard error)
=item write HANDLER VALUE, save HANDLER FILE, append HANDLER FILE
=item pause [N], wait, wait_stop [N], wait_step [N]: go on after N stop requests or steps
=item wait SECONDS, wait_for SECONDS, wait_time SECONDS: go on after that time, or at the next stop request or step
=item label NAME, goto NAME [CONDITION], loop
=item end, exit, stop, return TEXT, error TEXT

A PACKET script sends the packet to the output that it returns; `end` is output 0, anything else drops it. $input is the
input it came from. A script that is run by a handler finds the text in $args, its words in $1, $2, ..., their number in $#,
the handler's name in $0, and whether it was written in $write. $? is what the last `write` returned, $$ the process.

=h step write-only
`router` or a number of steps.
=h goto write-only
Goes on at a label.
=h run read/write
Runs the script from its start; the value is what it returns.
=h get read-only with parameter, set write-only
Variables.
=h shift read-only with parameter
Takes the first word away from a variable, $args unless another one is named.
=h add sub mul div idiv mod rem neg abs min max eq ne gt ge lt le not and or nand nor if in first length sprintf unquote
random now readable writable htons htonl ntohs ntohl read-only with parameter
Functions, for use as `$(add 1 2)`.
*/
class Script : public Element, private DriverScript {
  public:
    Script();
    ~Script() override;

    const char *class_name() const override { return "Script"; }
    const char *port_count() const override { return "-"; }
    const char *processing() const override { return "a/ah"; }
    const char *flow_code() const override { return COMPLETE_FLOW; }
    int configure_phase() const override { return CONFIGURE_PHASE_LAST; }

    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    void cleanup(CleanupStage stage) override;
    void push(int port, Packet *packet) override;
    Packet *pull(int port) override;
    void run_timer(Timer *timer) override;

  protected:
    enum Type { type_unset, type_active, type_passive, type_packet, type_proxy, type_driver, type_signal };
    void set_type(Type type) { _type = type; }

  private:
    enum Op {
        op_initial, op_set, op_init, op_export, op_print, op_printn, op_read, op_write, op_save, op_append, op_wait_step,
        op_wait_time, op_label, op_goto, op_end, op_exit, op_stop, op_return, op_error
    };
    struct Instruction {
        Op op = op_end;
        bool unquote = false;
        String variable;
        String text;
        int count = 0;       // op_wait_step: how many steps
        int taken = 0;       // and how many have been taken
        bool leaves = false;  // op_goto: to `leave` rather than to `target`
        Op leave = op_end;
        size_t target = 0;
    };
    // One go at the program: how many waits it may pass, and how it ended.
    struct Run {
        int steps;
        bool for_router;
        ErrorHandler *errh;
        int jumps = 0;
        enum { going, paused, over } state = going;
    };
    class Variables;
    friend class Variables;

    int configure_type(String text, ErrorHandler *errh);
    int parse_instruction(const String &text, ErrorHandler *errh);
    bool parse_operands(Instruction &instruction, String rest, bool has_more);
    void add_instruction(Instruction instruction);
    int resolve_labels(ErrorHandler *errh);
    bool find_label(const String &label, Instruction &jump) const;

    bool step_router(ErrorHandler *errh) override;
    void run(Run &run);
    int ending(String *value) const;
    int finish(String *value);
    void go_to(size_t target, size_t before);
    int run_for_packet(int port);
    void execute(size_t here, Run &run);
    void execute_wait_step(Instruction &instruction, Run &run);
    void execute_wait_time(const Instruction &instruction, Run &run);
    void execute_goto(size_t here, Run &run);
    void execute_set(size_t here, Run &run);
    void execute_print(const Instruction &instruction, ErrorHandler *errh);
    void execute_save(const Instruction &instruction, ErrorHandler *errh);
    void execute_call(const Instruction &instruction, ErrorHandler *errh);
    String print_value(const Instruction &instruction, const String &text, ErrorHandler *errh) const;

    String expand(const Instruction &instruction, ErrorHandler *errh) const;
    bool variable(const String &name, String &value) const;
    String *find_variable(const String &name);

    static int function_handler(int operation, String &data, Element *element, const Handler *handler, ErrorHandler *errh);
    static int control_handler(int operation, String &data, Element *element, const Handler *handler, ErrorHandler *errh);
    static int variable_handler(int operation, String &data, Element *element, const Handler *handler, ErrorHandler *errh);
    static int make_handler(const String &name, Element *element, void *, ErrorHandler *errh);
    int prepare(const Handler *handler, const String &text, Run &run);

    Type _type = type_unset;
    std::vector<Instruction> _program;
    size_t _at = 0;
    Run *_running = nullptr;  // a handler's run, for handlers that the script calls on itself
    Timer _timer;
    std::map<String, String> _variables;
    String _arguments;
    String _handler_name;
    bool _written = false;
    int _status = 0;
    std::vector<int> _signals;
    // Packets, handlers, timers and stop requests may come from several threads. One lock for all scripts: two that call each
    // other could wait for each other if each had its own.
    static std::recursive_mutex _lock;
};

#endif

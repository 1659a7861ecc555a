// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_SCRIPT_HH
#define MIMI_SCRIPT_HH
#include <click/element.hh>
#include <click/timer.hh>
#include <click/variableenv.hh>
#include "runtime/schedule/driverscript.hh"
#include <map>
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
(runs for every packet; has ports), PROXY (runs for every handler that is asked of it), DRIVER (decides when the router
stops; one per router) and SIGNAL SIG... (runs when a signal arrives).

Instructions; text has its `$` forms replaced, and a `q` after set, init, export, print, printn, read, write, return or
error unquotes it first:

=item set VAR TEXT, init VAR TEXT (once), export VAR...
=item print [>FILE|>>FILE] HANDLER|TEXT, printn ... (no newline), read HANDLER (to standard error)
=item write HANDLER VALUE, save HANDLER FILE, append HANDLER FILE
=item pause [N], wait, wait_stop [N], wait_step [N]: go on after N stop requests or steps
=item wait SECONDS, wait_for SECONDS, wait_time TIME: go on then, or at the next stop request or step
=item label NAME, goto NAME [CONDITION], loop [CONDITION]
=item end, exit, stop, return TEXT, error TEXT

=h step write-only
`router`, `goto LABEL` or a number of steps.
=h goto write-only
=h run read/write
Runs the script from its start; the value is what it returns.
=h get read-only with parameter, set write-only
Variables.
=h add sub mul div idiv mod rem neg abs min max eq ne gt ge lt le not and or nand nor if in first length sprintf unquote
random now readable writable htons htonl ntohs ntohl shift read-only with parameter
Functions, for use as `$(add 1 2)`.
*/
class Script : public Element, private DriverScript {
  public:
    Script();
    ~Script() override;

    const char *class_name() const override { return "Script"; }
    const char *port_count() const override { return "-"; }
    const char *processing() const override { return PUSH; }
    const char *flow_code() const override { return COMPLETE_FLOW; }
    int configure_phase() const override { return CONFIGURE_PHASE_LAST; }

    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    void cleanup(CleanupStage stage) override;
    void push(int port, Packet *packet) override;
    void run_timer(Timer *timer) override;

  protected:
    enum Type { type_active, type_passive, type_packet, type_proxy, type_driver, type_signal };
    int configure_instructions(const Vector<String> &conf, ErrorHandler *errh);
    void set_type(Type type) { _type = type; }

  private:
    enum Op {
        op_set, op_init, op_export, op_print, op_printn, op_read, op_write, op_save, op_append, op_wait_stop, op_wait_for,
        op_wait_time, op_label, op_goto, op_end, op_exit, op_stop, op_return, op_error
    };
    struct Instruction {
        Op op = op_end;
        bool unquote = false;
        String text;
        int count = 0;    // stop requests or steps to wait for
        bool done = false;  // init: already executed
    };
    // How a run came to its end, or why it pauses.
    enum class Outcome { waiting, ended, exited, stopped, returned, failed };
    // What made the script go on.
    enum class Cause { start, timer, stop_request, step };
    class Variables;
    friend class Variables;

    int configure_type(Vector<String> &conf, ErrorHandler *errh);
    int parse_instruction(const String &text, ErrorHandler *errh);
    int parse_wait(Op op, const String &argument, Instruction &instruction, ErrorHandler *errh);
    int check_labels(ErrorHandler *errh) const;

    bool step_router(ErrorHandler *errh) override;
    Outcome run(Cause cause, ErrorHandler *errh);
    Outcome run_from_start(ErrorHandler *errh);
    bool resume(Cause cause);
    bool execute(Instruction &instruction, ErrorHandler *errh, Outcome &outcome);
    bool execute_wait(const Instruction &instruction);
    bool execute_goto(const Instruction &instruction, ErrorHandler *errh, Outcome &outcome);
    void execute_print(const Instruction &instruction, ErrorHandler *errh);
    void execute_save(const Instruction &instruction, ErrorHandler *errh);
    int jump(const String &label, Outcome &outcome);
    void finished(Outcome outcome);

    String expand(const Instruction &instruction, ErrorHandler *errh) const;
    String call_read(const String &description, ErrorHandler *errh) const;
    int call_write(const String &description, ErrorHandler *errh);
    void write_file(const String &text, String file, bool append, ErrorHandler *errh);

    String variable(const String &name, bool &found) const;
    void set_variable(const String &name, const String &value);
    void set_arguments(const String &text);

    static int function_handler(int operation, String &data, Element *element, const Handler *handler, ErrorHandler *errh);
    static int control_handler(int operation, String &data, Element *element, const Handler *handler, ErrorHandler *errh);
    static int variable_handler(int operation, String &data, Element *element, const Handler *handler, ErrorHandler *errh);
    static int proxy_handler(int operation, String &data, Element *element, const Handler *handler, ErrorHandler *errh);
    int step_command(const String &text, ErrorHandler *errh);

    Type _type = type_active;
    std::vector<Instruction> _program;
    size_t _at = 0;
    bool _started = false;
    bool _waiting = false;
    int _waits_left = 0;
    bool _running = false;
    Timer _timer;
    std::map<String, String> _variables;
    String _arguments;
    String _result;
    int _status = 0;
    std::vector<int> _signals;
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_CONTROLSOCKET_HH
#define MIMI_CONTROLSOCKET_HH
#include <click/element.hh>
#include <click/task.hh>
#include <click/timer.hh>
#include <map>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

class ControlConnection;
struct ControlCall;

/*
=c
ControlSocket("TCP", PORT[+] [, KEYWORDS])
ControlSocket("UNIX", FILENAME [, KEYWORDS])
ControlSocket("SOCKET", FD [, KEYWORDS])

=s control
Reads and writes handlers for other programs

=d
Speaks the ControlSocket protocol, version 1.3. A plus after PORT lets the ten ports above it be tried as well.
A UNIX socket's file has mode 0600; a file left behind by a dead process is replaced, one that somebody listens on
is an error. FD is a listening or a connected socket.

Handlers run between two packets, and while they do, nothing else does. One that is flagged both nonexclusive and expensive
runs on a helper thread, if it is read, a button, or written with 4 KB or more: packets and other connections go on meanwhile.

Keywords:

=item LOCALHOST. Boolean. TCP: listen on 127.0.0.1 only. Default is true; false listens on every address.
=item ADDRESS. IP address. TCP: listen on this address.
=item READONLY. Boolean. Refuse writes. Default is false.
=item PROXY. Element that gets `E.H` as the name of its own handler, for every handler asked for.
=item VERBOSE. Boolean. Tell about connections. Default is false.
=item RETRIES. Integer. How often to try again, once a second, when the socket cannot be opened. Default is 0.
=item RETRY_WARNINGS. Boolean. Tell about failed tries. Default is true.
=item LINE_LIMIT. Bytes a command line may have. Default is 1048576. A longer one closes the connection.
=item DATA_LIMIT. Bytes a command's data may have. Default is 1073741824.
=item CLIENTS. Connections at a time; further ones are closed at once. Default is 256.

=h port read-only
TCP: the port.
=h filename read-only
UNIX: the file.
*/
class ControlSocket : public Element {
  public:
    ControlSocket();
    ~ControlSocket() override;

    const char *class_name() const override { return "ControlSocket"; }
    const char *port_count() const override { return PORTS_0_0; }
    int configure_phase() const override { return CONFIGURE_PHASE_PRIVILEGED + 1; }
    void *cast(const char *name) override;

    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    void take_state(Element *old_element, ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;

    void selected(int fd, int mask) override;
    bool run_task(Task *task) override;
    void run_timer(Timer *timer) override;

    bool read_only() const { return _read_only; }
    Element *proxy() const { return _proxy; }
    size_t line_limit() const { return _line_limit; }
    size_t data_limit() const { return _data_limit; }
    void say(const char *format, int fd) const;
    // The connection takes no further command until the call has been made and answered.
    void call_beside(ControlConnection &client, std::unique_ptr<ControlCall> call);

  private:
    enum Type { type_tcp, type_unix, type_socket };

    int configure_tcp(Vector<String> &conf, ErrorHandler *errh);
    int open_socket(ErrorHandler *errh);
    int open_tcp(ErrorHandler *errh);
    int open_unix(ErrorHandler *errh);
    int open_given(ErrorHandler *errh);
    int bind_unix(ErrorHandler *errh);
    int failed(ErrorHandler *errh, const char *what) const;
    bool same_address(const ControlSocket *other) const;
    void watch();
    void close_socket();
    void accept_clients();
    void adopt(int fd);
    void serve(int fd, int mask);
    void update(int fd);
    void answer_calls();
    static String read_address(Element *element, void *which);

    Type _type = type_tcp;
    String _path;
    int _port = 0;
    bool _more_ports = false;
    uint32_t _address = 0;  // network order
    bool _read_only = false;
    bool _verbose = false;
    bool _retry_warnings = true;
    int _retries = 0;
    Element *_proxy = nullptr;
    size_t _line_limit = 0;
    size_t _data_limit = 0;
    int _max_clients = 0;

    int _given_fd = -1;
    int _listener = -1;
    dev_t _device = 0;  // identity of the socket file this element made
    ino_t _inode = 0;
    std::map<int, std::unique_ptr<ControlConnection>> _clients;
    std::vector<std::unique_ptr<ControlCall>> _calls;  // under way beside the router
    Task _task;
    Timer _retry_timer;
};

#endif

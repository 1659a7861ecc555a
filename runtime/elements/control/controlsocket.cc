// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/elements/control/controlsocket.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/ipaddress.hh>
#include <click/master.hh>
#include <click/router.hh>
#include "runtime/elements/control/controlcommand.hh"
#include "runtime/elements/control/controlconnection.hh"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr int extra_ports = 10;
constexpr int backlog = 64;

void set_nonblocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
}

bool unix_address(const String &path, sockaddr_un &address)
{
    if (path.length() == 0 || static_cast<size_t>(path.length()) >= sizeof address.sun_path)
        return false;
    std::memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), static_cast<size_t>(path.length()));
    return true;
}

// A socket file that refuses connections was left behind by a process that is gone.
bool is_stale(const sockaddr_un &address)
{
    struct stat info;
    if (lstat(address.sun_path, &info) < 0 || !S_ISSOCK(info.st_mode))
        return false;
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return false;
    int result = connect(probe, reinterpret_cast<const sockaddr *>(&address), sizeof address);
    bool refused = result < 0 && errno == ECONNREFUSED;
    close(probe);
    return refused;
}

}  // namespace

ControlSocket::ControlSocket() : _task(this), _retry_timer(this) {}

ControlSocket::~ControlSocket() = default;

void *ControlSocket::cast(const char *name)
{
    return std::strcmp(name, "ControlSocket") == 0 ? this : Element::cast(name);
}

int ControlSocket::configure_tcp(Vector<String> &conf, ErrorHandler *errh)
{
    String port;
    IPAddress address;
    bool localhost = true;
    if (Args(this, errh).bind(conf).read_mp("PORT", port).read("LOCALHOST", localhost).read("ADDRESS", address).consume() < 0)
        return -1;
    if (port && port.back() == '+') {
        _more_ports = true;
        port = port.substring(0, port.length() - 1);
    }
    uint16_t number;
    if (!IntArg().parse(port, number))
        return errh->error("PORT: expected a TCP port, found %<%s%>", port.c_str());
    _port = number;
    _address = address ? address.addr() : htonl(localhost ? INADDR_LOOPBACK : INADDR_ANY);
    return 0;
}

int ControlSocket::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String type;
    if (Args(this, errh).bind(conf).read_mp("TYPE", WordArg(), type).consume() < 0)
        return -1;
    int result = 0;
    type = type.upper();
    if (type == "TCP")
        result = configure_tcp(conf, errh);
    else if (type == "UNIX") {
        _type = type_unix;
        result = Args(this, errh).bind(conf).read_mp("FILENAME", FilenameArg(), _path).consume();
        sockaddr_un address;
        if (result >= 0 && !unix_address(_path, address))
            return errh->error("FILENAME: a UNIX socket's file name has 1 to %d bytes", int(sizeof address.sun_path - 1));
    } else if (type == "SOCKET") {
        _type = type_socket;
        result = Args(this, errh).bind(conf).read_mp("FD", _given_fd).consume();
    } else
        return errh->error("TYPE: expected TCP, UNIX or SOCKET, found %<%s%>", type.c_str());
    if (result < 0)
        return -1;

    unsigned line_limit = 1 << 20, data_limit = 1 << 30;
    _max_clients = 256;
    if (Args(conf, this, errh)
            .read("READONLY", _read_only)
            .read("PROXY", _proxy)
            .read("VERBOSE", _verbose)
            .read("RETRIES", _retries)
            .read("RETRY_WARNINGS", _retry_warnings)
            .read("LINE_LIMIT", line_limit)
            .read("DATA_LIMIT", data_limit)
            .read("CLIENTS", _max_clients)
            .complete() < 0)
        return -1;
    if (data_limit > 0x7FFFFFF0 || line_limit < 64)
        return errh->error("LINE_LIMIT is at least 64, DATA_LIMIT less than 2147483632");
    _line_limit = line_limit;
    _data_limit = data_limit;
    return 0;
}

int ControlSocket::failed(ErrorHandler *errh, const char *what) const
{
    return errh->error("%s: %s", what, std::strerror(errno));
}

int ControlSocket::open_tcp(ErrorHandler *errh)
{
    _listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (_listener < 0)
        return failed(errh, "socket");
    int yes = 1;
    setsockopt(_listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    int tries = _more_ports ? extra_ports : 0;
    for (int port = _port;; ++port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = _address;
        address.sin_port = htons(static_cast<uint16_t>(port));
        if (bind(_listener, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0
            && listen(_listener, backlog) == 0) {
            socklen_t length = sizeof address;
            getsockname(_listener, reinterpret_cast<sockaddr *>(&address), &length);
            _port = ntohs(address.sin_port);
            return 0;
        }
        if (errno != EADDRINUSE || tries-- == 0 || port == 65535)
            return failed(errh, "bind");
    }
}

int ControlSocket::bind_unix(ErrorHandler *errh)
{
    sockaddr_un address;
    unix_address(_path, address);
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    // The mode of a socket becomes the mode of its file: nobody else gets in between bind() and a chmod().
    fchmod(_listener, 0600);
    int result = bind(_listener, generic, sizeof address);
    if (result < 0 && errno == EADDRINUSE && is_stale(address)) {
        unlink(address.sun_path);
        result = bind(_listener, generic, sizeof address);
    } else if (result < 0 && errno == ENOENT)
        errno = ENOENT;
    if (result < 0)
        return failed(errh, "bind");
    struct stat info;
    if (lstat(address.sun_path, &info) == 0) {
        _device = info.st_dev;
        _inode = info.st_ino;
    }
    chmod(address.sun_path, 0600);
    return 0;
}

int ControlSocket::open_unix(ErrorHandler *errh)
{
    _listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (_listener < 0)
        return failed(errh, "socket");
    if (bind_unix(errh) < 0)
        return -1;
    return listen(_listener, backlog) < 0 ? failed(errh, "listen") : 0;
}

int ControlSocket::open_given(ErrorHandler *errh)
{
    int listening = 0;
    socklen_t length = sizeof listening;
    if (getsockopt(_given_fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) < 0)
        return failed(errh, "socket");
    set_nonblocking(_given_fd);
    if (listening)
        _listener = _given_fd;
    else
        adopt(_given_fd);
    return 0;
}

int ControlSocket::open_socket(ErrorHandler *errh)
{
    int result = _type == type_tcp ? open_tcp(errh) : _type == type_unix ? open_unix(errh) : open_given(errh);
    if (result < 0) {
        if (_listener >= 0)
            close(_listener);
        _listener = -1;
        return -1;
    }
    watch();
    return 0;
}

void ControlSocket::watch()
{
    if (_listener >= 0)
        add_select(_listener, SELECT_READ);
}

bool ControlSocket::same_address(const ControlSocket *other) const
{
    if (_type != other->_type)
        return false;
    switch (_type) {
    case type_tcp:
        return _address == other->_address && (_port == other->_port || (_more_ports && other->_more_ports));
    case type_unix:
        return _path == other->_path;
    case type_socket:
        return _given_fd == other->_given_fd;
    }
    return false;
}

int ControlSocket::initialize(ErrorHandler *errh)
{
    _task.initialize(this, false);
    _retry_timer.initialize(this);
    // The router this one replaces holds our socket: take_state() will have it.
    Element *before = hotswap_element();
    auto *old = before ? static_cast<ControlSocket *>(before->cast("ControlSocket")) : nullptr;
    if (old && old->_listener >= 0 && same_address(old))
        return 0;
    if (_retries < 1)
        return open_socket(errh);
    if (open_socket(_retry_warnings ? errh : ErrorHandler::silent_handler()) < 0)
        _retry_timer.schedule_after_sec(1);
    return 0;
}

void ControlSocket::take_state(Element *old_element, ErrorHandler *)
{
    auto *old = static_cast<ControlSocket *>(old_element->cast("ControlSocket"));
    if (!old || _listener >= 0 || !same_address(old))
        return;
    old->_task.unschedule();
    if (old->_listener >= 0)
        old->remove_select(old->_listener, SELECT_READ);
    _listener = std::exchange(old->_listener, -1);
    _port = old->_port;
    _device = std::exchange(old->_device, 0);
    _inode = std::exchange(old->_inode, 0);
    for (auto &[fd, client] : old->_clients)
        old->remove_select(fd, SELECT_READ | SELECT_WRITE);
    _clients.swap(old->_clients);
    _calls.swap(old->_calls);  // all of them made: a swap waits for that
    _retry_timer.unschedule();
    watch();
    for (auto &[fd, client] : _clients)
        update(fd);
    _task.reschedule();
}

void ControlSocket::close_socket()
{
    if (_listener < 0)
        return;
    remove_select(_listener, SELECT_READ);
    close(_listener);
    _listener = -1;
    struct stat info;
    // The file goes only if it is still ours.
    if (_type == type_unix && lstat(_path.c_str(), &info) == 0 && info.st_dev == _device && info.st_ino == _inode)
        unlink(_path.c_str());
}

void ControlSocket::cleanup(CleanupStage stage)
{
    if (stage < CLEANUP_INITIALIZED && _listener < 0 && _clients.empty())
        return;
    close_socket();
    answer_calls();
    for (auto &[fd, client] : _clients) {
        remove_select(fd, SELECT_READ | SELECT_WRITE);
        client->flush();
    }
    _clients.clear();
}

void ControlSocket::run_timer(Timer *)
{
    if (_retries-- <= 0 || open_socket(_retry_warnings ? ErrorHandler::default_handler() : ErrorHandler::silent_handler()) >= 0)
        return;
    _retry_timer.schedule_after_sec(1);
}

void ControlSocket::say(const char *format, int fd) const
{
    if (_verbose)
        click_chatter(format, name().c_str(), fd);
}

void ControlSocket::adopt(int fd)
{
    set_nonblocking(fd);
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    _clients[fd] = std::make_unique<ControlConnection>(fd, ControlConnection::Limits{_line_limit, _data_limit});
    say("%s: connection %d opened", fd);
    serve(fd, 0);
}

void ControlSocket::accept_clients()
{
    for (int i = 0; i < backlog; ++i) {
        int fd = accept4(_listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            return;
        if (_clients.size() >= static_cast<size_t>(_max_clients)) {
            say("%s: connection %d refused: too many clients", fd);
            close(fd);
            continue;
        }
        adopt(fd);
    }
}

void ControlSocket::selected(int fd, int mask)
{
    if (fd == _listener)
        accept_clients();
    else
        serve(fd, mask);
}

// One command each time: the loop goes round between two commands, and a handler that stops the driver is the last.
void ControlSocket::serve(int fd, int mask)
{
    auto found = _clients.find(fd);
    if (found == _clients.end())
        return;
    ControlConnection &client = *found->second;
    if (mask & SELECT_READ)
        client.receive();
    ControlConnection::Command command;
    // What the last command asked for (another router, the end of this one) comes before the next command.
    if (!master()->urgent() && client.runnable() && client.next_command(command))
        ControlCommand(*this, client).execute(command);
    client.flush();
    update(fd);
}

void ControlSocket::update(int fd)
{
    ControlConnection &client = *_clients.at(fd);
    if (client.over()) {
        say("%s: connection %d closed", fd);
        remove_select(fd, SELECT_READ | SELECT_WRITE);
        _clients.erase(fd);
        return;
    }
    int wanted = (client.wants_read() ? SELECT_READ : 0) | (client.wants_write() ? SELECT_WRITE : 0);
    if (wanted)
        add_select(fd, wanted);
    if (wanted != (SELECT_READ | SELECT_WRITE))
        remove_select(fd, (SELECT_READ | SELECT_WRITE) & ~wanted);
    if (client.runnable())
        _task.reschedule();
}

void ControlSocket::call_beside(ControlConnection &client, std::unique_ptr<ControlCall> call)
{
    client.set_busy(true);
    call->fd = client.fd();
    _calls.push_back(std::move(call));
    router()->run_beside([this, made = _calls.back().get()] {
        made->run();
        made->done.store(true, std::memory_order_release);
        _task.reschedule();
    });
}

// A connection with a call under way stays, whatever its client does: `fd` is still that client's.
void ControlSocket::answer_calls()
{
    for (size_t i = 0; i < _calls.size();) {
        if (!_calls[i]->done.load(std::memory_order_acquire)) {
            ++i;
            continue;
        }
        std::unique_ptr<ControlCall> call = std::move(_calls[i]);
        _calls.erase(_calls.begin() + static_cast<ptrdiff_t>(i));
        ControlConnection &client = *_clients.at(call->fd);
        client.set_busy(false);
        ControlCommand(*this, client).answer(*call);
        client.flush();
        update(call->fd);
    }
}

bool ControlSocket::run_task(Task *)
{
    answer_calls();
    std::vector<int> runnable;
    for (auto &[fd, client] : _clients)
        if (client->runnable())
            runnable.push_back(fd);
    for (int fd : runnable)
        serve(fd, 0);
    return !runnable.empty();
}

String ControlSocket::read_address(Element *element, void *)
{
    auto *socket = static_cast<ControlSocket *>(element);
    return socket->_type == type_unix ? socket->_path : String(socket->_type == type_tcp ? socket->_port : socket->_given_fd);
}

void ControlSocket::add_handlers()
{
    add_read_handler(_type == type_unix ? "filename" : _type == type_tcp ? "port" : "fd", read_address);
}

EXPORT_ELEMENT(ControlSocket)

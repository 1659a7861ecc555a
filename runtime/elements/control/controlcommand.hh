// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_CONTROLCOMMAND_HH
#define MIMI_CONTROLCOMMAND_HH
#include "runtime/elements/control/controlconnection.hh"
#include "runtime/elements/control/messagelines.hh"
#include <atomic>
#include <memory>

class ControlSocket;
class Element;
class Handler;

// One call of a handler: what is asked, and what came of it.
struct ControlCall {
    std::string name;
    Element *element;
    const Handler *handler;
    bool reads;
    String value;  // parameter or data; after a read, the answer
    MessageLines messages;
    int result = 0;
    int fd = -1;  // whom it is for
    std::atomic<bool> done{false};

    // Long calls of handlers that say that they are made for it go on beside the router.
    bool goes_beside() const;
    void run();
};

// Carries out the commands of one connection and answers them.
class ControlCommand {
  public:
    ControlCommand(ControlSocket &socket, ControlConnection &connection) : _socket(socket), _connection(connection) {}

    void execute(const ControlConnection::Command &command);
    // Replies to a call that has been made.
    void answer(const ControlCall &call);

  private:
    enum Direction { read, write };
    struct Target {
        Element *element = nullptr;
        const Handler *handler = nullptr;
    };

    void read_handler(const std::string &name, const String &parameter);
    void write_handler(const std::string &name, const String &value);
    void check(const std::string &name, Direction direction);
    void llrpc(const std::string &name, const String &data);
    void quit(const ControlConnection::Command &command);
    void help();
    void make(std::unique_ptr<ControlCall> call);
    bool find(const std::string &name, Target &target);
    bool permitted(const std::string &name, Direction direction);

    ControlSocket &_socket;
    ControlConnection &_connection;
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_CONTROLCOMMAND_HH
#define MIMI_CONTROLCOMMAND_HH
#include "runtime/elements/control/controlconnection.hh"

class ControlSocket;
class Element;
class Handler;

// Carries out the commands of one connection and answers them.
class ControlCommand {
  public:
    ControlCommand(ControlSocket &socket, ControlConnection &connection) : _socket(socket), _connection(connection) {}

    void execute(const ControlConnection::Command &command);

  private:
    enum Direction { read, write };
    struct Target {
        Element *element = nullptr;
        const Handler *handler = nullptr;
    };

    void read_handler(const std::string &name, const String &parameter);
    void write_handler(const std::string &name, const String &value);
    void check(const std::string &name, Direction direction);
    void llrpc(const std::string &name);
    void quit(const ControlConnection::Command &command);
    void help();
    bool find(const std::string &name, Target &target);
    bool permitted(const std::string &name, Direction direction);

    ControlSocket &_socket;
    ControlConnection &_connection;
};

#endif

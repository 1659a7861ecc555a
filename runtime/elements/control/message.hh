// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MESSAGE_HH
#define MIMI_MESSAGE_HH
#include <click/element.hh>

/*
=c
Message(TEXT [, TYPE message|warning|error])

=s control
Says something while the router is configured; an error keeps it from starting
*/
class Message : public Element {
  public:
    const char *class_name() const override { return "Message"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
};

/*
=c
Error([TEXT])

=s control
Keeps the router from starting; takes any number of connections
*/
class Error : public Element {
  public:
    const char *class_name() const override { return "Error"; }
    const char *port_count() const override { return "-/-"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_DRIVERMANAGER_HH
#define MIMI_DRIVERMANAGER_HH
#include "runtime/elements/control/script.hh"

/*
=c
DriverManager([INSTRUCTION, ...])

=s control
Decides when the router stops

=d
A Script of TYPE DRIVER. Without instructions it is one `pause`: the first stop request stops the router.
*/
class DriverManager : public Script {
  public:
    const char *class_name() const override { return "DriverManager"; }
    const char *port_count() const override { return PORTS_0_0; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
};

#endif

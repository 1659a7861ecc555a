// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_SCHEDULE_DRIVERSCRIPT_HH
#define MIMI_SCHEDULE_DRIVERSCRIPT_HH

class ErrorHandler;

// What decides whether a router that was asked to stop really stops. The router's "Script" attachment is one of these.
class DriverScript {
  public:
    virtual ~DriverScript() = default;

    // Takes the next step; it may raise the router's runcount again. False when the script has ended.
    virtual bool step_router(ErrorHandler *errh) = 0;
};

#endif

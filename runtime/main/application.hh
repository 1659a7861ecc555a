// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MAIN_APPLICATION_HH
#define MIMI_MAIN_APPLICATION_HH
#include "runtime/main/options.hh"
#include <memory>

class Element;
class Master;
class Router;

// One run of mimi-click: the current router, and the one that takes its place when a configuration is swapped in.
class Application {
  public:
    Application(const Options &options, ErrorHandler *errh);
    ~Application();
    Application(const Application &) = delete;
    Application &operator=(const Application &) = delete;

    // The exit status.
    int run();

  private:
    class NoWarnings;
    struct ReleaseMaster {
        void operator()(Master *master) const;
    };

    std::unique_ptr<Router> read() const;
    void complete(Router &router);
    int write_flat_configuration(const String &text) const;
    int flatten();
    void drive();
    int hot_swap(const String &text, ErrorHandler *errh);
    void install_next();
    static int write_hotconfig(const String &text, Element *element, void *application, ErrorHandler *errh);

    const Options &_options;
    std::unique_ptr<NoWarnings> _quiet;
    ErrorHandler *_errh;
    std::unique_ptr<Master, ReleaseMaster> _master;
    std::unique_ptr<Router> _router;
    std::unique_ptr<Router> _next;  // initialized, and activated between two turns of the driver
};

#endif

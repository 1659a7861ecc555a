// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/main/application.hh"
#include <click/error.hh>
#include <click/lexer.hh>
#include <click/master.hh>
#include <click/package.hh>
#include <click/router.hh>
#include "runtime/main/handlers.hh"
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <sys/resource.h>

namespace {

// The driver's use of the machine, as `-t` prints it.
class Stopwatch {
  public:
    Stopwatch() : _start(std::chrono::steady_clock::now()) { getrusage(RUSAGE_SELF, &_before); }

    void print() const
    {
        rusage after;
        getrusage(RUSAGE_SELF, &after);
        double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - _start).count();
        int minutes = static_cast<int>(elapsed / 60);
        std::printf("%.3fu %.3fs %d:%05.2f\n", seconds(_before.ru_utime, after.ru_utime),
                    seconds(_before.ru_stime, after.ru_stime), minutes, elapsed - 60 * minutes);
        std::fflush(stdout);
    }

  private:
    static double seconds(const timeval &from, const timeval &to)
    {
        return static_cast<double>(to.tv_sec - from.tv_sec) + static_cast<double>(to.tv_usec - from.tv_usec) / 1e6;
    }

    std::chrono::steady_clock::time_point _start;
    rusage _before;
};

}  // namespace

// Drops warnings on their way to another handler.
class Application::NoWarnings : public ErrorVeneer {
  public:
    explicit NoWarnings(ErrorHandler *errh) : ErrorVeneer(errh) {}
    void *emit(const String &line, void *user_data, bool more) override
    {
        return level_of(line) == el_warning ? user_data : ErrorVeneer::emit(line, user_data, more);
    }
};

void Application::ReleaseMaster::operator()(Master *master) const
{
    master->unuse();
}

Application::Application(const Options &options, ErrorHandler *errh)
    : _options(options), _quiet(std::make_unique<NoWarnings>(errh)), _errh(options.warnings ? errh : _quiet.get()), _master(new Master(options.threads))
{
    _master->use();
    _master->set_affinity(options.first_cpu);
    if (options.simulated)
        _master->set_simulated_time(options.simulated_start);
}

Application::~Application()
{
    _next.reset();
    _router.reset();
}

std::unique_ptr<Router> Application::read() const
{
    for (const String &package : _options.packages)
        if (!click_load_package_file(package, _errh))
            return nullptr;
    if (_options.has_text)
        return click_read_router_text(_options.text, "config", _errh, _master.get(), _options.parameters);
    return click_read_router_file(_options.file, _errh, _master.get(), _options.parameters);
}

// What the command line adds to every configuration.
void Application::complete(Router &router)
{
    for (size_t i = 0; i < _options.control_sockets.size(); ++i) {
        String name = "click_driver@@ControlSocket";
        if (i > 0)
            name += "@" + String(static_cast<int>(i));
        router.add_element(click_make_element("ControlSocket"), name, _options.control_sockets[i], "click");
    }
    if (_options.hot_swap)
        router.add_router_write_handler("hotconfig", write_hotconfig, this, 0);
}

int Application::write_flat_configuration(const String &text) const
{
    bool standard = _options.output.empty() || _options.output == "-";
    std::unique_ptr<FILE, int (*)(FILE *)> opened(standard ? nullptr : std::fopen(_options.output.c_str(), "w"), std::fclose);
    FILE *file = standard ? stdout : opened.get();
    if (!file)
        return _errh->error("%s: %s", _options.output.c_str(), std::strerror(errno));
    std::fwrite(text.data(), 1, static_cast<size_t>(text.length()), file);
    std::fflush(file);
    return 0;
}

int Application::flatten()
{
    String flat;
    bool ok = _options.has_text ? click_flatten_text(_options.text, "config", _errh, flat, _options.parameters)
                                : click_flatten_file(_options.file, _errh, flat, _options.parameters);
    return ok && write_flat_configuration(flat) >= 0 ? 0 : 1;
}

void Application::drive()
{
    _master->catch_signals();
    Stopwatch stopwatch;
    _master->run();
    if (_options.print_times)
        stopwatch.print();
}

int Application::run()
{
    if (_options.action == Options::action_flatten)
        return flatten();
    _router = read();
    if (!_router)
        return 1;
    complete(*_router);
    if (_router->nelements() == 0) {
        const char *name = _options.has_text ? "config" : _options.file ? _options.file.c_str() : "<stdin>";
        _errh->warning("%s: configuration has no elements, exiting", name);
    }
    if (_router->initialize(_errh) < 0)
        return 1;
    if (!_options.output.empty() && write_flat_configuration(_router->flat_configuration_string()) < 0)
        return 1;
    if (!_options.quit_at_once && _router->nelements() > 0) {
        if (_router->activate(_errh) < 0)
            return 1;
        drive();
    }
    int status = print_handlers(*_router, _options.handlers, _errh) < 0 ? 1 : 0;
    return _options.exit_handler.empty() ? status : exit_status(*_router, _options.exit_handler, _errh);
}

int Application::write_hotconfig(const String &text, Element *, void *application, ErrorHandler *errh)
{
    return static_cast<Application *>(application)->hot_swap(text, errh);
}

int Application::hot_swap(const String &text, ErrorHandler *errh)
{
    if (_next)
        return errh->error("another configuration is being installed");
    std::unique_ptr<Router> next = click_read_router_text(text, "hotconfig", errh, _master.get(), _options.parameters);
    if (!next)
        return -1;
    complete(*next);
    next->set_hotswap_router(_router.get());
    if (next->initialize(errh) < 0)
        return -1;
    _next = std::move(next);
    // The handler runs inside the router that is to go.
    _master->request_call([this] { install_next(); });
    return 0;
}

void Application::install_next()
{
    _next->activate(_errh);
    std::swap(_router, _next);
    _next.reset();
}

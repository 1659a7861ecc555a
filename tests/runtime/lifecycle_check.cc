// SPDX-License-Identifier: Apache-2.0
// The life of routers, seen by elements that write down what happens to them. Prints what it saw; see test_lifecycle.py.
#include <click/config.h>
#include <click/element.hh>
#include <click/error.hh>
#include <click/lexer.hh>
#include <click/master.hh>
#include <click/package.hh>
#include <click/router.hh>
#include <click/routervisitor.hh>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace {

// Logs its life. Its argument makes a stage fail: `configure` or `initialize`; a number is its configure phase.
class Diary : public Element {
  public:
    const char *class_name() const override { return "Diary"; }
    const char *port_count() const override { return "-/-"; }
    const char *flow_code() const override { return "#/#"; }
    int configure_phase() const override { return name() == "early" ? CONFIGURE_PHASE_FIRST : CONFIGURE_PHASE_DEFAULT; }

    int configure(Vector<String> &conf, ErrorHandler *errh) override
    {
        say("configure");
        _fails = conf.size() ? conf[0] : String();
        return _fails == "configure" ? errh->error("as asked") : 0;
    }
    int initialize(ErrorHandler *) override
    {
        say("initialize");
        return _fails == "initialize" ? -1 : 0;
    }
    void add_handlers() override { add_read_handler("own", read_own); }
    void take_state(Element *old, ErrorHandler *) override
    {
        say("take_state");
        if (auto *diary = static_cast<Diary *>(old->cast("Diary")))
            _generation = diary->_generation + 1;
    }
    void cleanup(CleanupStage stage) override { std::printf("%s cleanup %d\n", name().c_str(), static_cast<int>(stage)); }
    bool can_live_reconfigure() const override { return true; }

  private:
    String _fails;
    int _generation = 1;

    void say(const char *what) { std::printf("%s %s\n", name().c_str(), what); }
    static String read_own(Element *element, void *) { return String(static_cast<Diary *>(element)->_generation); }
};

class Footprints : public RouterVisitor {
  public:
    bool visit(Element *element, bool isoutput, int port, Element *, int, int distance) override
    {
        std::printf("%s %s %d at %d\n", element->name().c_str(), isoutput ? "output" : "input", port, distance);
        return true;
    }
};

std::unique_ptr<Router> read(Master *master, const char *text)
{
    return click_read_router_text(text, "check", ErrorHandler::default_handler(), master);
}

void live(Master *master, const char *text)
{
    std::unique_ptr<Router> router = read(master, text);
    int result = router->initialize(ErrorHandler::default_handler());
    std::printf("initialize %s\n", result < 0 ? "failed" : "succeeded");
    std::printf("own handler %s\n", Router::handler(router->element(0), "own") ? "there" : "gone");
    std::printf("name handler %s\n", Router::handler(router->element(0), "name") ? "there" : "gone");
}

void hot_swap(Master *master)
{
    ErrorHandler *errh = ErrorHandler::default_handler();
    std::unique_ptr<Router> old = read(master, "a :: Diary; gone :: Diary");
    old->initialize(errh);
    old->activate(errh);
    std::unique_ptr<Router> router = read(master, "new :: Diary; a :: Diary");
    router->set_hotswap_router(old.get());
    router->initialize(errh);
    router->activate(errh);
    std::printf("old runs %d, new runs %d\n", old->running(), router->running());
    old.reset();
    String value;
    router->call_read_handler("a.own", String(), value, errh);
    std::printf("generation of a %s\n", value.c_str());
    router->call_read_handler("1.own", String(), value, errh);
    std::printf("generation of new %s\n", value.c_str());
}

void reconfigure(Master *master)
{
    ErrorHandler *errh = ErrorHandler::default_handler();
    std::unique_ptr<Router> router = read(master, "a :: Diary(first)");
    router->initialize(errh);
    String value;
    int refused = router->call_write_handler("a.config", "configure", errh);
    router->call_read_handler("a.config", String(), value, errh);
    std::printf("refused %d, config %s\n", refused < 0, value.c_str());
    router->call_write_handler("a.config", "second ", errh);
    router->call_read_handler("a.config", String(), value, errh);
    std::printf("config '%s'\n", value.c_str());
}

void visit(Master *master)
{
    std::unique_ptr<Router> router = read(master, "s, d, t, u, v :: Diary; s => [0] d, [1] d; d => t, u;"
                                                  "t -> [0] v; u -> [1] v; v => [0] s, [1] s;");
    if (!router || router->initialize(ErrorHandler::default_handler()) < 0)
        return;
    Footprints footprints;
    router->visit_downstream(router->find("s"), 1, &footprints);
    std::printf("and back\n");
    router->visit_upstream(router->find("v"), 0, &footprints);
}

void side_by_side(Master *)
{
    ErrorHandler *errh = ErrorHandler::default_handler();
    auto *one = new Master(1), *two = new Master(1);
    one->use();
    two->use();
    std::unique_ptr<Router> a = read(one, "x :: Diary"), b = read(two, "x :: Diary");
    a->initialize(errh);
    b->initialize(errh);
    a->add_router_read_handler("only_a", [](Element *, void *) { return String("yes"); }, nullptr);
    std::printf("%d %d\n", Router::handler(a->root_element(), "only_a") != nullptr,
                Router::handler(b->root_element(), "only_a") != nullptr);
    a.reset();
    b->activate(errh);
    std::printf("b runs %d\n", b->running());
    b.reset();
    one->unuse();
    two->unuse();
}

}  // namespace

int main(int argc, char **argv)
{
    click_add_element_type("Diary", [](uintptr_t) -> Element * { return new Diary; }, 0);
    FileErrorHandler errh(stdout);
    ErrorHandler::set_default_handler(&errh);
    auto *master = new Master(1);
    master->use();
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "hot-swap"))
        hot_swap(master);
    else if (!strcmp(what, "reconfigure"))
        reconfigure(master);
    else if (!strcmp(what, "visit"))
        visit(master);
    else if (!strcmp(what, "side-by-side"))
        side_by_side(master);
    else
        live(master, what);
    std::printf("elements left %d\n", Element::nelements_allocated.load());
    master->unuse();
    std::fflush(stdout);
}

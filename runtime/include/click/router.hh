// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ROUTER_HH
#define CLICK_ROUTER_HH
#include <click/element.hh>
#include <click/error.hh>
#include <click/handler.hh>
#include <click/standard/threadsched.hh>
#include <click/string.hh>
#include <click/vector.hh>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

class Bitvector;
class HandlerSet;
class HelperThread;
class Master;
class NameInfo;
class RouterVisitor;
class StringAccum;

// A set of connected elements, made from a configuration and owned from then on.
//
//     std::unique_ptr<Router> router = click_read_router_text(text, "config", errh, master);   // lexer.hh
//     if (!router || router->initialize(errh) < 0 || router->activate(errh) < 0) ...
//     master->run();
//
// The destructor takes the router off its master, cleans the elements up in reverse order and deletes them. Routers are
// independent of each other; they share a Master (threads) and the registries of classes and packages.
class Router {
  public:
    Router(const String &configuration, Master *master);
    ~Router();
    Router(const Router &) = delete;
    Router &operator=(const Router &) = delete;

    Master *master() const { return _master; }

    enum State { ROUTER_NEW, ROUTER_PRECONFIGURE, ROUTER_PREINITIALIZE, ROUTER_LIVE, ROUTER_DEAD };
    State state() const { return _state; }
    bool initialized() const { return _state == ROUTER_LIVE; }
    bool handlers_ready() const { return _state > ROUTER_PRECONFIGURE; }
    bool dying() const { return _state == ROUTER_DEAD; }
    // Initialized, activated, and not stopped.
    bool running() const;

    // ---- building, before initialize()
    struct Endpoint {
        int element;
        int port;
        auto operator<=>(const Endpoint &) const = default;
    };
    struct Connection {
        Endpoint from;
        Endpoint to;
        auto operator<=>(const Connection &) const = default;
    };
    // Takes the element over; returns its index.
    int add_element(std::unique_ptr<Element> element, const String &name, const String &configuration,
                    const String &landmark);
    void add_connection(int from_element, int from_port, int to_element, int to_port);
    void add_requirement(const String &type, const String &value);

    // ---- life
    // Counts ports, settles push and pull, configures and initializes. Negative, with everything cleaned up, on error.
    int initialize(ErrorHandler *errh);
    // Takes the state over from the hot-swap router, then starts running. A background router does not keep
    // the driver alive.
    int activate(bool foreground, ErrorHandler *errh);
    int activate(ErrorHandler *errh) { return activate(true, errh); }

    // The router whose elements' state activate() moves into this one's. It must live until activate() returns; its tasks
    // and timers are stopped then.
    void set_hotswap_router(Router *old_router) { _hotswap_router = old_router; }
    Router *hotswap_router() const { return _hotswap_router; }

    // Runs a job beside the router's threads, one at a time and in order: what takes long and touches only what is made to be
    // shared. Jobs end before a hot swap takes the state over, and before elements are cleaned up; then those that have
    // not begun are dropped. Called by the router's own threads.
    void run_beside(std::function<void()> job);

    // The driver goes on while the runcount is positive. It starts at 1.
    int32_t runcount() const { return _runcount.load(std::memory_order_acquire); }
    void adjust_runcount(int32_t delta);
    void set_runcount(int32_t count);
    void please_stop_driver() { adjust_runcount(-1); }
    // Called by the master when it takes the router off its threads: the router is no longer running().
    void set_dead() { _stopped.store(true, std::memory_order_release); }

    // ---- elements
    int nelements() const { return static_cast<int>(_elements.size()); }
    const Vector<Element *> &elements() const { return _element_pointers; }
    // The root element for -1, null when out of range.
    Element *element(int index) const;
    // Stands for the router itself: the element that global handlers are called with.
    Element *root_element() const { return _root.get(); }

    // An element by its full name; errors (`no element named 'x'`) only with errh.
    Element *find(const String &name, ErrorHandler *errh = nullptr) const;
    // As seen from inside `context`'s compound element, then from the ones around it.
    Element *find(const String &name, const Element *context, ErrorHandler *errh = nullptr) const;
    Element *find(const String &name, String prefix, ErrorHandler *errh = nullptr) const;
    // By exact name, else by glob pattern (`*?[`), else by class name.
    Vector<Element *> match(const String &pattern) const;

    const String &ename(int index) const;
    const String &elandmark(int index) const;
    const String &edefault_configuration(int index) const;
    void set_default_configuration_string(int index, const String &text);
    // What the `config` handler shows: the last text written, else what the element was configured with.
    String econfiguration(int index) const;

    // Another flow code than the class's own for one element.
    void set_flow_code_override(int index, const String &flow_code);
    String flow_code(const Element *element) const;

    // ---- the graph
    const std::vector<Connection> &connections() const { return _connections; }
    // Visits what packets reach from a port (backwards, from an input), nearest first, each port once.
    // `port` -1 means all ports of that side. Returns 0, or -1 for a bad element.
    int visit(Element *first, bool forward, int port, RouterVisitor *visitor) const;
    int visit_downstream(Element *first, int output, RouterVisitor *visitor) const
    {
        return visit(first, true, output, visitor);
    }
    int visit_upstream(Element *first, int input, RouterVisitor *visitor) const
    {
        return visit(first, false, input, visitor);
    }
    bool element_can_reach(const Element *from, const Element *to) const;

    // ---- handlers. A null element, or the root element, means the global handlers.
    static void add_read_handler(const Element *element, const String &name, ReadHandlerCallback callback,
                                 void *user_data, uint32_t flags = 0);
    static void add_write_handler(const Element *element, const String &name, WriteHandlerCallback callback,
                                  void *user_data, uint32_t flags = 0);
    static void set_handler(const Element *element, const String &name, uint32_t flags, HandlerCallback callback,
                            void *read_user_data = nullptr, void *write_user_data = nullptr);
    static int set_handler_flags(const Element *element, const String &name, uint32_t set_flags,
                                 uint32_t clear_flags = 0);
    // Null when there is none.
    static const Handler *handler(const Element *element, const String &name);
    // Handlers of an element (or of this router: this router's own, then the process's), latest first.
    Vector<const Handler *> handlers(const Element *element) const;
    // Handlers of this router alone, shown beside the global ones.
    void add_router_read_handler(const String &name, ReadHandlerCallback callback, void *user_data, uint32_t flags = 0);
    void add_router_write_handler(const String &name, WriteHandlerCallback callback, void *user_data, uint32_t flags = 0);

    enum Lookup { lookup_found, lookup_no_element, lookup_no_handler };
    // `text` is "elem.handler", "N.handler" with N from 1, or "handler", ".handler", "0.handler" for a global handler.
    // Splits at the first dot. `element` is the root element for a global handler; both are set as far as they were found.
    Lookup find_handler(const String &text, Element *&element, const Handler *&handler) const;
    // Calls by such a name, for visible handlers only. Negative on error, which is reported.
    int call_read_handler(const String &text, const String &param, String &result, ErrorHandler *errh) const;
    int call_write_handler(const String &text, const String &value, ErrorHandler *errh);

    // The body of the `config` write handler.
    int live_reconfigure(Element *element, const String &text, ErrorHandler *errh);

    // ---- shared by elements
    void *attachment(const String &name) const;
    void *&force_attachment(const String &name);
    void *set_attachment(const String &name, void *value);
    // Where messages of a channel go; "" and "default" are the default error handler, others are silent until set.
    ErrorHandler *chatter_channel(const String &channel) const;
    void set_chatter_channel(const String &channel, ErrorHandler *errh);
    NameInfo *name_info() const { return _name_info.get(); }
    NameInfo *force_name_info();

    ThreadSched *thread_sched() const { return _thread_sched; }
    void set_thread_sched(ThreadSched *sched) { _thread_sched = sched; }
    int home_thread_id(const Element *element) const;
    void set_home_thread_id(const Element *element, int thread_id);
    int initial_home_thread_id(const Element *element) const;

    // ---- text
    const String &configuration_string() const { return _configuration; }
    String flat_configuration_string() const;
    void unparse(StringAccum &sa, const String &indent = String()) const;
    String element_list_string() const;
    String element_ports_string(const Element *element) const;
    const Vector<String> &requirements() const { return _requirements; }  // type, value, type, value, ...
    void element_lerror(ErrorHandler *errh, const Element *element, const char *format, ...) const;

  private:
    struct Node {
        std::unique_ptr<Element> element;
        String name;
        String configuration;
        String landmark;
        String flow_code;
        bool has_flow_code = false;
        int home_thread = ThreadSched::THREAD_UNKNOWN;
        std::unique_ptr<HandlerSet> handlers;
    };
    struct FreeName {
        void operator()(NameInfo *info) const;
    };

    Master *_master;
    State _state = ROUTER_NEW;
    std::atomic<int32_t> _runcount{1};
    std::atomic<bool> _stopped{false};
    std::atomic<bool> _active{false};
    Router *_hotswap_router = nullptr;
    std::unique_ptr<HelperThread> _helper;
    ThreadSched *_thread_sched = nullptr;

    String _configuration;
    Vector<String> _requirements;
    std::unique_ptr<Element> _root;
    std::vector<Node> _elements;
    Vector<Element *> _element_pointers;
    std::map<String, int> _names;
    std::vector<Connection> _connections;  // ordered by where they start, once initialized
    std::vector<Connection> _backward;     // the same, ordered by where they end
    std::unique_ptr<HandlerSet> _own_handlers;
    std::vector<int> _configure_order;
    std::vector<Element::CleanupStage> _stages;

    std::map<String, void *> _attachments;
    std::map<String, ErrorHandler *> _channels;
    std::unique_ptr<NameInfo, FreeName> _name_info;

    friend class Element;

    Node &node(const Element *element) { return _elements[element->eindex()]; }
    const Node &node(const Element *element) const { return _elements[element->eindex()]; }
    HandlerSet *handler_set(const Element *element) const;
    void tidy_connections();
    void settle_order();
    int configure_elements(ErrorHandler *errh);
    int initialize_elements(ErrorHandler *errh);
    int configure_threads(ErrorHandler *errh);
    void add_all_handlers();
    void cleanup_elements();
    void take_states(ErrorHandler *errh);
};

#endif

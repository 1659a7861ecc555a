// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ELEMENT_HH
#define CLICK_ELEMENT_HH
#include <click/config.h>
#include <click/glue.hh>
#include <click/handler.hh>
#include <click/packet.hh>
#include <click/string.hh>
#include <click/vector.hh>
#include <atomic>
#include <cstdint>
#include <memory>

class Bitvector;
class Element;
class ErrorHandler;
class EtherAddress;
class IPAddress;
class IP6Address;
class Master;
class NotifierSignal;
class PacketBatch;
class Router;
class RouterThread;
class Task;
class Timer;
class Timestamp;
class atomic_uint32_t;

// Common answers of Element::port_count(), processing() and flow_code().
#define PORTS_0_0 "0"
#define PORTS_0_1 "0/1"
#define PORTS_1_0 "1/0"
#define PORTS_1_1 "1"
#define PORTS_1_1X2 "1/1-2"

// The base of everything a configuration can name.
//
// Life: constructed, configure()d, handlers added, initialize()d, live, cleanup()ed (told how far it got), deleted.
// Nothing but setting members belongs into a constructor. Packets enter through push(), push_batch() and pull(); they
// leave through output(i).push(), output(i).push_batch() and input(i).pull().
class Element {
  public:
    Element();
    virtual ~Element();
    Element(const Element &) = delete;
    Element &operator=(const Element &) = delete;
    static std::atomic<int> nelements_allocated;

    // ---- what a class says about itself
    static const char PUSH[], PULL[], AGNOSTIC[], PUSH_TO_PULL[], PULL_TO_PUSH[], PROCESSING_A_AH[];
    static const char COMPLETE_FLOW[];

    virtual const char *class_name() const = 0;
    virtual const char *port_count() const { return PORTS_0_0; }
    virtual const char *processing() const { return AGNOSTIC; }
    virtual const char *flow_code() const { return COMPLETE_FLOW; }
    virtual const char *flags() const { return ""; }
    int flag_value(int flag) const;

    virtual void *cast(const char *name);
    virtual void *port_cast(bool isoutput, int port, const char *name);

    // ---- life cycle
    enum ConfigurePhase {
        CONFIGURE_PHASE_FIRST = 0,
        CONFIGURE_PHASE_INFO = 20,
        CONFIGURE_PHASE_PRIVILEGED = 90,
        CONFIGURE_PHASE_DEFAULT = 100,
        CONFIGURE_PHASE_LAST = 2000
    };
    enum CleanupStage {
        CLEANUP_NO_ROUTER,
        CLEANUP_BEFORE_CONFIGURE = CLEANUP_NO_ROUTER,
        CLEANUP_CONFIGURE_FAILED,
        CLEANUP_CONFIGURED,
        CLEANUP_INITIALIZE_FAILED,
        CLEANUP_INITIALIZED,
        CLEANUP_ROUTER_INITIALIZED,
        CLEANUP_MANUAL
    };

    virtual int configure_phase() const { return CONFIGURE_PHASE_DEFAULT; }
    virtual int configure(Vector<String> &conf, ErrorHandler *errh);
    virtual void add_handlers() {}
    virtual int initialize(ErrorHandler *errh);
    virtual void take_state(Element *old_element, ErrorHandler *errh);
    virtual Element *hotswap_element() const;
    virtual void cleanup(CleanupStage stage);

    virtual bool can_live_reconfigure() const { return false; }
    virtual int live_reconfigure(Vector<String> &conf, ErrorHandler *errh);

    // ---- packets and events
    virtual void push(int port, Packet *packet);
    virtual Packet *pull(int port) CLICK_WARN_UNUSED_RESULT;
    virtual Packet *simple_action(Packet *packet);
    // The default takes the batch apart and calls push() for each packet.
    virtual void push_batch(int port, PacketBatch *batch);
    // The default pulls up to `max` packets one by one; null when there is none.
    virtual PacketBatch *pull_batch(int port, unsigned max) CLICK_WARN_UNUSED_RESULT;

    virtual bool run_task(Task *task);
    virtual void run_timer(Timer *timer);
    virtual void selected(int fd, int mask);
    virtual void selected(int fd);
    virtual int llrpc(unsigned command, void *arg);
    int local_llrpc(unsigned command, void *arg) { return llrpc(command, arg); }

    // ---- who and where
    String name() const;
    String declaration() const;  // "name :: Class"
    String landmark() const;
    String configuration() const;  // as the `config` handler shows it
    Router *router() const { return _router; }
    // For the router that takes the element over, and for tests of an element by itself.
    void attach_router(Router *router, int eindex)
    {
        _router = router;
        _eindex = eindex;
    }
    int eindex() const { return _eindex; }
    int eindex(Router *router) const { return router == _router ? _eindex : -1; }
    Master *master() const;
    RouterThread *home_thread() const;
    int home_thread_id() const;

    // ---- ports
    class Port {
      public:
        bool active() const { return _element != nullptr; }
        operator bool() const { return active(); }
        Element *element() const { return _element; }
        int port() const { return _port; }

        inline void push(Packet *packet) const;
        inline void push_batch(PacketBatch *batch) const;
        inline Packet *pull() const;
        inline PacketBatch *pull_batch(unsigned max) const;
        unsigned npackets() const { return 0; }

      private:
        Element *_element = nullptr;
        int _port = -1;
        friend class Element;
    };

    int nports(bool isoutput) const { return _nports[isoutput]; }
    int ninputs() const { return _nports[0]; }
    int noutputs() const { return _nports[1]; }

    inline const Port &port(bool isoutput, int port) const;
    const Port &input(int p) const { return port(false, p); }
    const Port &output(int p) const { return port(true, p); }

    bool port_active(bool isoutput, int p) const
    {
        return p >= 0 && p < _nports[isoutput] && _ports[isoutput][p].active();
    }
    // An active push port is an output, an active pull port an input: the side that makes the call.
    bool input_is_push(int p) const { return p >= 0 && p < _nports[0] && !_ports[0][p].active(); }
    bool input_is_pull(int p) const { return port_active(false, p); }
    bool output_is_push(int p) const { return port_active(true, p); }
    bool output_is_pull(int p) const { return p >= 0 && p < _nports[1] && !_ports[1][p].active(); }

    // Pushes to output `p` when there is one, else drops.
    inline void checked_output_push(int p, Packet *packet) const;
    void checked_output_push_batch(int p, PacketBatch *batch) const;
    inline void output_push_batch(int p, PacketBatch *batch) const;
    inline Packet *input_pull(int p) const;

    // Sets `reached` to the ports on the other side that packets may travel to (or come from), by flow_code().
    void port_flow(bool isoutput, int port, Bitvector *reached) const;

    // ---- file descriptors
    enum { SELECT_READ = 1, SELECT_WRITE = 2 };
    int add_select(int fd, int mask);
    int remove_select(int fd, int mask);

    // ---- handlers; the callbacks' user data is a pointer or a small number
    void add_read_handler(const String &name, ReadHandlerCallback callback, const void *user_data, uint32_t flags = 0);
    void add_read_handler(const String &name, ReadHandlerCallback callback, int user_data = 0, uint32_t flags = 0);
    void add_read_handler(const char *name, ReadHandlerCallback callback, int user_data = 0, uint32_t flags = 0);
    void add_write_handler(const String &name, WriteHandlerCallback callback, const void *user_data, uint32_t flags = 0);
    void add_write_handler(const String &name, WriteHandlerCallback callback, int user_data = 0, uint32_t flags = 0);
    void add_write_handler(const char *name, WriteHandlerCallback callback, int user_data = 0, uint32_t flags = 0);
    void set_handler(const String &name, int flags, HandlerCallback callback, const void *read_user_data,
                     const void *write_user_data = nullptr);
    void set_handler(const String &name, int flags, HandlerCallback callback, int read_user_data = 0,
                     int write_user_data = 0);
    void set_handler(const char *name, int flags, HandlerCallback callback, int read_user_data = 0,
                     int write_user_data = 0);
    // Returns 0, or -1 when there is no such handler.
    int set_handler_flags(const String &name, int set_flags, int clear_flags = 0);

    // Handlers for a variable of the element. `flags` has Handler::f_read, f_write or both.
    void add_data_handlers(const String &name, int flags, bool *data);
    void add_data_handlers(const String &name, int flags, uint8_t *data);
    void add_data_handlers(const String &name, int flags, uint16_t *data);
    void add_data_handlers(const String &name, int flags, int *data);
    void add_data_handlers(const String &name, int flags, unsigned *data);
    void add_data_handlers(const String &name, int flags, long *data);
    void add_data_handlers(const String &name, int flags, unsigned long *data);
    void add_data_handlers(const String &name, int flags, long long *data);
    void add_data_handlers(const String &name, int flags, unsigned long long *data);
    void add_data_handlers(const String &name, int flags, atomic_uint32_t *data);
    void add_data_handlers(const String &name, int flags, double *data);
    void add_data_handlers(const String &name, int flags, String *data);
    void add_data_handlers(const String &name, int flags, IPAddress *data);
    void add_data_handlers(const String &name, int flags, EtherAddress *data);
    // With `is_interval` the text is a duration, else a time since the epoch.
    void add_data_handlers(const String &name, int flags, Timestamp *data, bool is_interval = false);
    // The variable is kept in network byte order.
    void add_net_order_data_handlers(const String &name, int flags, uint16_t *data);
    void add_net_order_data_handlers(const String &name, int flags, uint32_t *data);

    // `scheduled`, `tickets` and `home_thread`; all may be read, `flags` says which may be written.
    enum {
        TASKHANDLER_WRITE_SCHEDULED = 1,
        TASKHANDLER_WRITE_TICKETS = 2,
        TASKHANDLER_WRITE_HOME_THREAD = 4,
        TASKHANDLER_WRITE_ALL = 7,
        TASKHANDLER_DEFAULT = TASKHANDLER_WRITE_ALL
    };
    void add_task_handlers(Task *task, NotifierSignal *signal, int flags, const String &prefix = String());
    void add_task_handlers(Task *task, NotifierSignal *signal, const String &prefix = String())
    {
        add_task_handlers(task, signal, TASKHANDLER_DEFAULT, prefix);
    }
    void add_task_handlers(Task *task, const String &prefix = String())
    {
        add_task_handlers(task, nullptr, TASKHANDLER_DEFAULT, prefix);
    }

    // Ready-made callbacks: user data names the argument, as "0" (position) or "1 RATE" (position and keyword).
    static String read_positional_handler(Element *element, void *user_data);
    static String read_keyword_handler(Element *element, void *user_data);
    static int reconfigure_positional_handler(const String &value, Element *element, void *user_data, ErrorHandler *errh);
    static int reconfigure_keyword_handler(const String &value, Element *element, void *user_data, ErrorHandler *errh);

    // Which threads may enter this element, by its own tasks; see Router::home_thread_id(). The second form, for one port, is
    // what elements of a batching Click override; it asks the first.
    virtual bool get_spawning_threads(Bitvector &threads, bool isoutput);
    virtual bool get_spawning_threads(Bitvector &threads, bool isoutput, int port);

    // Called with THREAD_INITIALIZE once all elements are initialized; `threads` has a bit for each of the master's threads. The
    // number of threads never changes here, so the other stages do not come. A negative answer stops the router.
    enum ThreadReconfigurationStage {
        THREAD_INITIALIZE,
        THREAD_RECONFIGURE_UP_PRE,
        THREAD_RECONFIGURE_UP_POST,
        THREAD_RECONFIGURE_DOWN_PRE,
        THREAD_RECONFIGURE_DOWN_POST
    };
    virtual int thread_configure(ThreadReconfigurationStage stage, ErrorHandler *errh, Bitvector threads);

    // Elements of a batching Click ask for batches (in_batch_mode = BATCH_MODE_NEEDED) and look whether they have them. Every
    // element has them here, whatever it asks for.
    enum batch_mode { BATCH_MODE_NO, BATCH_MODE_IFPOSSIBLE, BATCH_MODE_NEEDED, BATCH_MODE_YES };
    struct GrantedBatchMode {
        GrantedBatchMode &operator=(batch_mode) { return *this; }
        operator batch_mode() const { return BATCH_MODE_YES; }
    };
    struct GrantedBatches {
        GrantedBatches &operator=(bool) { return *this; }
        operator bool() const { return true; }
    };
    static GrantedBatchMode in_batch_mode;
    static GrantedBatches receives_batch;

  private:
    static constexpr int inline_ports = 4;

    Router *_router = nullptr;
    int _eindex = -1;
    int _nports[2] = {0, 0};
    Port *_ports[2];
    Port _inline_ports[inline_ports];
    std::unique_ptr<Port[]> _more_ports;

    void set_nports(int ninputs, int noutputs);
    void connect_port(bool isoutput, int port, Element *element, int other_port);
    void add_default_handlers(bool config_writable);

    friend class Router;
    friend class RouterSetup;
};

inline const Element::Port &Element::port(bool isoutput, int port) const
{
    return _ports[isoutput][port];
}

// One virtual call: what is at the other end was settled when the router was initialized.
inline void Element::Port::push(Packet *packet) const
{
    _element->push(_port, packet);
}

inline void Element::Port::push_batch(PacketBatch *batch) const
{
    _element->push_batch(_port, batch);
}

inline Packet *Element::Port::pull() const
{
    return _element->pull(_port);
}

inline PacketBatch *Element::Port::pull_batch(unsigned max) const
{
    return _element->pull_batch(_port, max);
}

inline void Element::checked_output_push(int p, Packet *packet) const
{
    if (static_cast<unsigned>(p) < static_cast<unsigned>(_nports[1]))
        _ports[1][p].push(packet);
    else
        packet->kill();
}

inline void Element::output_push_batch(int p, PacketBatch *batch) const
{
    _ports[1][p].push_batch(batch);
}

inline Packet *Element::input_pull(int p) const
{
    return _ports[0][p].pull();
}

#endif

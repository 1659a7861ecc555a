// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_NOTIFIER_HH
#define CLICK_NOTIFIER_HH
#include <click/config.h>
#include <click/string.hh>
#include <click/vector.hh>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

class Element;
class Notifier;
class Router;
class Task;

// Whether packets may be had (or room may be left) at the other end: what a task asks before it sleeps.
//
// A signal watches any number of notifiers' words and is active while one of them is. Copies watch the same words.
class NotifierSignal {
  public:
    NotifierSignal() = default;  // not initialized: never active
    NotifierSignal(std::atomic<uint32_t> *word, uint32_t mask) : _word(word), _mask(mask) {}

    static NotifierSignal idle_signal();         // never active
    static NotifierSignal busy_signal();         // always active
    static NotifierSignal overderived_signal();  // always active: too much to watch
    static NotifierSignal uninitialized_signal() { return NotifierSignal(); }

    bool active() const
    {
        if (_word && (_word->load(std::memory_order_acquire) & _mask))
            return true;
        return _others && others_active();
    }
    operator bool() const { return active(); }

    bool initialized() const { return _word != nullptr; }
    bool idle() const;
    bool busy() const;
    bool overderived() const;

    // Only for a signal that watches one notifier.
    bool set_active(bool active);

    NotifierSignal &operator+=(const NotifierSignal &other);
    friend NotifierSignal operator+(NotifierSignal a, const NotifierSignal &b) { return a += b; }
    bool operator==(const NotifierSignal &other) const;
    bool operator!=(const NotifierSignal &other) const { return !(*this == other); }

    String unparse(Router *router) const;

  private:
    struct Watch {
        std::atomic<uint32_t> *word;
        uint32_t mask;
        bool operator==(const Watch &) const = default;
    };
    bool others_active() const;
    void watch(Watch watch);
    std::vector<Watch> watches() const;

    std::atomic<uint32_t> *_word = nullptr;
    uint32_t _mask = 0;
    std::shared_ptr<std::vector<Watch>> _others;
};

// An element's promise to tell when packets appear (EMPTY_NOTIFIER) or when room appears (FULL_NOTIFIER).
// Elements offer it through cast() or port_cast() with one of these names.
class Notifier {
  public:
    enum SearchOp { SEARCH_STOP = 0, SEARCH_CONTINUE, SEARCH_CONTINUE_WAKE };
    typedef void (*callback_type)(void *user_data, Notifier *notifier);

    static const char EMPTY_NOTIFIER[];
    static const char FULL_NOTIFIER[];

    explicit Notifier(SearchOp search_op = SEARCH_STOP) : _search_op(search_op) {}
    virtual ~Notifier();
    Notifier(const Notifier &) = delete;
    Notifier &operator=(const Notifier &) = delete;

    int initialize(const char *name, Router *router);

    const NotifierSignal &signal() const { return _signal; }
    SearchOp search_op() const { return _search_op; }
    bool active() const { return _state.load(std::memory_order_acquire) != 0; }
    bool initialized() const { return _signal.initialized(); }

    bool set_active(bool active) { return (_state.exchange(active ? 1 : 0, std::memory_order_acq_rel) != 0) != active; }
    virtual void wake() { set_active(true); }
    virtual void sleep() { set_active(false); }

    // A plain notifier wakes nobody: listeners must poll its signal. Active notifiers return > 0 here.
    virtual int add_activate_callback(callback_type callback, void *user_data);
    virtual void remove_activate_callback(callback_type callback, void *user_data);
    int add_listener(Task *task);
    void remove_listener(Task *task);
    // The dependent wakes when this one does.
    int add_dependent_notifier(Notifier *dependent);
    void remove_dependent_notifier(Notifier *dependent);

    static NotifierSignal upstream_empty_signal(Element *element, int port);
    static NotifierSignal upstream_empty_signal(Element *element, int port, Task *task);
    static NotifierSignal upstream_empty_signal(Element *element, int port, Task *task, Notifier *dependent);
    static NotifierSignal upstream_empty_signal(Element *element, int port, Notifier *dependent);
    static NotifierSignal upstream_empty_signal(Element *element, int port, callback_type callback, void *user_data);
    static NotifierSignal downstream_full_signal(Element *element, int port);
    static NotifierSignal downstream_full_signal(Element *element, int port, Task *task);
    static NotifierSignal downstream_full_signal(Element *element, int port, Task *task, Notifier *dependent);
    static NotifierSignal downstream_full_signal(Element *element, int port, Notifier *dependent);
    static NotifierSignal downstream_full_signal(Element *element, int port, callback_type callback, void *user_data);

    static void reschedule_task(void *user_data, Notifier *);
    static void wake_notifier(void *user_data, Notifier *);

  private:
    std::atomic<uint32_t> _state{1};
    NotifierSignal _signal;
    SearchOp _search_op;
};

// A notifier that wakes its listeners.
class ActiveNotifier : public Notifier {
  public:
    explicit ActiveNotifier(SearchOp search_op = SEARCH_STOP) : Notifier(search_op) {}

    int add_activate_callback(callback_type callback, void *user_data) override;
    void remove_activate_callback(callback_type callback, void *user_data) override;

    void set_active(bool active, bool schedule = true)
    {
        if (Notifier::set_active(active) && active && schedule)
            call_listeners();
    }
    void wake() override { set_active(true, true); }
    void sleep() override { set_active(false, true); }

    void listeners(Vector<Task *> &tasks) const;

  private:
    struct Listener {
        callback_type callback;
        void *user_data;
        bool operator==(const Listener &) const = default;
    };
    void call_listeners();

    mutable std::recursive_mutex _lock;
    std::vector<Listener> _listeners;
};

#endif

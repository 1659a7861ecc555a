// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SELECTSET_HH
#define CLICK_SELECTSET_HH
#include <click/config.h>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

class Element;
class Master;
class Router;

// The file descriptors one thread waits for, and the elements that hear of them through Element::selected().
class SelectSet {
  public:
    explicit SelectSet(Master *master);
    ~SelectSet();
    SelectSet(const SelectSet &) = delete;
    SelectSet &operator=(const SelectSet &) = delete;

    // Masks are of Element::SELECT_READ and Element::SELECT_WRITE. One element per direction; -1 if it is taken
    // or the descriptor cannot be waited for.
    int add_select(int fd, Element *element, int mask);
    int remove_select(int fd, Element *element, int mask);

    void kill_router(Router *router);
    // Starts waiting for the descriptors of a router that has become active.
    void start_router(Router *router);

    // Waits at most `timeout_ns` nanoseconds (-1: for ever, 0: not at all) and calls selected(). True if something was ready.
    // `before_calls` runs between waking up and the first call.
    template <typename F>
    bool run_selects(int64_t timeout_ns, F &&before_calls)
    {
        wait(timeout_ns);
        before_calls();
        return dispatch();
    }

    // Ends a wait in another thread, or the next one in this.
    void wake();

    size_t size() const;

  private:
    struct Entry {
        Element *reader = nullptr;
        Element *writer = nullptr;
        bool armed = false;         // known to epoll
        bool always_ready = false;  // a regular file: epoll refuses it
    };
    struct Ready {
        int fd;
        int mask;
    };

    void wait(int64_t timeout_ns);
    bool dispatch();
    int arm(int fd, Entry &entry);
    void disarm(int fd, Entry &entry);
    int mask_of(const Entry &entry) const;

    Master *_master;
    int _epoll = -1;
    int _event = -1;  // eventfd other threads write to
    mutable std::recursive_mutex _lock;
    std::map<int, Entry> _entries;
    std::vector<Ready> _ready;
    std::atomic<int> _always_ready{0};  // entries; looked at without the lock
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_THREADSCHED_HH
#define CLICK_THREADSCHED_HH
class Element;

// Chooses the thread an element's tasks and timers start on.
class ThreadSched {
  public:
    enum { THREAD_UNKNOWN = -1000 };
    ThreadSched() = default;
    virtual ~ThreadSched() = default;
    virtual int initial_home_thread_id(const Element *element);
};

#endif

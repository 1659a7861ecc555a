// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "queue.hh"
#include <click/router.hh>
#include <cstring>

void *Queue::cast(const char *name)
{
    if (strcmp(name, "Queue") == 0)
        return static_cast<Queue *>(this);
    if (strcmp(name, Notifier::EMPTY_NOTIFIER) == 0)
        return static_cast<Notifier *>(&_empty_note);
    if (strcmp(name, Notifier::FULL_NOTIFIER) == 0)
        return static_cast<Notifier *>(&_full_note);
    return SimpleQueue::cast(name);
}

int Queue::initialize(ErrorHandler *errh)
{
    _empty_note.initialize(Notifier::EMPTY_NOTIFIER, router());
    _full_note.initialize(Notifier::FULL_NOTIFIER, router());
    _empty_note.set_active(false, false);
    _full_note.set_active(true, false);
    return SimpleQueue::initialize(errh);
}

// The other side may look at the indices while this side changes the signal. A fence between the two steps of each side
// makes sure that at least one of them sees the other's change, so no wake-up is lost.
void Queue::pushed(bool now_full)
{
    std::atomic_thread_fence(std::memory_order_seq_cst);
    _empty_note.wake();
    if (now_full) {
        _full_note.sleep();
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (!is_full())
            _full_note.wake();
    }
}

void Queue::pulled(bool was_full, bool now_empty)
{
    if (now_empty) {
        _empty_note.sleep();
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (!empty())
            _empty_note.wake();
        // The queue may have become full between two looks of this side, and have told its pushers to sleep.
        _full_note.wake();
    }
    if (was_full) {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        _full_note.wake();
    }
}

EXPORT_ELEMENT(Queue)

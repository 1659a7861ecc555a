// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_GRACEPERIOD_HH
#define MIMI_GRACEPERIOD_HH
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

// When may memory that others read without a lock be used again?
//
// Theory of operation
//
// A *reader* is a thread that follows pointers of shared tables while it handles packets, and holds none of them between
// two turns of its loop. Once a turn it passes a *quiescent point*; while it sleeps, or runs no loop at all, it is
// *offline*. A writer first unlinks what it wants to reuse, so that nobody can find it any more, then takes a *ticket*.
// When every reader has been quiescent or offline since, whoever could have found the thing has let go of it: the *grace
// period* of the ticket has passed.
//
// There is one count for the process, the *epoch*; a ticket is the epoch after its own step. A reader's quiescent point
// copies the epoch into a word of its own: one load and one store, no barrier, no shared line written. Going online again
// writes that word and then reads the epoch, both sequentially consistent: either the writer sees that we are online, or we
// see its step and with it what it unlinked before.
//
//   reader R turns: sees epoch 7        writer: unlinks record x, ticket 8; R has seen 7: wait
//   R finishes its packets, turns: 8    writer: every reader has seen 8 or more: x may be used again
//
// Depends on nothing of Click. A program without readers (an engine that knows nothing of this file runs one thread) has
// grace periods that pass at once.

namespace mimi {

class GracePeriod {
  public:
    typedef uint64_t Ticket;

    // Unlink first, then ask for a ticket.
    static Ticket begin() { return shared().epoch.fetch_add(1, std::memory_order_seq_cst) + 1; }

    static bool passed(Ticket ticket)
    {
        Shared &all = shared();
        if (all.passed.load(std::memory_order_acquire) >= ticket)
            return true;
        std::lock_guard<std::mutex> guard(all.lock);
        Ticket oldest = all.epoch.load(std::memory_order_seq_cst);
        for (const Reader *reader : all.readers)
            if (Ticket seen = reader->_seen.load(std::memory_order_seq_cst))
                oldest = std::min(oldest, seen);
        all.passed.store(std::max(oldest, all.passed.load(std::memory_order_relaxed)), std::memory_order_release);
        return oldest >= ticket;
    }

    // One thread's word. It is offline when made; online(), offline() and quiescent() are for that thread alone.
    class Reader {
      public:
        Reader() : _seen(0)
        {
            std::lock_guard<std::mutex> guard(shared().lock);
            shared().readers.push_back(this);
        }
        ~Reader()
        {
            std::vector<const Reader *> &all = shared().readers;
            std::lock_guard<std::mutex> guard(shared().lock);
            all.erase(std::find(all.begin(), all.end(), this));
        }
        Reader(const Reader &) = delete;
        Reader &operator=(const Reader &) = delete;

        bool is_online() const { return _seen.load(std::memory_order_relaxed) != 0; }
        void online()
        {
            const std::atomic<Ticket> &epoch = shared().epoch;
            _seen.store(epoch.load(std::memory_order_acquire), std::memory_order_seq_cst);
            (void)epoch.load(std::memory_order_seq_cst);
        }
        void offline() { _seen.store(0, std::memory_order_release); }
        void quiescent()
        {
            _seen.store(shared().epoch.load(std::memory_order_acquire), std::memory_order_release);
        }

      private:
        std::atomic<Ticket> _seen;  // 0: offline
        friend class GracePeriod;
    };

  private:
    struct Shared {
        std::atomic<Ticket> epoch;
        std::atomic<Ticket> passed;  // every grace period up to this one has
        std::mutex lock;
        std::vector<const Reader *> readers;
        Shared() : epoch(1), passed(1) {}
    };
    static Shared &shared()
    {
        static Shared all;
        return all;
    }
};

// Things that wait for their grace period, oldest first. For the writer alone.
//
// `T` is freed by the callable given to collect(). Tickets are taken for groups, so that a writer that retires thousands of
// things does not step the epoch for each.
template <class T> class Retired {
  public:
    Retired() : _sealed(0), _ticket(0) {}

    void push(T thing) { _things.push_back(std::move(thing)); }
    bool empty() const { return _things.empty(); }
    size_t size() const { return _things.size(); }

    // Calls free(thing) for what nobody can hold any more. False when nothing was freed.
    template <class Free> bool collect(Free free)
    {
        if (_things.empty())
            return false;
        if (_sealed == 0)
            seal();
        if (!GracePeriod::passed(_ticket))
            return false;
        for (size_t i = 0; i != _sealed; ++i)
            free(_things[i]);
        _things.erase(_things.begin(), _things.begin() + long(_sealed));
        _sealed = 0;
        return true;
    }

    // Everything, at once: nobody reads any more.
    template <class Free> void drain(Free free)
    {
        for (T &thing : _things)
            free(thing);
        _things.clear();
        _sealed = 0;
    }

  private:
    std::vector<T> _things;
    size_t _sealed;  // so many, from the front, wait for _ticket
    GracePeriod::Ticket _ticket;

    void seal()
    {
        _sealed = _things.size();
        _ticket = GracePeriod::begin();
    }
};

}  // namespace mimi
#endif

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/notifier.hh>
#include <click/element.hh>
#include <click/router.hh>
#include <click/routervisitor.hh>
#include <click/straccum.hh>
#include <click/task.hh>
#include <algorithm>
#include <map>
#include <string>
#include <utility>

const char Notifier::EMPTY_NOTIFIER[] = "empty";
const char Notifier::FULL_NOTIFIER[] = "full";

namespace {

// The words behind the fixed signals: bit 0 never set, bits 1 and 2 always.
std::atomic<uint32_t> fixed_word{6};
constexpr uint32_t idle_bit = 1, busy_bit = 2, overderived_bit = 4;
constexpr size_t max_watches = 4096;

// What signals are called when they are shown: the notifiers of a router with the same name are numbered, and every 31 of
// them make a group, `name.0`, `name.1`, ..., with a bit each.
class SignalNames {
  public:
    struct Place {
        std::string group;
        uint32_t bit;
    };

    static SignalNames &the()
    {
        static SignalNames names;
        return names;
    }
    void add(const std::atomic<uint32_t> *word, const char *name, Router *router)
    {
        std::lock_guard guard(_lock);
        Key key(router, name);
        Count &count = _counts[key];
        _named[word] = {key, count.next++};
        ++count.living;
    }
    void remove(const std::atomic<uint32_t> *word)
    {
        std::lock_guard guard(_lock);
        auto found = _named.find(word);
        if (found == _named.end())
            return;
        if (auto count = _counts.find(found->second.first); --count->second.living == 0)
            _counts.erase(count);
        _named.erase(found);
    }
    Place find(const std::atomic<uint32_t> *word)
    {
        constexpr int bits = 31;
        std::lock_guard guard(_lock);
        auto found = _named.find(word);
        if (found == _named.end())
            return {"other", 1};
        const auto &[key, number] = found->second;
        return {key.second + "." + std::to_string(number / bits), uint32_t{1} << number % bits};
    }

  private:
    typedef std::pair<Router *, std::string> Key;
    struct Count {
        int next = 0;
        int living = 0;
    };
    std::mutex _lock;
    std::map<const std::atomic<uint32_t> *, std::pair<Key, int>> _named;
    std::map<Key, Count> _counts;
};

}  // namespace

NotifierSignal NotifierSignal::idle_signal()
{
    return NotifierSignal(&fixed_word, idle_bit);
}

NotifierSignal NotifierSignal::busy_signal()
{
    return NotifierSignal(&fixed_word, busy_bit);
}

NotifierSignal NotifierSignal::overderived_signal()
{
    return NotifierSignal(&fixed_word, overderived_bit);
}

bool NotifierSignal::idle() const
{
    return _word == &fixed_word && _mask == idle_bit && !_others;
}

bool NotifierSignal::busy() const
{
    return _word == &fixed_word && _mask == busy_bit;
}

bool NotifierSignal::overderived() const
{
    return _word == &fixed_word && _mask == overderived_bit;
}

bool NotifierSignal::set_active(bool active)
{
    if (!_word || _others || _word == &fixed_word)
        return false;
    uint32_t before = active ? _word->fetch_or(_mask) : _word->fetch_and(~_mask);
    return ((before & _mask) != 0) != active;
}

bool NotifierSignal::others_active() const
{
    return std::ranges::any_of(*_others, [](const Watch &watch) {
        return (watch.word->load(std::memory_order_acquire) & watch.mask) != 0;
    });
}

std::vector<NotifierSignal::Watch> NotifierSignal::watches() const
{
    std::vector<Watch> all;
    if (_word)
        all.push_back({_word, _mask});
    if (_others)
        all.insert(all.end(), _others->begin(), _others->end());
    return all;
}

void NotifierSignal::watch(Watch watch)
{
    std::vector<Watch> all = watches();
    if (std::ranges::find(all, watch) != all.end())
        return;
    if (all.size() >= max_watches) {
        *this = overderived_signal();
        return;
    }
    all.erase(all.begin());
    all.push_back(watch);
    _others = std::make_shared<std::vector<Watch>>(std::move(all));
}

NotifierSignal &NotifierSignal::operator+=(const NotifierSignal &other)
{
    if (!other.initialized() || other.idle() || busy() || (overderived() && !other.busy()))
        return *this;
    if (!initialized() || idle() || other.busy() || other.overderived())
        return *this = other;
    for (const Watch &more : other.watches())
        watch(more);
    return *this;
}

bool NotifierSignal::operator==(const NotifierSignal &other) const
{
    std::vector<Watch> mine = watches(), theirs = other.watches();
    return mine.size() == theirs.size() && std::ranges::is_permutation(mine, theirs);
}

String NotifierSignal::unparse(Router *) const
{
    if (!initialized())
        return "uninitialized";
    if (idle() || busy() || overderived())
        return idle() ? "idle" : busy() ? "busy*" : "overderived*";
    std::map<std::string, std::pair<uint32_t, uint32_t>> groups;  // the bits that are watched, and those that are set
    for (const Watch &watch : watches()) {
        SignalNames::Place place = SignalNames::the().find(watch.word);
        auto &[watched, set] = groups[place.group];
        watched |= place.bit;
        set |= watch.word->load() & watch.mask ? place.bit : 0;
    }
    StringAccum text;
    for (const auto &[group, bits] : groups) {
        text << (text.length() ? "+" : "") << group.c_str() << '/' << bits.first << ':' << bits.second;
        text << (bits.second ? "*" : "");
    }
    return text.take_string();
}

Notifier::~Notifier()
{
    if (_signal.initialized())
        SignalNames::the().remove(&_state);
}

int Notifier::initialize(const char *name, Router *router)
{
    if (_signal.initialized())
        return 0;
    _signal = NotifierSignal(&_state, 1);
    SignalNames::the().add(&_state, name, router);
    return 0;
}

int Notifier::add_activate_callback(callback_type, void *)
{
    return 0;
}

void Notifier::remove_activate_callback(callback_type, void *) {}

void Notifier::reschedule_task(void *user_data, Notifier *)
{
    static_cast<Task *>(user_data)->reschedule();
}

void Notifier::wake_notifier(void *user_data, Notifier *)
{
    static_cast<Notifier *>(user_data)->wake();
}

int Notifier::add_listener(Task *task)
{
    return add_activate_callback(reschedule_task, task);
}

void Notifier::remove_listener(Task *task)
{
    remove_activate_callback(reschedule_task, task);
}

int Notifier::add_dependent_notifier(Notifier *dependent)
{
    return add_activate_callback(wake_notifier, dependent);
}

void Notifier::remove_dependent_notifier(Notifier *dependent)
{
    remove_activate_callback(wake_notifier, dependent);
}

int ActiveNotifier::add_activate_callback(callback_type callback, void *user_data)
{
    std::lock_guard guard(_lock);
    Listener listener{callback, user_data};
    if (std::ranges::find(_listeners, listener) == _listeners.end())
        _listeners.push_back(listener);
    return 1;
}

void ActiveNotifier::remove_activate_callback(callback_type callback, void *user_data)
{
    std::lock_guard guard(_lock);
    std::erase(_listeners, Listener{callback, user_data});
}

void ActiveNotifier::call_listeners()
{
    std::lock_guard guard(_lock);
    for (size_t i = 0; i < _listeners.size(); ++i)
        _listeners[i].callback(_listeners[i].user_data, this);
}

void ActiveNotifier::listeners(Vector<Task *> &tasks) const
{
    std::lock_guard guard(_lock);
    for (const Listener &listener : _listeners)
        if (listener.callback == reschedule_task)
            tasks.push_back(static_cast<Task *>(listener.user_data));
}

namespace {

// Collects the notifiers on every path. Those found beyond a SEARCH_CONTINUE_WAKE notifier wake the listener, but
// are not part of the signal: the scheduler in between answers for them.
class NotifierSearch : public RouterVisitor {
  public:
    NotifierSearch(const char *name, bool through_schedulers) : _name(name), _through_schedulers(through_schedulers) {}

    bool visit(Element *element, bool isoutput, int port, Element *, int, int) override
    {
        if (auto *notifier = static_cast<Notifier *>(element->port_cast(isoutput, port, _name)))
            return found(notifier, element->router());
        // A port that moves packets by itself, or that nothing feeds, can have one at any time.
        if (port >= 0 && (element->port_active(isoutput, port) || leads_nowhere(element, isoutput, port))) {
            signal = NotifierSignal::busy_signal();
            return false;
        }
        return true;
    }

    NotifierSignal signal;
    std::vector<Notifier *> notifiers;
    bool met_scheduler = false;

  private:
    bool found(Notifier *notifier, Router *router)
    {
        if (std::ranges::find(notifiers, notifier) == notifiers.end())
            notifiers.push_back(notifier);
        notifier->initialize(_name, router);
        signal += notifier->signal();
        if (notifier->search_op() == Notifier::SEARCH_CONTINUE_WAKE && !_through_schedulers) {
            met_scheduler = true;
            return false;
        }
        return notifier->search_op() != Notifier::SEARCH_STOP;
    }

    static bool leads_nowhere(Element *element, bool isoutput, int port)
    {
        Bitvector flow;
        element->port_flow(isoutput, port, &flow);
        return flow.zero();
    }

    const char *_name;
    bool _through_schedulers;
};

enum Direction { upstream, downstream };

void visit(Element *element, int port, Direction direction, NotifierSearch &search)
{
    if (direction == upstream)
        element->router()->visit_upstream(element, port, &search);
    else
        element->router()->visit_downstream(element, port, &search);
}

NotifierSignal find_signal(Element *element, int port, Direction direction, Notifier::callback_type callback, void *data)
{
    const char *name = direction == upstream ? Notifier::EMPTY_NOTIFIER : Notifier::FULL_NOTIFIER;
    NotifierSearch search(name, false);
    visit(element, port, direction, search);
    if (!search.signal.initialized())
        return NotifierSignal::busy_signal();
    if (!callback)
        return search.signal;
    NotifierSearch beyond(name, true);
    if (search.met_scheduler)
        visit(element, port, direction, beyond);
    for (auto *notifiers : {&search.notifiers, &beyond.notifiers})
        for (Notifier *notifier : *notifiers)
            notifier->add_activate_callback(callback, data);
    return search.signal;
}

NotifierSignal find_for(Element *element, int port, Direction direction, Task *task, Notifier *dependent)
{
    NotifierSignal signal = find_signal(element, port, direction, task ? Notifier::reschedule_task : nullptr, task);
    if (dependent)
        find_signal(element, port, direction, Notifier::wake_notifier, dependent);
    return signal;
}

}  // namespace

NotifierSignal Notifier::upstream_empty_signal(Element *element, int port)
{
    return find_for(element, port, upstream, nullptr, nullptr);
}

NotifierSignal Notifier::upstream_empty_signal(Element *element, int port, Task *task)
{
    return find_for(element, port, upstream, task, nullptr);
}

NotifierSignal Notifier::upstream_empty_signal(Element *element, int port, Task *task, Notifier *dependent)
{
    return find_for(element, port, upstream, task, dependent);
}

NotifierSignal Notifier::upstream_empty_signal(Element *element, int port, Notifier *dependent)
{
    return find_for(element, port, upstream, nullptr, dependent);
}

NotifierSignal Notifier::upstream_empty_signal(Element *element, int port, callback_type callback, void *user_data)
{
    return find_signal(element, port, upstream, callback, user_data);
}

NotifierSignal Notifier::downstream_full_signal(Element *element, int port)
{
    return find_for(element, port, downstream, nullptr, nullptr);
}

NotifierSignal Notifier::downstream_full_signal(Element *element, int port, Task *task)
{
    return find_for(element, port, downstream, task, nullptr);
}

NotifierSignal Notifier::downstream_full_signal(Element *element, int port, Task *task, Notifier *dependent)
{
    return find_for(element, port, downstream, task, dependent);
}

NotifierSignal Notifier::downstream_full_signal(Element *element, int port, Notifier *dependent)
{
    return find_for(element, port, downstream, nullptr, dependent);
}

NotifierSignal Notifier::downstream_full_signal(Element *element, int port, callback_type callback, void *user_data)
{
    return find_signal(element, port, downstream, callback, user_data);
}

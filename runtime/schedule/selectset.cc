// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/selectset.hh>
#include <click/element.hh>
#include <click/master.hh>
#include <click/router.hh>
#include <cerrno>
#include <ctime>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace {

constexpr int64_t second_ns = 1000000000;

[[noreturn]] void fail(const char *what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

SelectSet::SelectSet(Master *master)
    : _master(master), _epoll(epoll_create1(EPOLL_CLOEXEC)), _event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (_epoll < 0 || _event < 0)
        fail("epoll");
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.fd = _event;
    if (epoll_ctl(_epoll, EPOLL_CTL_ADD, _event, &wanted) < 0)
        fail("epoll_ctl");
}

SelectSet::~SelectSet()
{
    close(_epoll);
    close(_event);
}

int SelectSet::mask_of(const Entry &entry) const
{
    int mask = 0;
    if (entry.reader && _master->router_running(entry.reader->router()))
        mask |= Element::SELECT_READ;
    if (entry.writer && _master->router_running(entry.writer->router()))
        mask |= Element::SELECT_WRITE;
    return mask;
}

int SelectSet::arm(int fd, Entry &entry)
{
    int mask = mask_of(entry);
    if (!mask || entry.always_ready) {
        disarm(fd, entry);
        return 0;
    }
    epoll_event wanted{};
    wanted.data.fd = fd;
    wanted.events = (mask & Element::SELECT_READ ? EPOLLIN | EPOLLRDHUP : 0u) | (mask & Element::SELECT_WRITE ? EPOLLOUT : 0u);
    int result = epoll_ctl(_epoll, entry.armed ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &wanted);
    // A descriptor that was closed and opened again has dropped out of epoll, or is still in it through a copy.
    if (result < 0 && errno == ENOENT)
        result = epoll_ctl(_epoll, EPOLL_CTL_ADD, fd, &wanted);
    else if (result < 0 && errno == EEXIST)
        result = epoll_ctl(_epoll, EPOLL_CTL_MOD, fd, &wanted);
    if (result < 0 && errno == EPERM) {
        entry.always_ready = true;
        ++_always_ready;
        return 0;
    }
    entry.armed = result == 0;
    return result;
}

void SelectSet::disarm(int fd, Entry &entry)
{
    if (entry.armed)
        epoll_ctl(_epoll, EPOLL_CTL_DEL, fd, nullptr);
    entry.armed = false;
}

int SelectSet::add_select(int fd, Element *element, int mask)
{
    std::lock_guard guard(_lock);
    if (fd < 0)
        return -1;
    Entry &entry = _entries[fd];
    bool read = mask & Element::SELECT_READ, write = mask & Element::SELECT_WRITE;
    if ((read && entry.reader && entry.reader != element) || (write && entry.writer && entry.writer != element))
        return -1;
    if (read)
        entry.reader = element;
    if (write)
        entry.writer = element;
    if (arm(fd, entry) == 0)
        return 0;
    remove_select(fd, element, mask);
    return -1;
}

int SelectSet::remove_select(int fd, Element *element, int mask)
{
    std::lock_guard guard(_lock);
    auto found = _entries.find(fd);
    if (found == _entries.end())
        return -1;
    Entry &entry = found->second;
    if ((mask & Element::SELECT_READ) && entry.reader == element)
        entry.reader = nullptr;
    if ((mask & Element::SELECT_WRITE) && entry.writer == element)
        entry.writer = nullptr;
    if (entry.reader || entry.writer) {
        arm(fd, entry);
        return 0;
    }
    disarm(fd, entry);
    _always_ready -= entry.always_ready;
    _entries.erase(found);
    return 0;
}

void SelectSet::kill_router(Router *router)
{
    std::lock_guard guard(_lock);
    for (auto at = _entries.begin(); at != _entries.end();) {
        auto [fd, entry] = *at++;
        if (entry.reader && entry.reader->router() == router)
            remove_select(fd, entry.reader, Element::SELECT_READ);
        if (entry.writer && entry.writer->router() == router)
            remove_select(fd, entry.writer, Element::SELECT_WRITE);
    }
}

void SelectSet::start_router(Router *router)
{
    std::lock_guard guard(_lock);
    for (auto &[fd, entry] : _entries)
        if ((entry.reader && entry.reader->router() == router) || (entry.writer && entry.writer->router() == router))
            arm(fd, entry);
}

size_t SelectSet::size() const
{
    std::lock_guard guard(_lock);
    return _entries.size();
}

void SelectSet::wake()
{
    const uint64_t one = 1;
    [[maybe_unused]] ssize_t written = write(_event, &one, sizeof one);
}

// epoll counts in milliseconds; ppoll on the epoll descriptor waits to the nanosecond.
void SelectSet::wait(int64_t timeout_ns)
{
    _ready.clear();
    if (timeout_ns != 0 && _always_ready == 0) {
        pollfd epoll_ready{_epoll, POLLIN, 0};
        timespec limit{static_cast<time_t>(timeout_ns / second_ns), static_cast<long>(timeout_ns % second_ns)};
        if (ppoll(&epoll_ready, 1, timeout_ns < 0 ? nullptr : &limit, nullptr) <= 0)
            return;
    }
    epoll_event events[64];
    int count = epoll_wait(_epoll, events, 64, 0);
    for (int i = 0; i < count; ++i) {
        if (events[i].data.fd == _event) {
            uint64_t value;
            [[maybe_unused]] ssize_t got = read(_event, &value, sizeof value);
            continue;
        }
        int mask = 0;
        if (events[i].events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
            mask |= Element::SELECT_READ;
        if (events[i].events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
            mask |= Element::SELECT_WRITE;
        _ready.push_back({events[i].data.fd, mask});
    }
}

bool SelectSet::dispatch()
{
    if (_always_ready) {
        std::lock_guard guard(_lock);
        for (auto &[fd, entry] : _entries)
            if (entry.always_ready)
                _ready.push_back({fd, Element::SELECT_READ | Element::SELECT_WRITE});
    }
    bool called = false;
    // An element may drop any descriptor while it is called: look each one up afresh.
    auto current = [&](int fd, int direction) -> Element * {
        std::lock_guard guard(_lock);
        auto found = _entries.find(fd);
        if (found == _entries.end() || !(mask_of(found->second) & direction))
            return nullptr;
        return direction == Element::SELECT_READ ? found->second.reader : found->second.writer;
    };
    for (auto [fd, mask] : _ready) {
        Element *reader = mask & Element::SELECT_READ ? current(fd, Element::SELECT_READ) : nullptr;
        Element *writer = mask & Element::SELECT_WRITE ? current(fd, Element::SELECT_WRITE) : nullptr;
        called |= reader || writer;
        if (reader && reader == writer) {
            reader->selected(fd, mask);
            continue;
        }
        if (reader)
            reader->selected(fd, Element::SELECT_READ);
        if (writer && current(fd, Element::SELECT_WRITE) == writer)
            writer->selected(fd, Element::SELECT_WRITE);
    }
    return called;
}

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/capi/mimi_click.h"
#include <click/error.hh>
#include <click/lexer.hh>
#include <click/master.hh>
#include <click/packet.hh>
#include <click/packet_anno.hh>
#include <click/router.hh>
#include "runtime/elements/control/memory.hh"
#include "runtime/elements/control/messagelines.hh"
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

struct mimi_click_router {
    Master *master = nullptr;
    std::unique_ptr<Router> router;
    std::vector<MemoryOut *> outputs;
    Packet *taken = nullptr;
    bool virtual_clock = false;

    mimi_click_router();
    ~mimi_click_router();
    void drop_taken();
    uint64_t received() const;
};

namespace {

constexpr double virtual_start_seconds = 1000000000;
int virtual_clocks = 0;

class Failure : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

char *copy_text(const char *data, size_t length)
{
    auto *copy = static_cast<char *>(std::malloc(length + 1));
    if (copy) {
        std::memcpy(copy, data, length);
        copy[length] = '\0';
    }
    return copy;
}

// Every entry point goes through here: whatever is thrown becomes a message.
template <typename Result, typename Work>
Result guarded(char **error, Result failed, Work work) noexcept
{
    std::string message;
    try {
        return work();
    } catch (const std::exception &caught) {
        message = caught.what();
    } catch (...) {
        message = "unknown error";
    }
    if (error)
        *error = copy_text(message.data(), message.size());
    return failed;
}

// Packages resolve the engine's symbols globally; whoever loaded us may have kept them to himself.
void make_symbols_global()
{
    Dl_info self;
    if (dladdr(reinterpret_cast<void *>(&mimi_click_create), &self) && self.dli_fname)
        dlopen(self.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
}

RouterParameters split_parameters(const char *const *parameters)
{
    RouterParameters result;
    for (; parameters && *parameters; ++parameters) {
        const char *equals = std::strchr(*parameters, '=');
        if (!equals)
            throw Failure(std::string("parameter '") + *parameters + "': expected NAME=VALUE");
        result.emplace_back(String(*parameters, static_cast<int>(equals - *parameters)), String(equals + 1));
    }
    return result;
}

template <typename T>
T *find_element(mimi_click_router *self, const char *name, const char *class_name)
{
    Element *element = self->router->find(name);
    if (!element)
        throw Failure(std::string("no element named '") + name + "'");
    auto *found = static_cast<T *>(element->cast(class_name));
    if (!found)
        throw Failure(std::string(element->declaration().c_str()) + " is not a " + class_name);
    return found;
}

void create(mimi_click_router &self, const String &text, const char *name, const char *const *parameters)
{
    MessageLines messages;
    self.router = click_read_router_text(text, name, &messages, self.master, split_parameters(parameters));
    if (!self.router || self.router->initialize(&messages) < 0 || self.router->activate(&messages) < 0)
        throw Failure(messages.lines().empty() ? "Router could not be initialized!" : messages.text());
    for (Element *element : self.router->elements())
        if (auto *output = static_cast<MemoryOut *>(element->cast("MemoryOut")))
            self.outputs.push_back(output);
}

WritablePacket *make_packet(const void *data, size_t length, const mimi_click_offload *offload)
{
    if (length > 0x7FFFFFFF)
        throw Failure("packet too long");
    WritablePacket *packet = Packet::make(data, static_cast<uint32_t>(length));
    if (!packet)
        throw Failure("out of memory");
    packet->timestamp_anno().assign_now();
    if (offload) {
        PacketOffload view{};
        view.flags = offload->flags;
        view.gso_type = offload->gso_type;
        view.gso_size = offload->gso_size;
        view.hdr_len = static_cast<uint16_t>(offload->hdr_len + packet->headroom());
        view.csum_start = static_cast<uint16_t>(offload->csum_start + packet->headroom());
        view.csum_offset = offload->csum_offset;
        packet->set_offload(view);
    }
    return packet;
}

void describe(const Packet *packet, int port, mimi_click_packet &out)
{
    std::memset(&out, 0, sizeof out);
    out.data = packet->data();
    out.length = packet->length();
    out.sec = packet->timestamp_anno().sec();
    out.nsec = static_cast<uint32_t>(packet->timestamp_anno().nsec());
    out.dst_ip = packet->dst_ip_anno().addr();
    out.port = port;
    out.paint = PAINT_ANNO(packet);
    const PacketOffload &view = packet->offload();
    out.has_offload = view.flags || view.gso_type;
    out.offload.flags = view.flags;
    out.offload.gso_type = view.gso_type;
    out.offload.gso_size = view.gso_size;
    out.offload.csum_offset = view.csum_offset;
    // From the buffer's head to the data's first byte.
    if (view.csum_start)
        out.offload.csum_start = static_cast<uint16_t>(view.csum_start - packet->headroom());
    if (view.hdr_len)
        out.offload.hdr_len = static_cast<uint16_t>(view.hdr_len - packet->headroom());
}

// One way to run: turns of the loop until a limit is met.
class Run {
  public:
    Run(mimi_click_router *self, int64_t packets, bool until_idle, int64_t ns)
        : _self(self), _before(self->received()), _packets(packets), _until_idle(until_idle), _timed(ns >= 0)
    {
        if (_timed)
            _deadline = Timestamp::now_steady() + Timestamp::make_nsec(ns);
    }

    int64_t run()
    {
        Master *master = _self->master;
        while (!enough() && master->check_driver()) {
            bool busy = master->thread(0)->turn(RouterThread::wait_never);
            if (busy || master->thread(0)->active())
                continue;
            if (_until_idle || !wait())
                break;
        }
        if (_timed && _self->virtual_clock && !_until_idle && !enough() && master->alive())
            master->jump_clock(_deadline);
        return static_cast<int64_t>(_self->received() - _before);
    }

  private:
    bool enough() const
    {
        if (_packets >= 0 && _self->received() - _before >= static_cast<uint64_t>(_packets))
            return true;
        return _timed && Timestamp::now_steady() >= _deadline;
    }
    // Lets time pass until there is something to do. False when that is never, or after the deadline.
    bool wait() const
    {
        RouterThread *thread = _self->master->thread(0);
        Timestamp next;
        bool timer = thread->timer_set().next_expiry(_self->master, next);
        if (_self->virtual_clock) {
            if (!timer || (_timed && next > _deadline))
                return false;
            _self->master->jump_clock(next);
            return true;
        }
        if (!timer && !_timed && thread->select_set().size() == 0)
            return false;
        thread->turn_until(_timed ? &_deadline : nullptr);
        return true;
    }

    mimi_click_router *_self;
    uint64_t _before;
    int64_t _packets;
    bool _until_idle;
    bool _timed;
    Timestamp _deadline;
};

}  // namespace

mimi_click_router::mimi_click_router() : master(new Master(1))
{
    master->use();
}

mimi_click_router::~mimi_click_router()
{
    drop_taken();
    router.reset();
    master->unuse();
    if (virtual_clock && --virtual_clocks == 0)
        Timestamp::warp_set_class(Timestamp::warp_none);
}

void mimi_click_router::drop_taken()
{
    if (taken)
        taken->kill();
    taken = nullptr;
}

uint64_t mimi_click_router::received() const
{
    uint64_t sum = 0;
    for (const MemoryOut *output : outputs)
        sum += output->count();
    return sum;
}

mimi_click_router *mimi_click_create(const char *text, size_t length, const char *name, const char *const *parameters,
                                     int flags, char **error)
{
    return guarded<mimi_click_router *>(error, nullptr, [&] {
        make_symbols_global();
        auto self = std::make_unique<mimi_click_router>();
        if (flags & MIMI_CLICK_VIRTUAL_CLOCK) {
            self->virtual_clock = true;
            if (virtual_clocks++ == 0)
                self->master->set_simulated_time(virtual_start_seconds);
            else
                self->master->share_simulated_time();
        }
        create(*self, String(text, static_cast<int>(length)), name ? name : "config", parameters);
        return self.release();
    });
}

void mimi_click_destroy(mimi_click_router *router)
{
    guarded<int>(nullptr, -1, [&] {
        delete router;
        return 0;
    });
}

int mimi_click_push(mimi_click_router *router, const char *element, int port, const void *data, size_t length,
                    const mimi_click_offload *offload, char **error)
{
    return guarded<int>(error, -1, [&] {
        auto *input = find_element<MemoryIn>(router, element, "MemoryIn");
        if (port < 0 || port >= input->noutputs())
            throw Failure(std::string("'") + element + "' has no output " + std::to_string(port));
        if (!input->inject(port, make_packet(data, length, offload)))
            throw Failure(std::string("'") + element + "' is full: run the router before more packets are pushed");
        return 0;
    });
}

int mimi_click_take(mimi_click_router *router, const char *element, mimi_click_packet *packet, char **error)
{
    return guarded<int>(error, -1, [&] {
        auto *output = find_element<MemoryOut>(router, element, "MemoryOut");
        router->drop_taken();
        int port = 0;
        router->taken = output->take(port);
        if (!router->taken)
            return 0;
        describe(router->taken, port, *packet);
        return 1;
    });
}

int mimi_click_read(mimi_click_router *router, const char *handler, const char *parameter, size_t parameter_length,
                    char **value, size_t *value_length, char **error)
{
    return guarded<int>(error, -1, [&] {
        MessageLines messages;
        String result;
        String given(parameter ? parameter : "", parameter ? static_cast<int>(parameter_length) : 0);
        if (router->router->call_read_handler(handler, given, result, &messages) < 0 || messages.nerrors() > 0)
            throw Failure(messages.text());
        *value_length = static_cast<size_t>(result.length());
        *value = copy_text(result.data(), *value_length);
        if (!*value)
            throw Failure("out of memory");
        return 0;
    });
}

int mimi_click_write(mimi_click_router *router, const char *handler, const char *data, size_t length, char **error)
{
    return guarded<int>(error, -1, [&] {
        if (length > 0x7FFFFFF0)
            throw Failure("data too big");
        MessageLines messages;
        int result = router->router->call_write_handler(handler, String(data, static_cast<int>(length)), &messages);
        if (result < 0 || messages.nerrors() > 0)
            throw Failure(messages.lines().empty() ? std::string("write handler '") + handler + "' error" : messages.text());
        return 0;
    });
}

int64_t mimi_click_run(mimi_click_router *router, int64_t packets, int until_idle, int64_t ns, char **error)
{
    return guarded<int64_t>(error, -1, [&] {
        if (packets < 0 && !until_idle && ns < 0)
            throw Failure("run without a limit");
        return Run(router, packets, until_idle != 0, ns).run();
    });
}

int mimi_click_running(mimi_click_router *router)
{
    return router->master->alive();
}

void mimi_click_free(void *memory)
{
    std::free(memory);
}

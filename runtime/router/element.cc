// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/element.hh>
#include <click/bitvector.hh>
#include <click/error.hh>
#include <click/master.hh>
#include <click/packetbatch.hh>
#include <click/router.hh>
#include <click/routerthread.hh>
#include <click/task.hh>
#include <click/timer.hh>
#include "runtime/router/portcode.hh"
#include <cctype>
#include <cstdlib>
#include <cstring>

const char Element::PUSH[] = "h";
const char Element::PULL[] = "l";
const char Element::AGNOSTIC[] = "a";
const char Element::PUSH_TO_PULL[] = "h/l";
const char Element::PULL_TO_PUSH[] = "l/h";
const char Element::PROCESSING_A_AH[] = "a/ah";
const char Element::COMPLETE_FLOW[] = "x/x";

std::atomic<int> Element::nelements_allocated{0};

Element::Element() : _ports{_inline_ports, _inline_ports}
{
    ++nelements_allocated;
}

Element::~Element()
{
    --nelements_allocated;
}

int Element::flag_value(int flag) const
{
    for (const char *s = flags(); *s; ++s) {
        if (static_cast<unsigned char>(*s) != flag)
            continue;
        return isdigit(static_cast<unsigned char>(s[1])) ? atoi(s + 1) : 1;
    }
    return -1;
}

void *Element::cast(const char *name)
{
    return strcmp(name, class_name()) == 0 ? this : nullptr;
}

void *Element::port_cast(bool, int, const char *name)
{
    return cast(name);
}

// ---- life cycle

int Element::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return conf.size() ? errh->error("too many arguments") : 0;
}

int Element::initialize(ErrorHandler *)
{
    return 0;
}

void Element::take_state(Element *, ErrorHandler *)
{
}

Element *Element::hotswap_element() const
{
    Router *old = router() ? router()->hotswap_router() : nullptr;
    return old ? old->find(name()) : nullptr;
}

void Element::cleanup(CleanupStage)
{
}

int Element::live_reconfigure(Vector<String> &conf, ErrorHandler *errh)
{
    return can_live_reconfigure() ? configure(conf, errh) : errh->error("cannot reconfigure %<%s%> live", class_name());
}

// ---- packets and events

void Element::push(int, Packet *packet)
{
    if (Packet *result = simple_action(packet))
        output(0).push(result);
}

Packet *Element::pull(int)
{
    Packet *packet = input(0).pull();
    return packet ? simple_action(packet) : nullptr;
}

Packet *Element::simple_action(Packet *packet)
{
    return packet;
}

void Element::push_batch(int port, PacketBatch *batch)
{
    FOR_EACH_PACKET_SAFE(batch, packet)
        push(port, packet);
}

PacketBatch *Element::pull_batch(int port, unsigned max)
{
    PacketBatch *batch;
    MAKE_BATCH(pull(port), batch, max);
    return batch;
}

void Element::checked_output_push_batch(int p, PacketBatch *batch) const
{
    if (static_cast<unsigned>(p) < static_cast<unsigned>(_nports[1]))
        _ports[1][p].push_batch(batch);
    else
        batch->kill();
}

bool Element::run_task(Task *)
{
    return false;
}

void Element::run_timer(Timer *)
{
}

void Element::selected(int fd, int)
{
    selected(fd);
}

void Element::selected(int)
{
}

int Element::llrpc(unsigned, void *)
{
    return -EINVAL;
}

// ---- who and where

String Element::name() const
{
    return _router && _eindex >= 0 ? _router->ename(_eindex) : String("<unknown>");
}

String Element::declaration() const
{
    return name() + " :: " + class_name();
}

String Element::landmark() const
{
    return _router && _eindex >= 0 ? _router->elandmark(_eindex) : String("<unknown>");
}

String Element::configuration() const
{
    return _router ? _router->econfiguration(_eindex) : String();
}

Master *Element::master() const
{
    return _router->master();
}

int Element::home_thread_id() const
{
    return _router->home_thread_id(this);
}

RouterThread *Element::home_thread() const
{
    return master()->thread(home_thread_id());
}

bool Element::get_spawning_threads(Bitvector &threads, bool)
{
    int thread = home_thread_id();
    if (thread >= 0 && thread < threads.size())
        threads[thread] = true;
    return true;
}

bool Element::get_spawning_threads(Bitvector &threads, bool isoutput, int)
{
    return get_spawning_threads(threads, isoutput);
}

int Element::thread_configure(ThreadReconfigurationStage, ErrorHandler *, Bitvector)
{
    return 0;
}

Element::GrantedBatchMode Element::in_batch_mode;
Element::GrantedBatches Element::receives_batch;

// ---- ports

void Element::set_nports(int ninputs, int noutputs)
{
    _nports[0] = ninputs;
    _nports[1] = noutputs;
    int total = ninputs + noutputs;
    _more_ports.reset(total > inline_ports ? new Port[static_cast<size_t>(total)] : nullptr);
    Port *all = _more_ports ? _more_ports.get() : _inline_ports;
    for (Port &port : _inline_ports)
        port = Port();
    _ports[0] = all;
    _ports[1] = all + ninputs;
}

void Element::connect_port(bool isoutput, int port, Element *element, int other_port)
{
    _ports[isoutput][port]._element = element;
    _ports[isoutput][port]._port = other_port;
}

void Element::port_flow(bool isoutput, int port, Bitvector *reached) const
{
    String code = _router ? _router->flow_code(this) : String(flow_code());
    router_ports::FlowCode flow(code);
    int n = nports(!isoutput);
    reached->assign(n, false);
    for (int other = 0; other < n; ++other)
        if (isoutput ? flow.connects(other, port) : flow.connects(port, other))
            (*reached)[other] = true;
}

// ---- file descriptors

int Element::add_select(int fd, int mask)
{
    return home_thread()->select_set().add_select(fd, this, mask);
}

int Element::remove_select(int fd, int mask)
{
    return home_thread()->select_set().remove_select(fd, this, mask);
}

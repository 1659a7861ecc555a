// SPDX-License-Identifier: Apache-2.0
// The stages of a router's life: ports settled, elements configured, initialized, live, cleaned up.
#include <click/config.h>
#include <click/bitvector.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/master.hh>
#include <click/nameinfo.hh>
#include <click/router.hh>
#include "runtime/router/handlerset.hh"
#include "runtime/router/routersetup.hh"
#include "runtime/schedule/helperthread.hh"
#include <algorithm>
#include <numeric>

namespace {

// "While configuring 'x :: Class':", at the element's line; the messages follow indented.
class ElementContext : public ContextErrorHandler {
  public:
    ElementContext(ErrorHandler *errh, const char *what, const Element *element)
        : ContextErrorHandler(errh, errh->xformat("While %s %<%s%>:", what, element->declaration().c_str()), "  ",
                              element->landmark())
    {
    }
};

}  // namespace

Router::~Router()
{
    _master->kill_router(this);
    _helper.reset();
    cleanup_elements();
    _state = ROUTER_DEAD;
    // An element may look at others while it is deleted, so they go in reverse order with the array still in place.
    for (auto node = _elements.rbegin(); node != _elements.rend(); ++node)
        node->element.reset();
    _master->unregister_router(this);
}

// By configure phase; equal phases keep the order of the configuration.
void Router::settle_order()
{
    _configure_order.resize(_elements.size());
    std::iota(_configure_order.begin(), _configure_order.end(), 0);
    std::vector<int> phase;
    for (const Node &node : _elements)
        phase.push_back(node.element->configure_phase());
    std::stable_sort(_configure_order.begin(), _configure_order.end(),
                     [&](int a, int b) { return phase[a] < phase[b]; });
}

// All elements, whatever fails: one run shows every mistake.
int Router::configure_elements(ErrorHandler *errh)
{
    int result = 0;
    for (int index : _configure_order) {
        Element *element = _element_pointers[index];
        ElementContext cerrh(errh, "configuring", element);
        int errors_before = cerrh.nerrors();
        Vector<String> conf;
        cp_argvec(_elements[index].configuration, conf);
        if (element->configure(conf, &cerrh) >= 0) {
            _stages[index] = Element::CLEANUP_CONFIGURED;
            continue;
        }
        _stages[index] = Element::CLEANUP_CONFIGURE_FAILED;
        result = -1;
        if (cerrh.nerrors() == errors_before)
            cerrh.error("unspecified error");
    }
    return result;
}

void Router::add_all_handlers()
{
    for (Node &node : _elements) {
        node.handlers->clear();
        node.element->add_default_handlers(node.element->can_live_reconfigure());
        node.element->add_handlers();
    }
}

int Router::initialize_elements(ErrorHandler *errh)
{
    for (int index : _configure_order) {
        Element *element = _element_pointers[index];
        ElementContext cerrh(errh, "initializing", element);
        int errors_before = cerrh.nerrors();
        if (element->initialize(&cerrh) >= 0) {
            _stages[index] = Element::CLEANUP_INITIALIZED;
            continue;
        }
        _stages[index] = Element::CLEANUP_INITIALIZE_FAILED;
        if (cerrh.nerrors() == errors_before)
            cerrh.error("unspecified error");
        return -1;
    }
    return 0;
}

int Router::configure_threads(ErrorHandler *errh)
{
    Bitvector threads(_master->nthreads(), true);
    for (Element *element : _element_pointers) {
        ElementContext cerrh(errh, "configuring threads of", element);
        if (element->thread_configure(Element::THREAD_INITIALIZE, &cerrh, threads) < 0)
            return -1;
    }
    return 0;
}

int Router::initialize(ErrorHandler *errh)
{
    if (_state != ROUTER_NEW)
        return errh->error("second attempt to initialize router");
    _state = ROUTER_PRECONFIGURE;
    _master->prepare_router(this);
    tidy_connections();
    settle_order();
    _stages.assign(_elements.size(), Element::CLEANUP_BEFORE_CONFIGURE);
    int result = RouterSetup(this, errh).run();
    click_random_srandom();
    if (configure_elements(errh) < 0)
        result = -1;
    if (result >= 0) {
        add_all_handlers();
        _state = ROUTER_PREINITIALIZE;
        result = initialize_elements(errh);
    }
    if (result >= 0)
        result = configure_threads(errh);
    if (result < 0) {
        _master->kill_router(this);
        cleanup_elements();
        _state = ROUTER_DEAD;
        errh->error("Router could not be initialized!");
        return -1;
    }
    std::fill(_stages.begin(), _stages.end(), Element::CLEANUP_ROUTER_INITIALIZED);
    _state = ROUTER_LIVE;
    return 0;
}

void Router::take_states(ErrorHandler *errh)
{
    for (Element *element : _element_pointers) {
        Element *old = element->hotswap_element();
        if (!old)
            continue;
        ElementContext cerrh(errh, "hot-swapping state into", element);
        element->take_state(old, &cerrh);
    }
}

int Router::activate(bool foreground, ErrorHandler *errh)
{
    if (_state != ROUTER_LIVE || _active)
        return -1;
    if (_hotswap_router && _hotswap_router->initialized()) {
        _master->kill_router(_hotswap_router);
        _hotswap_router->_helper->finish();
        take_states(errh);
    }
    _hotswap_router = nullptr;
    _active = true;
    _master->run_router(this, foreground);
    return 0;
}

void Router::run_beside(std::function<void()> job)
{
    _helper->add(std::move(job));
}

// In reverse order, each element told how far it got. Afterwards only the handlers that every element has are left.
void Router::cleanup_elements()
{
    if (_state == ROUTER_DEAD)
        return;
    _stages.resize(_elements.size(), Element::CLEANUP_NO_ROUTER);
    if (_configure_order.size() != _elements.size())
        settle_order();
    for (auto index = _configure_order.rbegin(); index != _configure_order.rend(); ++index)
        _element_pointers[*index]->cleanup(_stages[*index]);
    for (Node &node : _elements) {
        node.handlers->clear();
        node.element->add_default_handlers(false);
    }
}

int Router::live_reconfigure(Element *element, const String &text, ErrorHandler *errh)
{
    Vector<String> conf;
    cp_argvec(text, conf);
    int result = element->live_reconfigure(conf, errh);
    if (result >= 0)
        set_default_configuration_string(element->eindex(), text);
    return result;
}

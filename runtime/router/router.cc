// SPDX-License-Identifier: Apache-2.0
// Building a router, finding things in it, and what its elements share. Its life is in lifecycle.cc.
#include <click/config.h>
#include <click/router.hh>
#include <click/error.hh>
#include <click/master.hh>
#include <click/nameinfo.hh>
#include <click/routervisitor.hh>
#include "runtime/router/handlerset.hh"
#include "runtime/schedule/helperthread.hh"
#include <algorithm>
#include <cstdarg>
#include <fnmatch.h>
#include <tuple>

namespace {

// Global handlers are called with this element.
class RootElement : public Element {
  public:
    const char *class_name() const override { return "<root>"; }
};

const String empty_string;

// The compound an element lies in, with the final slash.
String enclosing(const String &name)
{
    int slash = name.find_right('/');
    return slash < 0 ? String() : name.substring(0, slash + 1);
}

}  // namespace

int ThreadSched::initial_home_thread_id(const Element *)
{
    return THREAD_UNKNOWN;
}

void Router::FreeName::operator()(NameInfo *info) const
{
    delete info;
}

Router::Router(const String &configuration, Master *master)
    : _master(master), _helper(std::make_unique<HelperThread>()), _configuration(configuration), _root(std::make_unique<RootElement>()),
      _own_handlers(std::make_unique<HandlerSet>())
{
    _root->attach_router(this, -1);
    _master->register_router(this);
}

int Router::add_element(std::unique_ptr<Element> element, const String &name, const String &configuration,
                        const String &landmark)
{
    int index = nelements();
    element->attach_router(this, index);
    _element_pointers.push_back(element.get());
    _names[name] = index;
    Node node;
    node.element = std::move(element);
    node.name = name;
    node.configuration = configuration;
    node.landmark = landmark;
    node.handlers = std::make_unique<HandlerSet>();
    _elements.push_back(std::move(node));
    return index;
}

void Router::add_connection(int from_element, int from_port, int to_element, int to_port)
{
    _connections.push_back({{from_element, from_port}, {to_element, to_port}});
}

void Router::add_requirement(const String &type, const String &value)
{
    _requirements.push_back(type);
    _requirements.push_back(value);
}

// Ordered by where they start; saying the same thing twice is no error.
void Router::tidy_connections()
{
    std::sort(_connections.begin(), _connections.end());
    _connections.erase(std::unique(_connections.begin(), _connections.end()), _connections.end());
    _backward = _connections;
    std::sort(_backward.begin(), _backward.end(), [](const Connection &a, const Connection &b) {
        return std::tie(a.to, a.from) < std::tie(b.to, b.from);
    });
}

bool Router::running() const
{
    return _state == ROUTER_LIVE && _active && !_stopped.load(std::memory_order_acquire);
}

void Router::adjust_runcount(int32_t delta)
{
    if (_runcount.fetch_add(delta, std::memory_order_acq_rel) + delta <= 0)
        _master->request_stop();
}

void Router::set_runcount(int32_t count)
{
    _runcount.store(count, std::memory_order_release);
    if (count <= 0)
        _master->request_stop();
}

// ---- elements

Element *Router::element(int index) const
{
    if (index == -1)
        return _root.get();
    return index >= 0 && index < nelements() ? _element_pointers[index] : nullptr;
}

Element *Router::find(const String &name, ErrorHandler *errh) const
{
    return find(name, String(), errh);
}

Element *Router::find(const String &name, const Element *context, ErrorHandler *errh) const
{
    String prefix = context && context->eindex(const_cast<Router *>(this)) >= 0 ? enclosing(context->name()) : String();
    return find(name, prefix, errh);
}

Element *Router::find(const String &name, String prefix, ErrorHandler *errh) const
{
    for (;;) {
        auto found = _names.find(prefix + name);
        if (found != _names.end())
            return _element_pointers[found->second];
        if (!prefix)
            break;
        prefix = enclosing(prefix.substring(0, prefix.length() - 1));
    }
    if (errh)
        errh->error("no element named %<%s%>", name.c_str());
    return nullptr;
}

Vector<Element *> Router::match(const String &pattern) const
{
    Vector<Element *> result;
    if (Element *element = find(pattern)) {
        result.push_back(element);
        return result;
    }
    bool glob = pattern.find_left('*') >= 0 || pattern.find_left('?') >= 0 || pattern.find_left('[') >= 0;
    for (Element *element : _element_pointers)
        if (glob ? fnmatch(pattern.c_str(), element->name().c_str(), 0) == 0 : pattern == element->class_name())
            result.push_back(element);
    return result;
}

const String &Router::ename(int index) const
{
    return index >= 0 && index < nelements() ? _elements[index].name : empty_string;
}

const String &Router::elandmark(int index) const
{
    return index >= 0 && index < nelements() ? _elements[index].landmark : empty_string;
}

const String &Router::edefault_configuration(int index) const
{
    return index >= 0 && index < nelements() ? _elements[index].configuration : empty_string;
}

void Router::set_default_configuration_string(int index, const String &text)
{
    if (index >= 0 && index < nelements())
        _elements[index].configuration = text;
}

String Router::econfiguration(int index) const
{
    return edefault_configuration(index);
}

void Router::set_flow_code_override(int index, const String &flow_code)
{
    if (index < 0 || index >= nelements())
        return;
    _elements[index].flow_code = flow_code;
    _elements[index].has_flow_code = true;
}

String Router::flow_code(const Element *element) const
{
    int index = element->eindex();
    if (index >= 0 && _elements[index].has_flow_code)
        return _elements[index].flow_code;
    return element->flow_code();
}

// ---- shared by elements

void *Router::attachment(const String &name) const
{
    auto found = _attachments.find(name);
    return found == _attachments.end() ? nullptr : found->second;
}

void *&Router::force_attachment(const String &name)
{
    return _attachments[name];
}

void *Router::set_attachment(const String &name, void *value)
{
    return std::exchange(_attachments[name], value);
}

ErrorHandler *Router::chatter_channel(const String &channel) const
{
    if (!channel || channel == "default")
        return ErrorHandler::default_handler();
    auto found = _channels.find(channel);
    return found == _channels.end() || !found->second ? ErrorHandler::silent_handler() : found->second;
}

void Router::set_chatter_channel(const String &channel, ErrorHandler *errh)
{
    _channels[channel] = errh;
}

NameInfo *Router::force_name_info()
{
    if (!_name_info)
        _name_info.reset(new NameInfo);
    return _name_info.get();
}

int Router::initial_home_thread_id(const Element *element) const
{
    int thread = _thread_sched ? _thread_sched->initial_home_thread_id(element) : ThreadSched::THREAD_UNKNOWN;
    return thread == ThreadSched::THREAD_UNKNOWN ? 0 : thread;
}

int Router::home_thread_id(const Element *element) const
{
    int index = element ? element->eindex() : -1;
    if (index >= 0 && _elements[index].home_thread != ThreadSched::THREAD_UNKNOWN)
        return _elements[index].home_thread;
    return initial_home_thread_id(element);
}

void Router::set_home_thread_id(const Element *element, int thread_id)
{
    if (element->eindex() >= 0)
        node(element).home_thread = thread_id;
}

void Router::element_lerror(ErrorHandler *errh, const Element *element, const char *format, ...) const
{
    va_list arguments;
    va_start(arguments, format);
    errh->lerror(elandmark(element->eindex()), "%s", errh->vformat(format, arguments).c_str());
    va_end(arguments);
}

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/handlercall.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/router.hh>
#include <click/variableenv.hh>
#include <memory>

namespace {

ErrorHandler *or_silent(ErrorHandler *errh)
{
    return errh ? errh : ErrorHandler::silent_handler();
}

}  // namespace

int HandlerCall::fail()
{
    *this = HandlerCall();
    return -1;
}

// Splits the description "element.handler value" and finds the element.
int HandlerCall::parse(const Element *context, ErrorHandler *errh)
{
    String value = _value;
    String name = cp_shift_spacevec(value);
    if (!cp_handler_name(name, &_element, &_name, context, errh))
        return fail();
    _value = value;
    _given = false;
    return 0;
}

int HandlerCall::look_up(int flags, ErrorHandler *errh)
{
    String full_name = Handler::unparse_name(_element, _name);
    _handler = Router::handler(_element, _name);
    if (!_handler && (flags & f_preinitialize) && !_element->router()->handlers_ready())
        return 0;
    if (!_handler || ((flags & OP_WRITE) && !_handler->writable()) || ((flags & OP_READ) && !_handler->readable())) {
        errh->error("no %<%s%> %s handler", full_name.c_str(), flags & OP_WRITE ? "write" : "read");
        return fail();
    }
    if (_value && (flags & OP_READ) && !_handler->read_param()) {
        errh->error("read handler %<%s%> does not take parameters", full_name.c_str());
        return fail();
    }
    return 0;
}

int HandlerCall::initialize(int flags, const Element *context, ErrorHandler *errh)
{
    errh = or_silent(errh);
    bool unquote = _given && (flags & f_unquote_param);
    if (empty()) {
        errh->error("bad handler name");
        return -1;
    }
    if (_given && parse(context, errh) < 0)
        return -1;
    if (unquote)
        _value = cp_unquote(_value);
    return look_up(flags, errh);
}

String HandlerCall::unparse() const
{
    if (_given || !_element)
        return _given ? _value : String("<empty handler>");
    String name = Handler::unparse_name(_element, _name);
    return _value ? name + " " + _value : name;
}

String HandlerCall::call_read(ErrorHandler *errh) const
{
    const Handler *handler = _handler ? _handler : _element ? Router::handler(_element, _name) : nullptr;
    return handler ? handler->call_read(_element, _value, errh) : String();
}

int HandlerCall::call_write(ErrorHandler *errh) const
{
    return call_write(String(), errh);
}

int HandlerCall::call_write(const String &extra, ErrorHandler *errh) const
{
    const Handler *handler = _handler ? _handler : _element ? Router::handler(_element, _name) : nullptr;
    if (!handler)
        return -1;
    String value = _value && extra ? _value + " " + extra : _value ? _value : extra;
    return handler->call_write(value, _element, errh);
}

String HandlerCall::call_read(const VariableExpander &variables, ErrorHandler *errh) const
{
    HandlerCall call(*this);
    call._value = cp_expand(_value, variables);
    return call.call_read(errh);
}

int HandlerCall::call_write(const VariableExpander &variables, ErrorHandler *errh) const
{
    HandlerCall call(*this);
    call._value = cp_expand(_value, variables);
    return call.call_write(errh);
}

String HandlerCall::call_read(const String &description, const Element *context, ErrorHandler *errh)
{
    HandlerCall call(description);
    return call.initialize(OP_READ, context, errh) < 0 ? String() : call.call_read(errh);
}

String HandlerCall::call_read(Element *element, const String &name, ErrorHandler *errh)
{
    HandlerCall call;
    call._element = element;
    call._name = name;
    return call.initialize(OP_READ, element, errh) < 0 ? String() : call.call_read(errh);
}

int HandlerCall::call_write(const String &description, const Element *context, ErrorHandler *errh)
{
    return call_write(description, String(), context, errh);
}

int HandlerCall::call_write(const String &description, const String &extra, const Element *context,
                            ErrorHandler *errh)
{
    HandlerCall call(description);
    return call.initialize(OP_WRITE, context, errh) < 0 ? -1 : call.call_write(extra, errh);
}

int HandlerCall::call_write(Element *element, const String &name, const String &value, ErrorHandler *errh)
{
    HandlerCall call;
    call._element = element;
    call._name = name;
    return call.initialize(OP_WRITE, element, errh) < 0 ? -1 : call.call_write(value, errh);
}

int HandlerCall::reset(HandlerCall &call, const String &description, int flags, const Element *context,
                       ErrorHandler *errh)
{
    HandlerCall other(description);
    int result = other.initialize(flags, context, errh);
    if (result >= 0)
        call = other;
    return result;
}

int HandlerCall::reset(HandlerCall *&call, const String &description, int flags, const Element *context,
                       ErrorHandler *errh)
{
    auto other = std::make_unique<HandlerCall>(description);
    int result = other->initialize(flags, context, errh);
    if (result < 0)
        return result;
    std::unique_ptr<HandlerCall> old(std::exchange(call, other.release()));
    return result;
}

bool HandlerCallArg::parse(const String &text, HandlerCall &result, const ArgContext &args)
{
    HandlerCall call(text);
    if (call.initialize(_flags | HandlerCall::f_preinitialize, args.context(), args.errh()) < 0)
        return false;
    result = call;
    return true;
}

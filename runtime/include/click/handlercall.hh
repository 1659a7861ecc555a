// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_HANDLERCALL_HH
#define CLICK_HANDLERCALL_HH
#include <click/args.hh>
#include <click/element.hh>
#include <click/handler.hh>
class VariableExpander;

// A handler that is called again and again: "element.handler value", looked up once.
//
// For a read handler the value is its parameter; for a write handler, what is written.
class HandlerCall {
  public:
    enum Flags {
        OP_READ = Handler::f_read,
        OP_WRITE = Handler::f_write,
        f_preinitialize = 4,    // may be looked up before handlers are ready; that is checked when called
        f_unquote_param = 8,    // the value is unquoted
        readable = OP_READ,
        writable = OP_WRITE,
        PREINITIALIZE = f_preinitialize,
        UNQUOTE_PARAM = f_unquote_param
    };

    HandlerCall() = default;
    explicit HandlerCall(const String &description) : _value(description), _given(true) {}

    // Looks the handler up, as seen from `context`. Negative on error, and the call is empty then.
    int initialize(int flags, const Element *context, ErrorHandler *errh = nullptr);
    int initialize_read(const Element *context, ErrorHandler *errh = nullptr)
    {
        return initialize(OP_READ, context, errh);
    }
    int initialize_write(const Element *context, ErrorHandler *errh = nullptr)
    {
        return initialize(OP_WRITE, context, errh);
    }

    // Whether there is something to call (or to look up).
    operator bool() const { return _given || _element; }
    bool ok() const { return initialized(); }
    bool initialized() const { return _element && _handler; }
    bool empty() const { return !*this; }
    bool is_read() const { return initialized() && _handler->readable(); }
    bool is_write() const { return initialized() && _handler->writable(); }
    Element *element() const { return _element; }
    const Handler *handler() const { return _handler; }
    const String &value() const { return _value; }
    void set_value(const String &value) { _value = value; }
    String unparse() const;

    String call_read(ErrorHandler *errh = nullptr) const;
    int call_write(ErrorHandler *errh = nullptr) const;
    // With `extra` appended to the value, separated by a space.
    int call_write(const String &extra, ErrorHandler *errh = nullptr) const;
    // With the variables of the value replaced.
    String call_read(const VariableExpander &variables, ErrorHandler *errh = nullptr) const;
    int call_write(const VariableExpander &variables, ErrorHandler *errh = nullptr) const;

    // One call by name.
    static String call_read(const String &description, const Element *context, ErrorHandler *errh = nullptr);
    static String call_read(Element *element, const String &handler, ErrorHandler *errh = nullptr);
    static int call_write(const String &description, const Element *context, ErrorHandler *errh = nullptr);
    static int call_write(const String &description, const String &extra, const Element *context,
                          ErrorHandler *errh = nullptr);
    static int call_write(Element *element, const String &handler, ErrorHandler *errh = nullptr)
    {
        return call_write(element, handler, String(), errh);
    }
    static int call_write(Element *element, const String &handler, const String &value, ErrorHandler *errh = nullptr);

    // Replaces `call` by one made from a description. `call` keeps its value on error.
    static int reset(HandlerCall &call, const String &description, int flags, const Element *context,
                     ErrorHandler *errh = nullptr);
    static int reset_read(HandlerCall &call, const String &description, const Element *context,
                          ErrorHandler *errh = nullptr)
    {
        return reset(call, description, OP_READ, context, errh);
    }
    static int reset_write(HandlerCall &call, const String &description, const Element *context,
                           ErrorHandler *errh = nullptr)
    {
        return reset(call, description, OP_WRITE, context, errh);
    }

    // The same for a call behind an owning pointer, made if it is null.
    static int reset(HandlerCall *&call, const String &description, int flags, const Element *context,
                     ErrorHandler *errh = nullptr);
    static int reset_read(HandlerCall *&call, const String &description, const Element *context,
                          ErrorHandler *errh = nullptr)
    {
        return reset(call, description, OP_READ, context, errh);
    }
    static int reset_write(HandlerCall *&call, const String &description, const Element *context,
                           ErrorHandler *errh = nullptr)
    {
        return reset(call, description, OP_WRITE, context, errh);
    }

    void clear() { *this = HandlerCall(); }

  private:
    int parse(const Element *context, ErrorHandler *errh);
    int look_up(int flags, ErrorHandler *errh);
    int fail();

    Element *_element = nullptr;
    const Handler *_handler = nullptr;
    String _name;  // of the handler
    String _value;
    bool _given = false;  // _value is still the whole description
};

// Reads a handler call argument; `flags` are HandlerCall's. The element must exist; the handler itself, which may not
// be there yet, is looked up by initialize().
class HandlerCallArg {
  public:
    explicit HandlerCallArg(int flags = 0) : _flags(flags) {}
    bool parse(const String &text, HandlerCall &result, const ArgContext &args);

  private:
    int _flags;
};

template <>
struct DefaultArg<HandlerCall> : public HandlerCallArg {};

#endif

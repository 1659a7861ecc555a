// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_HANDLER_HH
#define CLICK_HANDLER_HH
#include <click/config.h>
#include <click/string.hh>
#include <cstdint>

class Element;
class ErrorHandler;
class Handler;

typedef String (*ReadHandlerCallback)(Element *element, void *user_data);
typedef int (*WriteHandlerCallback)(const String &value, Element *element, void *user_data, ErrorHandler *errh);
// One callback for both directions: `operation` is Handler::f_read or f_write. For a read, `data` is the parameter
// on entry and the value on return; for a write it is the value.
typedef int (*HandlerCallback)(int operation, String &data, Element *element, const Handler *handler, ErrorHandler *errh);

typedef ReadHandlerCallback ReadHandlerHook;
typedef WriteHandlerCallback WriteHandlerHook;
typedef HandlerCallback HandlerHook;

// A named access point of an element (or of the router as a whole): its value can be read, or written, or both.
class Handler {
  public:
    enum Flags : uint32_t {
        f_read = 0x0001,
        f_write = 0x0002,
        f_read_param = 0x0004,  // a read takes parameters
        f_exclusive = 0,
        f_nonexclusive = 0x0020,
        f_raw = 0x0040,  // the value is shown byte by byte: no newline is added
        f_read_private = 0x0080,
        f_write_private = 0x0100,
        f_deprecated = 0x0200,
        f_uncommon = 0x0400,
        f_calm = 0x0800,
        f_expensive = 0x1000,
        f_button = 0x2000,
        f_checkbox = 0x4000,
        f_driver0 = 1u << 26,
        f_driver1 = 1u << 27,
        f_user_shift = 28,
        f_user0 = 1u << 28,
        f_read_comprehensive = 0x0008,   // internal: reads go through the HandlerCallback
        f_write_comprehensive = 0x0010,  // internal: writes go through the HandlerCallback
        f_special = f_read_comprehensive | f_write_comprehensive,

        h_read = f_read,
        h_write = f_write,
        h_read_param = f_read_param,
        h_exclusive = f_exclusive,
        h_nonexclusive = f_nonexclusive,
        h_raw = f_raw,
        h_read_private = f_read_private,
        h_write_private = f_write_private,
        h_deprecated = f_deprecated,
        h_uncommon = f_uncommon,
        h_calm = f_calm,
        h_expensive = f_expensive,
        h_button = f_button,
        h_checkbox = f_checkbox,
        h_driver_flag_0 = f_driver0,
        h_driver_flag_1 = f_driver1,
        OP_READ = f_read,
        OP_WRITE = f_write,
        READ_PARAM = f_read_param,
        EXCLUSIVE = f_exclusive,
        NONEXCLUSIVE = f_nonexclusive,
        RAW = f_raw,
        READ_PRIVATE = f_read_private,
        WRITE_PRIVATE = f_write_private,
        DEPRECATED = f_deprecated,
        UNCOMMON = f_uncommon,
        CALM = f_calm,
        EXPENSIVE = f_expensive,
        BUTTON = f_button,
        CHECKBOX = f_checkbox,
        DRIVER_FLAG_0 = f_driver0,
        DRIVER_FLAG_1 = f_driver1,
        USER_FLAG_SHIFT = f_user_shift,
        USER_FLAG_0 = f_user0
    };

    explicit Handler(const String &name = String()) : _name(name) {}

    const String &name() const { return _name; }
    uint32_t flags() const { return _flags; }
    void *read_user_data() const { return _read_user_data; }
    void *write_user_data() const { return _write_user_data; }
    void *user_data(int op) const { return op == f_write ? _write_user_data : _read_user_data; }

    bool readable() const { return _flags & f_read; }
    bool read_param() const { return _flags & f_read_param; }
    bool writable() const { return _flags & f_write; }
    // Visible handlers may be called from outside the router: control sockets, the command line.
    bool read_visible() const { return (_flags & (f_read | f_read_private)) == f_read; }
    bool write_visible() const { return (_flags & (f_write | f_write_private)) == f_write; }
    bool visible() const { return read_visible() || write_visible(); }
    bool exclusive() const { return !(_flags & f_nonexclusive); }
    bool allow_concurrent_reads() const { return _flags & f_nonexclusive; }
    bool raw() const { return _flags & f_raw; }

    // An unreadable handler reports to errh and yields the empty string.
    String call_read(Element *element, const String &param, ErrorHandler *errh) const;
    String call_read(Element *element, ErrorHandler *errh = nullptr) const { return call_read(element, String(), errh); }
    // Negative on error.
    int call_write(const String &value, Element *element, ErrorHandler *errh) const;

    // "element.handler", or "handler" for a global one.
    String unparse_name(Element *element) const { return unparse_name(element, _name); }
    static String unparse_name(Element *element, const String &name);
    // Letters that describe the flags, as listed by the `handlers` handler.
    String unparse_flags() const;

    static const Handler *blank_handler();

  private:
    String _name;
    uint32_t _flags = 0;
    void *_read_user_data = nullptr;
    void *_write_user_data = nullptr;
    ReadHandlerCallback _read = nullptr;
    WriteHandlerCallback _write = nullptr;
    HandlerCallback _both = nullptr;

    void set_read(ReadHandlerCallback callback, void *user_data, uint32_t flags);
    void set_write(WriteHandlerCallback callback, void *user_data, uint32_t flags);
    void set_both(HandlerCallback callback, void *read_user_data, void *write_user_data, uint32_t flags);

    friend class HandlerSet;
};

#endif

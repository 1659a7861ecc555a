// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/handler.hh>
#include "runtime/router/handlerset.hh"
#include <click/element.hh>
#include <click/error.hh>
#include <click/router.hh>

namespace {

// What a side that does not exist answers.
ErrorHandler *or_default(ErrorHandler *errh)
{
    return errh ? errh : ErrorHandler::default_handler();
}

}  // namespace

void Handler::set_read(ReadHandlerCallback callback, void *user_data, uint32_t flags)
{
    _read = callback;
    _read_user_data = user_data;
    _flags = (_flags & ~(f_read | f_read_comprehensive)) | (callback ? uint32_t{f_read} : 0) | (flags & ~f_special);
}

void Handler::set_write(WriteHandlerCallback callback, void *user_data, uint32_t flags)
{
    _write = callback;
    _write_user_data = user_data;
    _flags = (_flags & ~(f_write | f_write_comprehensive)) | (callback ? uint32_t{f_write} : 0) | (flags & ~f_special);
}

void Handler::set_both(HandlerCallback callback, void *read_user_data, void *write_user_data, uint32_t flags)
{
    _both = callback;
    // Callbacks may look at both, whichever way they are called.
    if ((flags & f_read) || !(_flags & f_read))
        _read_user_data = read_user_data;
    if ((flags & f_write) || !(_flags & f_write))
        _write_user_data = write_user_data;
    if (flags & f_read)
        _flags |= f_read_comprehensive;
    if (flags & f_write)
        _flags |= f_write_comprehensive;
    _flags |= flags & ~f_special;
}

String Handler::call_read(Element *element, const String &param, ErrorHandler *errh) const
{
    if (!readable()) {
        or_default(errh)->error("%<%s%> not a read handler", unparse_name(element).c_str());
        return String();
    }
    if (param && !read_param()) {
        or_default(errh)->error("read handler %<%s%> does not take parameters", unparse_name(element).c_str());
        return String();
    }
    if (!(_flags & f_read_comprehensive))
        return _read(element, _read_user_data);
    String data = param;
    if (_both(f_read, data, element, this, or_default(errh)) < 0)
        return String();
    return data;
}

int Handler::call_write(const String &value, Element *element, ErrorHandler *errh) const
{
    if (!writable())
        return or_default(errh)->error("%<%s%> not a write handler", unparse_name(element).c_str());
    if (!(_flags & f_write_comprehensive))
        return _write(value, element, _write_user_data, or_default(errh));
    String data = value;
    return _both(f_write, data, element, this, or_default(errh));
}

String Handler::unparse_name(Element *element, const String &name)
{
    if (element && element->eindex() >= 0)
        return element->name() + "." + name;
    return name;
}

String Handler::unparse_flags() const
{
    static const struct {
        uint32_t flag;
        char letter;
    } letters[] = {{f_raw, '%'},       {f_calm, '.'},     {f_expensive, '$'}, {f_uncommon, 'U'},
                   {f_deprecated, 'D'}, {f_button, 'b'}, {f_checkbox, 'c'}};
    String text;
    if (read_visible())
        text += "r";
    if (write_visible())
        text += "w";
    if (read_visible() && read_param())
        text += "+";
    for (const auto &entry : letters)
        if (_flags & entry.flag)
            text += entry.letter;
    return text;
}

const Handler *Handler::blank_handler()
{
    static const Handler blank(String::make_stable("<bad>"));
    return &blank;
}

Handler *HandlerSet::force(const String &name)
{
    if (const Handler *handler = find(name))
        return const_cast<Handler *>(handler);
    _handlers.push_back(std::make_unique<Handler>(name));
    return _handlers.back().get();
}

void HandlerSet::add_read(const String &name, ReadHandlerCallback callback, void *user_data, uint32_t flags)
{
    force(name)->set_read(callback, user_data, flags);
}

void HandlerSet::add_write(const String &name, WriteHandlerCallback callback, void *user_data, uint32_t flags)
{
    force(name)->set_write(callback, user_data, flags);
}

void HandlerSet::set(const String &name, uint32_t flags, HandlerCallback callback, void *read_user_data,
                     void *write_user_data)
{
    force(name)->set_both(callback, read_user_data, write_user_data, flags);
}

bool HandlerSet::change_flags(const String &name, uint32_t set_flags, uint32_t clear_flags)
{
    if (!find(name))
        return false;
    Handler *handler = force(name);
    handler->_flags = (handler->_flags & ~(clear_flags & ~Handler::f_special)) | (set_flags & ~Handler::f_special);
    return true;
}

const Handler *HandlerSet::find(const String &name) const
{
    for (const auto &handler : _handlers)
        if (handler->name() == name)
            return handler.get();
    return nullptr;
}

void HandlerSet::list(Vector<const Handler *> &handlers) const
{
    for (auto handler = _handlers.rbegin(); handler != _handlers.rend(); ++handler)
        handlers.push_back(handler->get());
}

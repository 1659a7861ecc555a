// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/args.hh>
#include <click/nameinfo.hh>
#include <click/packet.hh>
#include <click/packet_anno.hh>
#include "runtime/base/context.hh"
#include "runtime/base/spelling.hh"
#include <algorithm>
#include <cstdarg>
#include <utility>
#include <vector>

const ArgContext blank_args;

// ---- messages

String ArgContext::error_prefix() const
{
    return _keyword ? String(_keyword) + ": " : String();
}

void ArgContext::xmessage(const String &annotations, const String &text) const
{
    if (ErrorHandler::level_of(annotations) <= ErrorHandler::el_error)
        _complained = true;
    if (_errh)
        PrefixErrorHandler(_errh, error_prefix()).xmessage(annotations, "%s", text.c_str());
}

void ArgContext::xmessage(const String &annotations, const char *format, va_list val) const
{
    xmessage(annotations, errh()->vformat(format, val));
}

#define ARG_REPORT(annotations)          \
    va_list val;                         \
    va_start(val, format);               \
    xmessage((annotations), format, val); \
    va_end(val)

void ArgContext::error(const char *format, ...) const
{
    ARG_REPORT(ErrorHandler::e_error);
}

void ArgContext::warning(const char *format, ...) const
{
    ARG_REPORT(ErrorHandler::e_warning_annotated);
}

void ArgContext::message(const char *format, ...) const
{
    ARG_REPORT(ErrorHandler::e_info);
}

// ---- which arguments

namespace {

// The length of the keyword that the argument begins with; 0 if it has none. A keyword comes with a value.
int keyword_length(const String &text)
{
    const char *s = text.begin(), *end = text.end();
    auto letter = [](char c) { return isalpha(static_cast<unsigned char>(c)) || c == '_'; };
    if (s == end || !letter(*s))
        return 0;
    while (s < end && (letter(*s) || isdigit(static_cast<unsigned char>(*s)) || strchr(":.?!", *s)))
        ++s;
    const char *value = cp_skip_comment_space(s, end);
    return value > s && value < end ? static_cast<int>(s - text.begin()) : 0;
}

}  // namespace

Args::Args(const Args &other) : ArgContext(other), _arguments(other._arguments), _bound(other._bound) {}

// The keywords each Args was asked for: the elements' choice of words, for a hint. Beside the objects, since every element's code holds
// one of those, and few ever need this.
static thread_local std::vector<std::pair<const Args *, const char *>> asked_for;

static void complain_of(const Args &args, const String &keyword)
{
    Vector<String> known;
    for (const auto &[who, name] : asked_for)
        if (who == &args)
            known.push_back(name);
    args.error("%s: unknown argument%s", keyword.c_str(), base::spelling_hint(keyword, known).c_str());
}

Args::~Args()
{
    std::erase_if(asked_for, [this](const auto &entry) { return entry.first == this; });
}

void Args::reset(const Vector<String> &conf)
{
    _arguments.clear();
    for (const String &argument : conf)
        push_back(argument);
}

Args &Args::bind(Vector<String> &conf)
{
    reset(conf);
    _bound = &conf;
    return *this;
}

Args &Args::push_back(const String &argument)
{
    _arguments.push_back({argument, keyword_length(argument), false});
    return *this;
}

Args &Args::push_back_args(const String &text)
{
    Vector<String> arguments;
    cp_argvec(text, arguments);
    return push_back(arguments.begin(), arguments.end());
}

Args &Args::push_back_words(const String &text)
{
    Vector<String> words;
    cp_spacevec(text, words);
    return push_back(words.begin(), words.end());
}

bool Args::empty() const
{
    return std::all_of(_arguments.begin(), _arguments.end(), [](const Argument &a) { return a.used; });
}

// ---- reading

String Args::value_of(const Argument &argument) const
{
    const String &text = argument.text;
    return text.substring(cp_skip_comment_space(text.begin() + argument.keyword_length, text.end()), text.end());
}

// The argument to read, or -1. Sets keyword_length to 0 for one that is taken as positional.
int Args::find_index(const char *keyword, int flags)
{
    int found = -1;
    const int n = static_cast<int>(_arguments.size());
    for (int i = 0; keyword && i < n; ++i) {
        Argument &a = _arguments[i];
        if (a.used || !a.keyword_length || !a.text.substring(0, a.keyword_length).equals(keyword, -1))
            continue;
        if (found >= 0)
            _arguments[found].used = true;  // the last of several counts
        found = i;
        if (flags & firstmatch)
            break;
    }
    if (found >= 0 || !(flags & positional))
        return found;
    for (int i = 0; i < n; ++i)
        if (!_arguments[i].used && !_arguments[i].keyword_length)
            return i;
    for (int i = 0; (flags & mandatory) && i < n; ++i)
        if (!_arguments[i].used) {
            _arguments[i].keyword_length = 0;
            return i;
        }
    return -1;
}

bool Args::find(const char *keyword, int flags, String &text)
{
    if (keyword)
        asked_for.emplace_back(this, keyword);
    _keyword = keyword;
    _complained = false;
    _read_status = false;
    const int i = find_index(keyword, flags);
    if (i < 0) {
        if (flags & mandatory) {
            _status = false;
            error("required argument missing");
        }
        return false;
    }
    _arguments[i].used = true;
    text = value_of(_arguments[i]);
    if (flags & deprecated)
        warning("deprecated argument");
    return true;
}

// After a parser has run: what it made is kept if it succeeded.
bool Args::settle(bool ok, std::initializer_list<Slot *> slots)
{
    _read_status = ok;
    if (ok)
        return true;
    _status = false;
    if (!_complained)
        error("parse error");
    discard(slots);
    return false;
}

void Args::discard(std::initializer_list<Slot *> slots)
{
    std::erase_if(_slots, [slots](const std::unique_ptr<Slot> &slot) {
        return std::find(slots.begin(), slots.end(), slot.get()) != slots.end();
    });
}

// ---- finishing

int Args::execute()
{
    _keyword = nullptr;
    std::vector<std::unique_ptr<Slot>> slots;
    slots.swap(_slots);
    if (!_status)
        return ErrorHandler::error_result;
    for (const auto &slot : slots)
        slot->store();
    return 0;
}

Args &Args::strip()
{
    if (_bound) {
        Vector<String> rest;
        for (const Argument &argument : _arguments)
            if (!argument.used)
                rest.push_back(argument.text);
        _bound->swap(rest);
    }
    std::erase_if(_arguments, [](const Argument &a) { return a.used; });
    return *this;
}

int Args::consume()
{
    strip();
    return execute();
}

int Args::complete()
{
    bool too_many = false;
    for (const Argument &argument : _arguments) {
        if (argument.used)
            continue;
        _status = false;
        _keyword = nullptr;
        if (argument.keyword_length)
            complain_of(*this, argument.text.substring(0, argument.keyword_length));
        else if (!too_many) {
            too_many = true;
            error("too many arguments");
        }
    }
    return execute();
}

// ---- parsers

bool AnnoArg::parse(const String &text, int &result, const ArgContext &args) const
{
    int32_t info;
    if (NameInfo::query_int(NameInfo::T_ANNOTATION, args.context(), text, &info) && ANNOTATIONINFO_SIZE(info)) {
        if (_size > 0 && ANNOTATIONINFO_SIZE(info) != _size) {
            args.error("annotation %s has size %d, expected %d", text.c_str(), ANNOTATIONINFO_SIZE(info), _size);
            return false;
        }
        result = _size > 0 ? ANNOTATIONINFO_OFFSET(info) : info;  // a size that was asked for need not be told
        return true;
    }
    // OFFSET, OFFSET/SIZE, FIRST-LAST
    int offset, last, size = std::max(_size, 1);
    const char *end = text.end();
    const char *after = cp_integer(text.begin(), end, 0, &offset);
    if (after == text.begin())
        return false;
    if (after < end && (*after == '/' || *after == '-')) {
        const bool range = *after == '-';
        const char *number = after + 1;
        if ((after = cp_integer(number, end, 0, &last)) == number)
            return false;
        size = range ? last - offset + 1 : last;
    }
    if (after != end || (_size > 0 && size != _size))
        return false;
    if (offset < 0 || size < 1 || offset + size > Packet::anno_size) {
        args.error("annotation out of range");
        return false;
    }
    result = _size > 0 ? offset : MAKE_ANNOTATIONINFO(offset, size);
    return true;
}

bool cp_anno(const String &text, int size, int *result, const Element *context)
{
    return AnnoArg(size).parse(text, *result, ArgContext(context));
}

bool ElementArg::parse(const String &text, Element *&result, const ArgContext &args)
{
    PrefixErrorHandler errh(args.errh(), args.error_prefix());
    const int before = errh.nerrors();
    Element *element = cp_element(text, args.context(), &errh);
    if (!element) {
        if (errh.nerrors() == before)
            args.error("no element named %<%s%>", text.c_str());
        else
            args.complained();
        return false;
    }
    result = element;
    return true;
}

void *ElementCastArg::find(const String &text, const ArgContext &args) const
{
    Element *element;
    if (!ElementArg::parse(text, element, args))
        return nullptr;
    void *found = base::cast_element(element, _name);
    if (!found)
        args.error("element type mismatch, expected %s", _name);
    return found;
}

bool ElementCastArg::parse(const String &text, Element *&result, const ArgContext &args) const
{
    Element *element;
    if (!find(text, args))
        return false;
    if (!ElementArg::parse(text, element, args))
        return false;
    result = element;
    return true;
}

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/error.hh>
#include <click/straccum.hh>
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

const char ErrorHandler::e_fatal[] = "<-1>";
const char ErrorHandler::e_emergency[] = "<0>";
const char ErrorHandler::e_alert[] = "<1>";
const char ErrorHandler::e_critical[] = "<2>";
const char ErrorHandler::e_error[] = "<3>";
const char ErrorHandler::e_warning[] = "<4>";
const char ErrorHandler::e_warning_annotated[] = "<4>{w}";
const char ErrorHandler::e_notice[] = "<5>";
const char ErrorHandler::e_info[] = "<6>";
const char ErrorHandler::e_debug[] = "<7>";

namespace {

ErrorHandler *the_default = nullptr;

// One annotation at `s`, which ends at `end`: <level>, {name:value}, {name} or {}. Null if there is none.
const char *annotation(const char *s, const char *end)
{
    if (s == end)
        return nullptr;
    if (*s == '<') {
        const char *p = s + 1 + (end - s > 1 && s[1] == '-');
        const char *digits = p;
        while (p < end && *p >= '0' && *p <= '9')
            ++p;
        return p > digits && p < end && *p == '>' ? p + 1 : nullptr;
    }
    if (*s == '{') {
        const char *p = s + 1;
        while (p < end && (isalnum(static_cast<unsigned char>(*p)) || *p == '_' || *p == '#'))
            ++p;
        if (p < end && *p == ':' && p > s + 1)
            // The value ends at the first unescaped brace.
            while (p < end && *p != '}' && *p != '\n')
                p += *p == '\\' && end - p > 1 ? 2 : 1;
        return p < end && *p == '}' ? p + 1 : nullptr;
    }
    return nullptr;
}

bool is_end(const char *s, const char *after)
{
    return after - s == 2;  // {}
}

// The name of the annotation at `s`; "#" for a level.
String name_at(const char *s, const char *after)
{
    if (*s == '<')
        return String::make_stable("#", 1);
    const char *colon = std::find(s, after - 1, ':');
    return String(s + 1, colon);
}

String value_at(const char *s, const char *after)
{
    if (*s == '<')
        return String(s + 1, after - 1);
    const char *p = std::find(s, after - 1, ':');
    StringAccum sa;
    for (p += p < after - 1; p < after - 1; ++p) {
        if (*p == '\\' && p + 1 < after - 1)
            ++p;
        sa << *p;
    }
    return sa.take_string();
}

bool has_annotation(const char *begin, const char *end, const String &name)
{
    while (const char *after = annotation(begin, end)) {
        if (is_end(begin, after))
            break;
        if (name_at(begin, after) == name)
            return true;
        begin = after;
    }
    return false;
}

// Calls f(begin, end) for each line, without its newline. A newline at the very end makes no further line.
template <typename F>
void for_each_line(const String &text, F f)
{
    const char *s = text.begin(), *end = text.end();
    do {
        const char *newline = std::find(s, end, '\n');
        f(s, newline);
        s = newline + 1;
    } while (s < end);
}

// The value of an annotation in front of a line; empty when it has none of that name.
String annotation_value(const char *begin, const char *end, const String &name)
{
    while (const char *after = annotation(begin, end)) {
        if (is_end(begin, after))
            break;
        if (name_at(begin, after) == name)
            return value_at(begin, after);
        begin = after;
    }
    return String();
}

// The annotations in front of a line, those of one name apart.
String annotations_but(const char *begin, const char *end, const String &name)
{
    StringAccum sa;
    while (const char *after = annotation(begin, end)) {
        if (is_end(begin, after))
            break;
        if (name_at(begin, after) != name)
            sa.append(begin, after);
        begin = after;
    }
    return sa.take_string();
}

// Puts `prefix` between annotations and text of every line.
String prefixed(const String &text, const String &prefix)
{
    StringAccum sa;
    for_each_line(text, [&](const char *s, const char *end) {
        const char *start = ErrorHandler::skip_anno(s, end);
        sa.append(s, start);
        sa << prefix;
        sa.append(start, end);
        sa << '\n';
    });
    sa.pop_back();
    return sa.take_string();
}

// Replaces the annotation {w} by the word.
String expand_warning(const String &text)
{
    const char *s = text.begin(), *end = text.end();
    StringAccum annotations;
    bool found = false;
    while (const char *after = annotation(s, end)) {
        if (!is_end(s, after) && name_at(s, after) == "w")
            found = true;
        else
            annotations.append(s, after);
        bool last = is_end(s, after);
        s = after;
        if (last)
            break;
    }
    if (!found)
        return text;
    annotations << "warning: ";
    annotations.append(s, end);
    return annotations.take_string();
}

int worst_level(const String &text)
{
    int level = ErrorHandler::el_debug + 1;
    for_each_line(text, [&](const char *s, const char *end) {
        level = std::min(level, ErrorHandler::level_of(String(s, end)));
    });
    return level;
}

}  // namespace

// ---- the process's handlers

ErrorHandler *ErrorHandler::default_handler()
{
    static FileErrorHandler standard_error(stderr);
    return the_default ? the_default : &standard_error;
}

void ErrorHandler::set_default_handler(ErrorHandler *errh)
{
    the_default = errh;
}

ErrorHandler *ErrorHandler::silent_handler()
{
    static SilentErrorHandler silent;
    return &silent;
}

ErrorHandler *ErrorHandler::static_initialize(ErrorHandler *errh)
{
    set_default_handler(errh);
    return default_handler();
}

void ErrorHandler::static_cleanup()
{
    set_default_handler(nullptr);
}

// ---- reporting

#define REPORT(annotations)              \
    va_list val;                         \
    va_start(val, format);               \
    int result = vxmessage((annotations), format, val); \
    va_end(val)

void ErrorHandler::debug(const char *format, ...)
{
    REPORT(e_debug);
    (void) result;
}

void ErrorHandler::message(const char *format, ...)
{
    REPORT(e_info);
    (void) result;
}

int ErrorHandler::warning(const char *format, ...)
{
    REPORT(e_warning_annotated);
    return result;
}

int ErrorHandler::error(const char *format, ...)
{
    REPORT(e_error);
    return result;
}

int ErrorHandler::fatal(const char *format, ...)
{
    REPORT(e_fatal);
    return result;
}

void ErrorHandler::ldebug(const String &landmark, const char *format, ...)
{
    REPORT(e_debug + make_landmark_anno(landmark));
    (void) result;
}

void ErrorHandler::lmessage(const String &landmark, const char *format, ...)
{
    REPORT(e_info + make_landmark_anno(landmark));
    (void) result;
}

int ErrorHandler::lwarning(const String &landmark, const char *format, ...)
{
    REPORT(e_warning_annotated + make_landmark_anno(landmark));
    return result;
}

int ErrorHandler::lerror(const String &landmark, const char *format, ...)
{
    REPORT(e_error + make_landmark_anno(landmark));
    return result;
}

int ErrorHandler::lfatal(const String &landmark, const char *format, ...)
{
    REPORT(e_fatal + make_landmark_anno(landmark));
    return result;
}

int ErrorHandler::xmessage(const String &annotations, const char *format, ...)
{
    REPORT(annotations);
    return result;
}

int ErrorHandler::vxmessage(const String &annotations, const char *format, va_list val)
{
    String text = vformat(format, val);
    // Text that looks like an annotation is text; only the wish for another context is one in a format.
    bool wishes = std::strncmp(format, "{context:", 9) == 0;
    if (text && (text[0] == '<' || text[0] == '{') && !wishes)
        text = "{}" + text;
    return xmessage(combine_anno(text, annotations));
}

int ErrorHandler::xmessage(const String &annotated)
{
    String text = decorate(expand_warning(annotated));
    const int level = worst_level(text);
    void *user_data = nullptr;
    for_each_line(text, [&](const char *s, const char *end) {
        user_data = emit(String(s, end), user_data, end < text.end());
    });
    account(level);
    finish(level);
    return level <= el_error ? static_cast<int>(error_result) : static_cast<int>(ok_result);
}

void *ErrorHandler::emit(const String &, void *, bool)
{
    return nullptr;
}

void ErrorHandler::account(int level)
{
    if (level <= el_error)
        ++_nerrors;
    else if (level == el_warning)
        ++_nwarnings;
}

void ErrorHandler::finish(int level)
{
    if (level <= el_abort)
        abort();
    if (level <= el_fatal)
        exit(1);
}

// ---- annotations

String ErrorHandler::make_anno(const char *name, const String &value)
{
    StringAccum sa;
    sa << '{' << name << ':';
    for (char c : value) {
        if (c == '}' || c == '\\')
            sa << '\\';
        sa << (c == '\n' ? ' ' : c);
    }
    sa << '}';
    return sa.take_string();
}

String ErrorHandler::make_landmark_anno(const String &landmark)
{
    String clean = clean_landmark(landmark);
    return clean ? make_anno("l", clean) : String();
}

String ErrorHandler::clean_landmark(const String &landmark, bool with_colon)
{
    const char *end = landmark.end();
    while (end > landmark.begin() && (isspace(static_cast<unsigned char>(end[-1])) || end[-1] == ':'))
        --end;
    String clean = landmark.substring(landmark.begin(), end);
    return clean && with_colon ? clean + ": " : clean;
}

String ErrorHandler::combine_anno(const String &text, const String &annotations)
{
    if (!annotations)
        return text;
    StringAccum sa;
    for_each_line(text, [&](const char *s, const char *end) {
        const char *a = annotations.begin();
        while (const char *after = annotation(a, annotations.end())) {
            if (!is_end(a, after) && !has_annotation(s, end, name_at(a, after)))
                sa.append(a, after);
            a = after;
        }
        sa.append(s, end);
        sa << '\n';
    });
    sa.pop_back();
    return sa.take_string();
}

const char *ErrorHandler::skip_anno(const char *begin, const char *end)
{
    while (const char *after = annotation(begin, end)) {
        bool last = is_end(begin, after);
        begin = after;
        if (last)
            break;
    }
    return begin;
}

const char *ErrorHandler::skip_anno(const String &, const char *begin, const char *end)
{
    return skip_anno(begin, end);
}

const char *ErrorHandler::parse_anno(const String &, const char *begin, const char *end, ...)
{
    const char *text = skip_anno(begin, end);
    va_list val;
    va_start(val, end);
    while (const char *name = va_arg(val, const char *)) {
        void *target = va_arg(val, void *);
        for (const char *s = begin; s < text;) {
            const char *after = annotation(s, text);
            if (!is_end(s, after) && name_at(s, after) == name) {
                if (*s == '<')
                    *static_cast<int *>(target) = atoi(value_at(s, after).c_str());
                else
                    *static_cast<String *>(target) = value_at(s, after);
            }
            s = after;
        }
    }
    va_end(val);
    return text;
}

int ErrorHandler::level_of(const String &annotated, int otherwise)
{
    int level = otherwise;
    parse_anno(annotated, annotated.begin(), annotated.end(), "#", &level, static_cast<const char *>(nullptr));
    return level;
}

String ErrorHandler::text_of(const String &annotated)
{
    String landmark;
    const char *text = parse_anno(annotated, annotated.begin(), annotated.end(), "l", &landmark,
                                  static_cast<const char *>(nullptr));
    return clean_landmark(landmark, true) + annotated.substring(text, annotated.end());
}

// ---- handlers

void *FileErrorHandler::emit(const String &line, void *, bool)
{
    // One write, so that lines of several threads do not mix.
    String text = _prefix + text_of(line) + "\n";
    fwrite(text.data(), 1, static_cast<size_t>(text.length()), _file);
    return nullptr;
}

void FileErrorHandler::account(int level)
{
    ErrorHandler::account(level);
    fflush(_file);
}

ContextErrorHandler::ContextErrorHandler(ErrorHandler *errh, const char *format, ...) : ErrorVeneer(errh), _indent("  ")
{
    va_list val;
    va_start(val, format);
    _context = _errh->vformat(format, val);
    va_end(val);
}

// A message's annotation `context` may ask for none of it ("no"), for no indentation ("noindent"), or for that alone
// ("nocontext").
String ContextErrorHandler::decorate(const String &text)
{
    const char *end = find(text, '\n');
    String wish = annotation_value(text.begin(), end, "context");
    if (wish == "no")
        return ErrorVeneer::decorate(text);
    String indented = wish == "noindent" ? text : prefixed(text, _indent);
    if (_shown || wish == "nocontext")
        return ErrorVeneer::decorate(indented);
    _shown = true;
    if (String context = get_context()) {
        String place = _landmark ? make_landmark_anno(_landmark) : String();
        String annotations = annotations_but(text.begin(), end, "context") + "{context:context}";
        indented = combine_anno(context, place + annotations) + "\n" + indented;
    }
    return ErrorVeneer::decorate(indented);
}

String PrefixErrorHandler::decorate(const String &text)
{
    // Annotations in the prefix come before those of the message.
    const char *start = skip_anno(_prefix.begin(), _prefix.end());
    String plain = prefixed(text, _prefix.substring(start, _prefix.end()));
    if (start == _prefix.begin())
        return ErrorVeneer::decorate(plain);
    StringAccum sa;
    for_each_line(plain, [&](const char *s, const char *end) {
        sa.append(_prefix.begin(), start);
        sa.append(s, end);
        sa << '\n';
    });
    sa.pop_back();
    return ErrorVeneer::decorate(sa.take_string());
}

String LandmarkErrorHandler::decorate(const String &text)
{
    return ErrorVeneer::decorate(combine_anno(text, make_landmark_anno(_landmark)));
}

void BailErrorHandler::account(int level)
{
    ErrorVeneer::account(level);
    if (level <= _level)
        exit(1);
}

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ERROR_HH
#define CLICK_ERROR_HH
#include <click/string.hh>
#include <concepts>
#include <cstdarg>
#include <cstdint>
#include <cstdio>

class Element;

// Theory of operation
//
// A message travels through a chain of handlers. It is *formatted* to text, *decorated* by each handler it passes on the
// way to the last one (indented, given a context line, a landmark), then split into lines, each *emitted* there.
// Besides its text a line carries *annotations* at its start, which no reader sees:
//
//   <3>                  the level, el_error
//   {l:file:12}          the landmark
//   <3>{l:file:12}text   all together
//
// An outer (later) decoration does not replace annotations that are there. text_of() is the line as users read it:
// "file:12: text". Text that itself starts like an annotation comes behind the empty annotation {}. account() counts
// errors and warnings in each handler on the way. e_warning_annotated puts "warning: " in front of the text.
//
// Formats are printf's and: %< %> (quotes), %, (apostrophe), %p{element} (name :: Class), %p{ip_ptr}, %p{ether_ptr},
// %p{timestamp}, %#s (non-printing characters escaped).
class ErrorHandler {
  public:
    enum Level {
        el_abort = -999,
        el_fatal = -1,
        el_emergency = 0,
        el_alert = 1,
        el_critical = 2,
        el_error = 3,
        el_warning = 4,
        el_notice = 5,
        el_info = 6,
        el_debug = 7
    };

    static const char e_fatal[], e_emergency[], e_alert[], e_critical[], e_error[], e_warning[], e_warning_annotated[],
        e_notice[], e_info[], e_debug[];

    // What error() and its like return: negative.
    enum { ok_result = 0, error_result = -22 };
    // The older names of the levels.
    enum Seriousness {
        ERR_MIN_DEBUG = el_debug,
        ERR_MIN_MESSAGE = el_info,
        ERR_MIN_WARNING = el_warning,
        ERR_MIN_ERROR = el_error,
        ERR_MIN_FATAL = el_fatal
    };

    ErrorHandler() = default;
    virtual ~ErrorHandler() = default;
    ErrorHandler(const ErrorHandler &) = delete;
    ErrorHandler &operator=(const ErrorHandler &) = delete;

    // ---- the process's handlers; default_handler() prints to standard error unless another one is set
    static ErrorHandler *default_handler();
    static void set_default_handler(ErrorHandler *errh);
    static ErrorHandler *silent_handler();
    static ErrorHandler *static_initialize(ErrorHandler *errh);
    static void static_cleanup();

    // ---- reporting. Errors, and fatal messages, return a negative number; fatal exits the process.
    void debug(const char *format, ...);
    void message(const char *format, ...);
    int warning(const char *format, ...);
    int error(const char *format, ...);
    int fatal(const char *format, ...);
    // With a place: "file:12" or "file:12:".
    void ldebug(const String &landmark, const char *format, ...);
    void lmessage(const String &landmark, const char *format, ...);
    int lwarning(const String &landmark, const char *format, ...);
    int lerror(const String &landmark, const char *format, ...);
    int lfatal(const String &landmark, const char *format, ...);
    // With annotations, such as e_error, in front of the text.
    int xmessage(const String &annotated);
    int xmessage(const String &annotations, const String &text) { return xmessage(combine_anno(text, annotations)); }
    int xmessage(const String &annotations, const char *format, ...);
    int vxmessage(const String &annotations, const char *format, va_list val);

    // ---- counts
    virtual int nwarnings() const { return _nwarnings; }
    virtual int nerrors() const { return _nerrors; }
    virtual void clear() { _nwarnings = _nerrors = 0; }
    bool ok() const { return nerrors() == 0; }

    // ---- text
    static String format(const char *format, ...);
    // The format as this handler would do it.
    String xformat(const char *format, ...);
    virtual String vformat(const char *format, va_list val);
    static String make_anno(const char *name, const String &value);
    static String make_landmark_anno(const String &landmark);
    // `text` with the annotations of `annotations` that it does not have.
    static String combine_anno(const String &text, const String &annotations);
    // Where the text starts, behind the annotations.
    static const char *skip_anno(const char *begin, const char *end);
    static const char *skip_anno(const String &text, const char *begin, const char *end);
    // As skip_anno(), and collects pairs (const char *name, String *value) that end with a null name. The name "#" stands
    // for the level, with an int * as its value.
    static const char *parse_anno(const String &text, const char *begin, const char *end, ...);
    static int level_of(const String &annotated, int otherwise = el_info);
    static String text_of(const String &annotated);
    static String clean_landmark(const String &landmark, bool with_colon = false);

    // A conversion for %p{name} with a pointer argument.
    typedef String (*ConversionHook)(int flags, const void **argument);
    struct Conversion;
    static Conversion *add_conversion(const String &name, ConversionHook hook);
    static int remove_conversion(Conversion *conversion);

    // ---- for handlers that derive. The text is annotated.
    virtual String decorate(const String &text) { return text; }
    // One line. `user_data` is what the call for the previous line returned (null for the first); `more`: lines follow.
    virtual void *emit(const String &line, void *user_data, bool more);
    virtual void account(int level);

  protected:
    virtual void finish(int level);

  private:
    int _nwarnings = 0;
    int _nerrors = 0;
};

// Keeps counts of its own but shows nothing.
class SilentErrorHandler : public ErrorHandler {
  public:
    void *emit(const String &, void *, bool) override { return nullptr; }
};

// Prints to a file, each line behind `prefix`.
class FileErrorHandler : public ErrorHandler {
  public:
    explicit FileErrorHandler(FILE *f, const String &prefix = String()) : _file(f), _prefix(prefix) {}
    String vformat(const char *format, va_list val) override;
    void *emit(const String &line, void *user_data, bool more) override;
    void account(int level) override;

  private:
    FILE *_file;
    String _prefix;
};

// Does everything through another handler. A null one is the silent handler.
class ErrorVeneer : public ErrorHandler {
  public:
    explicit ErrorVeneer(ErrorHandler *errh) : _errh(errh ? errh : silent_handler()) {}

    int nwarnings() const override { return _errh->nwarnings(); }
    int nerrors() const override { return _errh->nerrors(); }
    void clear() override { _errh->clear(); }
    String vformat(const char *format, va_list val) override { return _errh->vformat(format, val); }
    String decorate(const String &text) override { return _errh->decorate(text); }
    void *emit(const String &line, void *user_data, bool more) override { return _errh->emit(line, user_data, more); }
    void account(int level) override { _errh->account(level); }

  protected:
    ErrorHandler *_errh;
};
typedef ErrorVeneer VeneerErrorHandler;

// Counts only what passes through itself.
class LocalErrorHandler : public ErrorVeneer {
  public:
    explicit LocalErrorHandler(ErrorHandler *errh = nullptr) : ErrorVeneer(errh) {}
    int nwarnings() const override { return ErrorHandler::nwarnings(); }
    int nerrors() const override { return ErrorHandler::nerrors(); }
    void clear() override { ErrorHandler::clear(); }
    void account(int level) override
    {
        ErrorHandler::account(level);
        _errh->account(level);
    }
};

// Shows a context line before the first message, and indents all messages below it.
class ContextErrorHandler : public ErrorVeneer {
  public:
    ContextErrorHandler(ErrorHandler *errh, const char *format, ...);
    // Only for a real String, so that formats with text arguments stay unambiguous.
    template <std::same_as<String> S>
    ContextErrorHandler(ErrorHandler *errh, const S &context, const String &indent = "  ",
                        const String &context_landmark = String())
        : ErrorVeneer(errh), _context(context), _indent(indent), _landmark(context_landmark)
    {
    }
    String decorate(const String &text) override;
    void set_context(const String &context) { _context = context; }
    void set_indent(const String &indent) { _indent = indent; }
    // Where the context line says it is; messages below it show no place of their own, unless they have one.
    void set_context_landmark(const String &landmark) { _landmark = landmark; }

  protected:
    // Asked for when the first message comes.
    virtual String get_context() { return _context; }

  private:
    String _context;
    String _indent;
    String _landmark;
    bool _shown = false;
};

// Puts a prefix in front of each line.
class PrefixErrorHandler : public ErrorVeneer {
  public:
    PrefixErrorHandler(ErrorHandler *errh, const String &prefix) : ErrorVeneer(errh), _prefix(prefix) {}
    String decorate(const String &text) override;

  private:
    String _prefix;
};

class IndentErrorHandler : public PrefixErrorHandler {
  public:
    IndentErrorHandler(ErrorHandler *errh, const String &indent) : PrefixErrorHandler(errh, indent) {}
};

// Gives messages without a landmark this one.
class LandmarkErrorHandler : public ErrorVeneer {
  public:
    LandmarkErrorHandler(ErrorHandler *errh, const String &landmark) : ErrorVeneer(errh), _landmark(landmark) {}
    void set_landmark(const String &landmark) { _landmark = landmark; }
    String decorate(const String &text) override;

  private:
    String _landmark;
};

// Ends the process after an error that is at least as bad as `level`.
class BailErrorHandler : public ErrorVeneer {
  public:
    explicit BailErrorHandler(ErrorHandler *errh, int level = el_error) : ErrorVeneer(errh), _level(level) {}
    void account(int level) override;

  private:
    int _level;
};

#endif

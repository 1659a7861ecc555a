// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/straccum.hh>
#include <click/userutils.hh>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- files

String file_string(FILE *f, ErrorHandler *errh)
{
    StringAccum sa;
    const int chunk = 1 << 16;
    while (size_t n = fread(sa.reserve(chunk), 1, chunk, f))
        sa.adjust_length(static_cast<int>(n));
    if (!ferror(f))
        return sa.take_string();
    if (errh)
        errh->error("%s", strerror(errno));
    return String();
}

String file_string(String filename, ErrorHandler *errh)
{
    if (!filename || filename == "-")
        return file_string(stdin, errh);
    std::unique_ptr<FILE, int (*)(FILE *)> f(fopen(filename.c_str(), "rb"), fclose);
    if (!f) {
        if (errh)
            errh->error("%s: %s", filename.c_str(), strerror(errno));
        return String();
    }
    PrefixErrorHandler named(errh, filename + ": ");
    return file_string(f.get(), errh ? &named : nullptr);
}

String filename_landmark(const char *filename, bool file_is_expr)
{
    if (file_is_expr)
        return String::make_stable("config");
    if (!filename || !*filename || strcmp(filename, "-") == 0)
        return String::make_stable("<stdin>");
    return String(filename);
}

bool compressed_data(const unsigned char *data, int length)
{
    auto starts = [&](const char *magic, int n) { return length >= n && memcmp(data, magic, static_cast<size_t>(n)) == 0; };
    return starts("\037\213", 2) || starts("\037\235", 2) || starts("BZh", 3) || starts("\xFD" "7zXZ", 5);
}

FILE *open_uncompress_pipe(const String &filename, ErrorHandler *errh)
{
    unsigned char magic[6] = {};
    std::unique_ptr<FILE, int (*)(FILE *)> f(fopen(filename.c_str(), "rb"), fclose);
    if (!f || fread(magic, 1, sizeof magic, f.get()) < 3) {
        if (errh)
            errh->error("%s: %s", filename.c_str(), f ? "too short" : strerror(errno));
        return nullptr;
    }
    const char *program = magic[0] == 'B' ? "bzcat" : magic[0] == 0xFD ? "xzcat" : "zcat";
    FILE *pipe = popen((String(program) + " < " + shell_quote(filename)).c_str(), "r");
    if (!pipe && errh)
        errh->error("%s: %s", filename.c_str(), strerror(errno));
    return pipe;
}

// ---- the shell

String shell_quote(const String &text, bool quote_tilde)
{
    bool safe = text && !(quote_tilde && text[0] == '~');
    for (char c : text)
        safe = safe && (isalnum(static_cast<unsigned char>(c)) || strchr("_-+/.,:=@%~", c));
    if (safe)
        return text;
    StringAccum sa;
    sa << '\'';
    for (char c : text)
        if (c == '\'')
            sa << "'\\''";
        else
            sa << c;
    sa << '\'';
    return sa.take_string();
}

String shell_command_output_string(const String &command, const String &input, ErrorHandler *errh)
{
    // The input waits in a file, so that neither side can block the other.
    std::unique_ptr<FILE, int (*)(FILE *)> file(tmpfile(), fclose);
    if (!file || fwrite(input.data(), 1, static_cast<size_t>(input.length()), file.get()) != static_cast<size_t>(input.length())
        || fflush(file.get()) != 0) {
        if (errh)
            errh->error("%s: %s", command.c_str(), strerror(errno));
        return String();
    }
    rewind(file.get());
    StringAccum line;
    line << command << " <&" << fileno(file.get());
    FILE *pipe = popen(line.c_str(), "r");
    if (!pipe) {
        if (errh)
            errh->error("%s: %s", command.c_str(), strerror(errno));
        return String();
    }
    String output = file_string(pipe, errh);
    const int status = pclose(pipe);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127 && errh)
        errh->error("%s: cannot run", command.c_str());
    return output;
}

String percent_substitute(const String &pattern, int first_char, ...)
{
    const char *meanings[256] = {};
    va_list val;
    va_start(val, first_char);
    for (int c = first_char; c; c = va_arg(val, int))
        meanings[static_cast<unsigned char>(c)] = va_arg(val, const char *);
    va_end(val);
    StringAccum sa;
    for (int i = 0; i < pattern.length(); ++i) {
        const char *meaning = nullptr;
        if (pattern[i] == '%' && i + 1 < pattern.length()) {
            const unsigned char next = static_cast<unsigned char>(pattern[i + 1]);
            meaning = next == '%' ? "%" : meanings[next];
        }
        if (meaning) {
            sa << meaning;
            ++i;
        } else
            sa << pattern[i];
    }
    return sa.take_string();
}

// ---- CLICKPATH

const char *clickpath()
{
    const char *path = getenv("CLICKPATH");
    return path ? path : "";
}

void set_clickpath(const char *path)
{
    setenv("CLICKPATH", path, 1);
}

// For each directory, its `subdirectory` comes first.
void clickpath_expand_path(const char *subdirectory, const String &default_path, Vector<String> &result)
{
    auto add_all = [&](const String &path, bool nested, auto &&self) -> void {
        const char *s = path.begin();
        do {
            const char *colon = find(s, path.end(), ':');
            String directory = path.substring(s, colon);
            if (!directory) {
                if (!nested && default_path)
                    self(default_path, true, self);
            } else {
                if (subdirectory && *subdirectory && !nested)
                    result.push_back(directory + "/" + subdirectory);
                result.push_back(directory);
            }
            s = colon + 1;
        } while (s <= path.end());
    };
    add_all(clickpath(), false, add_all);
}

String clickpath_find_file(const String &filename, const char *subdirectory, String default_path, ErrorHandler *errh)
{
    auto is_file = [](const String &name) {
        struct stat st;
        return stat(name.c_str(), &st) == 0 && S_ISREG(st.st_mode);
    };
    if (filename.find_left('/') >= 0)
        return is_file(filename) ? filename : String();
    Vector<String> directories;
    clickpath_expand_path(subdirectory, default_path, directories);
    for (const String &directory : directories)
        if (String candidate = directory + "/" + filename; is_file(candidate))
            return candidate;
    if (errh) {
        StringAccum sa;
        for (const String &directory : directories)
            sa << (sa.empty() ? "" : ":") << directory;
        errh->error("cannot find file %<%s%> in %<%s%>", filename.c_str(), sa.c_str());
    }
    return String();
}

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_USERUTILS_HH
#define CLICK_USERUTILS_HH
#include <click/error.hh>
#include <click/string.hh>
#include <click/vector.hh>
#include <cstdio>

// The whole file; "-" is standard input. On error reports and returns an empty string.
String file_string(String filename, ErrorHandler *errh = nullptr);
String file_string(FILE *f, ErrorHandler *errh = nullptr);
// How messages name a file: "<stdin>" for "-".
String filename_landmark(const char *filename, bool file_is_expr = false);

String shell_quote(const String &text, bool quote_tilde = false);
// The output of a shell command that reads `input`. Reports a command that cannot run.
String shell_command_output_string(const String &command, const String &input, ErrorHandler *errh = nullptr);
// Replaces %c for each pair (char c, const char *text) of the arguments, which end with 0; %% is a percent sign.
String percent_substitute(const String &pattern, int first_char, ...);

// Searching CLICKPATH: a list of directories between colons, an empty one stands for the default path.
const char *clickpath();
void set_clickpath(const char *path);
// The file's name, or empty; with `default_path` an error is reported, saying where it was looked for.
String clickpath_find_file(const String &filename, const char *subdirectory, String default_path, ErrorHandler *errh = nullptr);
void clickpath_expand_path(const char *subdirectory, const String &default_path, Vector<String> &result);

// True if the first bytes are those of a gzip, compress or bzip2 file.
bool compressed_data(const unsigned char *data, int length);
// Reads the decompressed file; close with pclose().
FILE *open_uncompress_pipe(const String &filename, ErrorHandler *errh = nullptr);

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_OPTIONTEXT_HH
#define MIMI_OPTIONTEXT_HH
#include <click/string.hh>

class StringAccum;

// IP and TCP options as text, and back: items separated by semicolons (commas for TCP), `.` for none.
//
//   IP   nop  eol  rr{ADDR,ADDR^ADDR}+N  lsrr{...}  ssrr{...}  ts{TIME,TIME}+N++OVERFLOW  ts.ip{ADDR=TIME}  ts.preip{...}
//        TYPE=BYTE:BYTE:...
//        `^` is where the next router writes; `+N` stands for N empty places after it; `!` for a time that is no standard one.
//   TCP  nop  eol  mssN  wscaleN  sackok  sackA-B;C-D  tsVALUE:ECHO  TYPE=BYTE:BYTE:...
namespace optiontext {

// `length` bytes of options. What is only padding (nop, eol) is left out.
void write_ip(const unsigned char *options, int length, StringAccum &sa);
void write_tcp(const unsigned char *options, int length, StringAccum &sa);
// Only the selective acknowledgements.
void write_tcp_sack(const unsigned char *options, int length, StringAccum &sa);

// The bytes, padded with eol to a multiple of four, at most 40. False when the text is wrong.
bool read_ip(const String &text, String &options);
bool read_tcp(const String &text, String &options);

}  // namespace optiontext

#endif

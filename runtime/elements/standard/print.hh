// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PRINT_HH
#define CLICK_PRINT_HH
#include <click/batchelement.hh>

// =Element Print([LABEL, MAXLENGTH, KEYWORDS])
// =Summary prints the bytes of packets
// =Ports 1 / 1, push or pull
// =Arguments
//   LABEL      String   text before each line; none
//   MAXLENGTH  Integer  bytes printed, negative for all (LENGTH is the same); 24
//   CONTENTS   Word     HEX, ASCII or NONE; HEX
//   TIMESTAMP  Boolean  print the timestamp annotation; false
//   PRINTANNO  Boolean  print the annotation bytes, in hex without spaces; false
//   HEADROOM   Boolean  print headroom and tailroom; false
//   ACTIVE     Boolean  print at all; true
//   CHANNEL    Word     message channel; the default one
// =Handlers
//   active  rw  print at all
// =Source none
class Print : public SimpleBatchElement<Print> {
  public:
    const char *class_name() const override { return "Print"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    enum Contents { contents_none, contents_hex, contents_ascii };

    void print_hex(StringAccum &sa, const unsigned char *data, unsigned length) const;
    void print_ascii(StringAccum &sa, const unsigned char *data, unsigned length) const;

    String _label;
    String _channel_name;
    ErrorHandler *_channel = nullptr;
    int _max_length = 24;
    Contents _contents = contents_hex;
    bool _timestamp = false;
    bool _annotations = false;
    bool _headroom = false;
    bool _active = true;
};

#endif

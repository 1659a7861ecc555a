// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPPRINT_HH
#define CLICK_IPPRINT_HH
#include <click/batchelement.hh>

// =Element IPPrint([LABEL, KEYWORDS])
// =Summary prints IP packets in the manner of tcpdump
// =Ports 1 / 1, push or pull
// =Arguments
//   LABEL      String   text before each line; none
//   CONTENTS   Word     also the bytes: NONE, HEX or ASCII; NONE
//   MAXLENGTH  Integer  bytes printed with CONTENTS (LENGTH is the same); 1500
//   PAYLOAD    Word     only the bytes after the transport header: NONE, HEX or ASCII; NONE
//   ID, TTL, TOS, LENGTH  Boolean  also these header fields; false
//   TIMESTAMP  Boolean  print the timestamp annotation; true
//   PAINT, AGGREGATE Boolean  print these annotations; false
//   CHECKSUM   Boolean  say whether the TCP or UDP checksum is sound (one left to the device is not judged); false
//   ACTIVE     Boolean  print at all; true
//   CHANNEL    Word     message channel; the default one
// =Handlers
//   active  rw  print at all
// =Source RFC 791, RFC 792, RFC 768, RFC 9293
class IPPrint : public SimpleBatchElement<IPPrint> {
  public:
    const char *class_name() const override { return "IPPrint"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    enum Contents { contents_none, contents_hex, contents_ascii };

    static bool parse_contents(const String &word, Contents &contents);
    void print_packet(StringAccum &sa, const Packet *packet) const;
    void print_tcp(StringAccum &sa, const Packet *packet, int length) const;
    void print_udp(StringAccum &sa, const Packet *packet, int length) const;
    void print_icmp(StringAccum &sa, const Packet *packet, int length) const;
    void print_bytes(StringAccum &sa, const unsigned char *data, int length, Contents contents) const;

    String _label, _channel_name;
    ErrorHandler *_channel = nullptr;
    Contents _contents = contents_none;
    Contents _payload = contents_none;
    int _max_length = 1500;
    bool _id = false, _ttl = false, _tos = false, _length = false, _timestamp = true;
    bool _paint = false, _aggregate = false, _checksum = false, _active = true;
};

#endif

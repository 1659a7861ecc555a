// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_AGGREGATECOUNTER_HH
#define CLICK_AGGREGATECOUNTER_HH
#include <click/batchelement.hh>
#include <click/handlercall.hh>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

// =Element AggregateCounter([KEYWORDS])
// =Summary counts packets or bytes for each value of the aggregate annotation
// =Ports 1-2 / 1-2, push or pull; what enters input 1 makes no new counter; output 1 takes what was not counted (push only)
// =Arguments
//   BYTES            Boolean  count bytes; false
//   IP_BYTES         Boolean  without the bytes before the network header; false
//   MULTIPACKET      Boolean  a packet counts as many as its annotation says it stands for; true
//   EXTRA_LENGTH     Boolean  bytes that its annotation says were cut off count too; true
//   AGGREGATE_STOP, AGGREGATE_FREEZE, AGGREGATE_CALL  `N`, `N`, `N HANDLER [VALUE]`: stop the driver, freeze, or call a write
//                             handler when another value would come after N different ones
//   COUNT_STOP, COUNT_FREEZE, COUNT_CALL  the same once N are counted
//   BANNER           String   a line for the top of files
// =Handlers
//   write_text_file  w   write `VALUE COUNT` lines, by value, to this file (`-`: standard output)
//   write_ip_file    w   the same with values as addresses
//   write_pdf_file   w   the same with shares of the total
//   write_file       w   the same in binary: two 32-bit numbers each
//   counts_pdf       w   from now on, count how often each count occurred (also reaggregate_counts)
//   freeze, active   rw  make no new counters; count at all
//   aggregate_call, count_call, banner  rw  as the arguments
//   count, nagg      r   how much was counted; how many different values
//   clear, stop      w   begin anew; count no more and stop the driver
// =Source none
class AggregateCounter : public BatchElement {
  public:
    const char *class_name() const override { return "AggregateCounter"; }
    const char *port_count() const override { return "1-2/1-2"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    void push(int port, Packet *packet) override;
    Packet *pull(int port) override;
    void push_batch(int port, PacketBatch *batch) override;

  private:
    // A handler to call once.
    struct Trigger {
        uint64_t at = UINT64_MAX;
        HandlerCall call;
        bool armed() const { return at != UINT64_MAX; }
        void fire();
    };
    enum Format { as_text, as_binary, as_addresses, as_shares };
    enum Handle { h_banner, h_stop, h_reaggregate, h_clear, h_aggregate_call, h_count_call, h_count, h_nagg };
    typedef std::pair<uint32_t, uint32_t> Entry;

    // What the three arguments that begin with `what` ask for.
    int read_trigger(Args &args, const char *what, Trigger &trigger, ErrorHandler *errh);
    bool update(const Packet *packet, bool frozen);
    uint32_t amount(const Packet *packet) const;
    std::vector<Entry> entries() const;
    void reaggregate();
    void clear();
    String unparse(Format format) const;
    int set_trigger(Trigger &trigger, const String &text, ErrorHandler *errh);
    static String read_handler(Element *element, void *user_data);
    static int write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh);
    static int file_handler(const String &text, Element *element, void *format, ErrorHandler *errh);

    bool _bytes = false, _ip_bytes = false, _multipacket = true, _extra_length = true;
    bool _frozen = false, _active = true;
    std::unordered_map<uint32_t, uint32_t> _counts;
    uint64_t _count = 0;
    Trigger _aggregates, _total;
    String _banner;
};

#endif

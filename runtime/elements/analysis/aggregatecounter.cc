// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "aggregatecounter.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>
#include <click/router.hh>
#include <click/straccum.hh>
#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>

int AggregateCounter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Args args = Args(this, errh).bind(conf);
    if (args.read("BYTES", _bytes)
            .read("IP_BYTES", _ip_bytes)
            .read("MULTIPACKET", _multipacket)
            .read("EXTRA_LENGTH", _extra_length)
            .read("BANNER", _banner)
            .consume() < 0)
        return -1;
    if (read_trigger(args, "AGGREGATE", _aggregates, errh) < 0 || read_trigger(args, "COUNT", _total, errh) < 0)
        return -1;
    return args.complete();
}

int AggregateCounter::read_trigger(Args &args, const char *what, Trigger &trigger, ErrorHandler *errh)
{
    uint64_t freeze = UINT64_MAX, stop = UINT64_MAX;
    String call, begin = what;
    if (args.read((begin + "_FREEZE").c_str(), freeze)
            .read((begin + "_STOP").c_str(), stop)
            .read((begin + "_CALL").c_str(), AnyArg(), call)
            .consume() < 0)
        return -1;
    if ((freeze != UINT64_MAX) + (stop != UINT64_MAX) + bool(call) > 1)
        return errh->error("give only one of %s_FREEZE, %s_STOP and %s_CALL", what, what, what);
    if (call && !IntArg().parse(cp_shift_spacevec(call), trigger.at))
        return errh->error("%s_CALL: expected `N HANDLER [VALUE]'", what);
    if (freeze != UINT64_MAX) {
        trigger.at = freeze;
        call = name() + ".freeze true";
    } else if (stop != UINT64_MAX) {
        trigger.at = stop;
        call = name() + ".stop";
    }
    if (trigger.armed())
        trigger.call = HandlerCall(call);
    return 0;
}

int AggregateCounter::initialize(ErrorHandler *errh)
{
    for (Trigger *trigger : {&_aggregates, &_total})
        if (trigger->armed() && trigger->call.initialize_write(this, errh) < 0)
            return -1;
    return 0;
}

void AggregateCounter::Trigger::fire()
{
    at = UINT64_MAX;
    call.call_write(ErrorHandler::default_handler());
}

uint32_t AggregateCounter::amount(const Packet *packet) const
{
    if (!_bytes)
        return 1 + (_multipacket ? EXTRA_PACKETS_ANNO(packet) : 0);
    uint32_t bytes = packet->length() + (_extra_length ? EXTRA_LENGTH_ANNO(packet) : 0);
    if (_ip_bytes && packet->has_network_header())
        bytes -= packet->network_header_offset();
    return bytes;
}

bool AggregateCounter::update(const Packet *packet, bool frozen)
{
    if (!_active)
        return false;
    uint32_t aggregate = AGGREGATE_ANNO(packet);
    auto found = _counts.find(aggregate);
    uint32_t n = amount(packet);
    if (found == _counts.end()) {
        if (frozen || _frozen)
            return false;
        if (n == 0)
            return true;
        if (_counts.size() >= _aggregates.at) {
            _aggregates.fire();
            // The handler may have frozen or stopped us.
            return update(packet, frozen);
        }
        found = _counts.emplace(aggregate, 0).first;
    }
    found->second += n;
    _count += n;
    if (_count >= _total.at)
        _total.fire();
    return true;
}

void AggregateCounter::push(int port, Packet *packet)
{
    bool counted = update(packet, port == 1);
    output(counted || noutputs() == 1 ? 0 : 1).push(packet);
}

void AggregateCounter::push_batch(int port, PacketBatch *batch)
{
    if (noutputs() == 1) {
        FOR_EACH_PACKET(batch, packet) update(packet, port == 1);
        output_push_batch(0, batch);
        return;
    }
    auto choose = [this, port](Packet *packet) { return update(packet, port == 1) ? 0 : 1; };
    CLASSIFY_EACH_PACKET(noutputs() + 1, choose, batch, checked_output_push_batch);
}

Packet *AggregateCounter::pull(int port)
{
    Packet *packet = input(ninputs() == 1 ? 0 : port).pull();
    if (packet)
        update(packet, port == 1);
    return packet;
}

void AggregateCounter::clear()
{
    _counts.clear();
    _count = 0;
}

void AggregateCounter::reaggregate()
{
    auto old = std::move(_counts);
    clear();
    for (const auto &[aggregate, count] : old)
        ++_counts[count];
    _count = old.size();
}

std::vector<AggregateCounter::Entry> AggregateCounter::entries() const
{
    std::vector<Entry> sorted(_counts.begin(), _counts.end());
    std::sort(sorted.begin(), sorted.end());
    return sorted;
}

String AggregateCounter::unparse(Format format) const
{
    StringAccum text;
    text << "!IPAggregate 1.0\n" << _banner;
    if (_banner && _banner.back() != '\n')
        text << '\n';
    text << "!num_nonzero " << _counts.size() << '\n';
    if (format == as_binary)
        text << (std::endian::native == std::endian::little ? "!packed_le\n" : "!packed_be\n");
    else if (format == as_addresses)
        text << "!ip\n";
    for (const auto &[aggregate, count] : entries()) {
        const uint32_t both[2] = {aggregate, count};
        if (format == as_binary)
            text.append(reinterpret_cast<const char *>(both), sizeof(both));
        else if (format == as_addresses)
            text << IPAddress(htonl(aggregate)) << ' ' << count << '\n';
        else if (format == as_shares)
            text.snprintf(64, "%u %.12g\n", aggregate, count / static_cast<double>(_count));
        else
            text << aggregate << ' ' << count << '\n';
    }
    return text.take_string();
}

int AggregateCounter::file_handler(const String &text, Element *element, void *format, ErrorHandler *errh)
{
    AggregateCounter *c = static_cast<AggregateCounter *>(element);
    String name;
    if (!FilenameArg().parse(text, name))
        return errh->error("expected filename");
    String content = c->unparse(static_cast<Format>(reinterpret_cast<intptr_t>(format)));
    FILE *file = name == "-" ? stdout : fopen(name.c_str(), "wb");
    if (!file)
        return errh->error("%s: %s", name.c_str(), strerror(errno));
    bool good = fwrite(content.data(), 1, content.length(), file) == static_cast<size_t>(content.length());
    good = (file == stdout ? fflush(file) : fclose(file)) == 0 && good;
    return good ? 0 : errh->error("%s: cannot be written", name.c_str());
}

int AggregateCounter::set_trigger(Trigger &trigger, const String &text, ErrorHandler *errh)
{
    String rest = cp_uncomment(text);
    uint64_t at = UINT64_MAX;
    if (rest) {
        if (!IntArg().parse(cp_shift_spacevec(rest), at))
            return errh->error("expected `N HANDLER [VALUE]'");
        if (HandlerCall::reset_write(trigger.call, rest, this, errh) < 0)
            return -1;
    }
    trigger.at = at;
    return 0;
}

String AggregateCounter::read_handler(Element *element, void *user_data)
{
    AggregateCounter *c = static_cast<AggregateCounter *>(element);
    intptr_t which = reinterpret_cast<intptr_t>(user_data);
    const Trigger &trigger = which == h_count_call ? c->_total : c->_aggregates;
    switch (which) {
    case h_banner:
        return c->_banner;
    case h_count:
        return String(c->_count);
    case h_nagg:
        return String(c->_counts.size());
    default:
        return trigger.armed() ? String(trigger.at) + " " + trigger.call.unparse() : String();
    }
}

int AggregateCounter::write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh)
{
    AggregateCounter *c = static_cast<AggregateCounter *>(element);
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_stop:
        c->_active = false;
        c->router()->please_stop_driver();
        return 0;
    case h_reaggregate:
        c->reaggregate();
        return 0;
    case h_clear:
        c->clear();
        return 0;
    case h_banner:
        c->_banner = text;
        return 0;
    case h_aggregate_call:
        return c->set_trigger(c->_aggregates, text, errh);
    default:
        return c->set_trigger(c->_total, text, errh);
    }
}

void AggregateCounter::add_handlers()
{
    add_write_handler("write_text_file", file_handler, as_text);
    add_write_handler("write_ascii_file", file_handler, as_text);
    add_write_handler("write_file", file_handler, as_binary);
    add_write_handler("write_ip_file", file_handler, as_addresses);
    add_write_handler("write_pdf_file", file_handler, as_shares);
    add_data_handlers("freeze", Handler::OP_READ | Handler::OP_WRITE | Handler::CHECKBOX, &_frozen);
    add_data_handlers("active", Handler::OP_READ | Handler::OP_WRITE | Handler::CHECKBOX, &_active);
    add_write_handler("stop", write_handler, h_stop, Handler::BUTTON);
    add_write_handler("clear", write_handler, h_clear, Handler::BUTTON);
    add_write_handler("counts_pdf", write_handler, h_reaggregate, Handler::BUTTON);
    add_write_handler("reaggregate_counts", write_handler, h_reaggregate, Handler::BUTTON);
    add_read_handler("banner", read_handler, h_banner);
    add_write_handler("banner", write_handler, h_banner, Handler::RAW);
    add_read_handler("aggregate_call", read_handler, h_aggregate_call);
    add_write_handler("aggregate_call", write_handler, h_aggregate_call);
    add_read_handler("count_call", read_handler, h_count_call);
    add_write_handler("count_call", write_handler, h_count_call);
    add_read_handler("count", read_handler, h_count);
    add_read_handler("nagg", read_handler, h_nagg);
}

EXPORT_ELEMENT(AggregateCounter)

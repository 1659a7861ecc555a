// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "flowoffload.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/straccum.hh>
#include <clicknet/ip.h>

using mimi::WireKey;

const char *const FlowOffload::count_names[n_counts] = {"taken", "ended", "idle", "renewed", "moved", "unwanted", "refused"};

String FlowOffload::status_text()
{
    StringAccum sa;
    if (!_kernel)
        return "active no\nreason " + _reason + "\n";
    visit_all_slots([this](uint32_t number) { review(number, uint32_t(Timestamp::now_steady().sec())); });
    mimi::TableLock::Polite guard(_owner->carried_lock());
    sa << "active " << (_active ? "yes" : "no\nreason ACTIVE is false") << "\nentrance " << _kernel->entrance() << "\nflows "
       << _index.size() << "\ncapacity " << _capacity << "\npackets " << _carried.packets << "\nbytes " << _carried.bytes << '\n';
    for (int i = 0; i < n_counts; ++i)
        sa << count_names[i] << ' ' << _counts[i] << '\n';
    return sa.take_string();
}

String FlowOffload::flows_text()
{
    StringAccum sa;
    if (!_kernel)
        return String();
    visit_all_slots([&](uint32_t number) {
        const WireKey &key = _slots[number].key;
        sa << (key.proto == IP_PROTO_TCP ? "tcp " : "udp ") << IPAddress(key.saddr) << ':' << ntohs(key.sport) << ' '
           << IPAddress(key.daddr) << ':' << ntohs(key.dport) << ' ' << _kernel->count(number).packets << '\n';
    });
    return sa.take_string();
}

String FlowOffload::read_handler(Element *element, void *user_data)
{
    FlowOffload *f = static_cast<FlowOffload *>(element);
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_status:
        return f->status_text();
    case h_flows:
        return f->flows_text();
    default:
        return BoolArg::unparse(f->_active && f->_kernel);
    }
}

int FlowOffload::write_handler(const String &value, Element *element, void *user_data, ErrorHandler *errh)
{
    FlowOffload *f = static_cast<FlowOffload *>(element);
    bool active = f->_active;
    if (reinterpret_cast<intptr_t>(user_data) == h_active && !BoolArg().parse(value, active))
        return errh->error("expected true or false, found %s", value.c_str());
    if (active && !f->_kernel)
        return errh->error("the kernel carries no flows: %s", f->_reason.c_str());
    if (!f->_kernel)
        return 0;
    f->_active = active;
    if (reinterpret_cast<intptr_t>(user_data) == h_flush || !active)
        f->visit_all_slots([f](uint32_t number) { f->give_back_carried(number, unwanted); });
    return 0;
}

void FlowOffload::add_handlers()
{
    add_read_handler("status", read_handler, h_status);
    add_read_handler("flows", read_handler, h_flows);
    add_write_handler("flush", write_handler, h_flush, Handler::f_button);
    add_read_handler("active", read_handler, h_active, Handler::f_checkbox);
    add_write_handler("active", write_handler, h_active);
}

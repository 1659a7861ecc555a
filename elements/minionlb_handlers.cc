// SPDX-License-Identifier: Apache-2.0
// The handlers of MinionLB that other boxes have not.
#include <click/config.h>
#include "minionlb.hh"
#include <click/straccum.hh>
CLICK_DECLS

String MinionLB::vips_text()
{
    StringAccum out;
    std::lock_guard<mimi::TableLock> guard(_table->lock());
    for (const mimi::Vip &v : _pool.vips()) {
        append_line(out, std::string("vip ") + (v.proto == mimi::proto_tcp ? "tcp " : "udp ")
                    + mimi::endpoint_text(v.addr, v.port) + (v.choose == mimi::Choose::random ? " random" : " round-robin")
                    + " chosen " + std::to_string(v.chosen));
        for (uint16_t i = v.first; i != v.first + v.count; ++i) {
            const mimi::Backend &b = _pool.backend(i);
            append_line(out, "backend " + mimi::endpoint_text(b.addr, b.port) + " chosen " + std::to_string(b.chosen)
                        + " forward " + std::to_string(_counts.total(size_t(count_of(i, mimi::Direction::forward))))
                        + " reverse " + std::to_string(_counts.total(size_t(count_of(i, mimi::Direction::reverse)))));
        }
    }
    return out.take_string();
}

String MinionLB::read_handler(Element *e, void *)
{
    return static_cast<MinionLB *>(e)->vips_text();
}

void MinionLB::add_handlers()
{
    MinionBox::add_handlers();
    add_read_handler("vips", read_handler, h_own);
}

CLICK_ENDDECLS
ELEMENT_PROVIDES(MinionLBHandlers)

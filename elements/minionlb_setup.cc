// SPDX-License-Identifier: Apache-2.0
// The life of a balancer: its arguments, what it owns, its successor.
#include <click/config.h>
#include "minionlb.hh"
#include <click/args.hh>
#include <click/error.hh>
CLICK_DECLS

void *MinionLB::cast(const char *name)
{
    return strcmp(name, "MinionLB") == 0 ? static_cast<void *>(this) : MinionBox::cast(name);
}

int MinionLB::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Vector<String> vips;
    String unknown = "drop";
    Args args(conf, this, errh);
    if (read_arguments(args.read_all("VIP", AnyArg(), vips), unknown).complete() < 0)
        return -1;
    if (vips.empty())
        return errh->error("VIP: required argument missing");
    std::vector<std::string> words;
    for (int i = 0; i < vips.size(); ++i) {
        split_words(vips[i], words);
        const std::string wrong = _pool.add_vip(words);
        if (!wrong.empty())
            return errh->error("VIP: %s", wrong.c_str());
    }
    if (check_arguments(unknown, errh) < 0)
        return -1;
    make_table(2 * _pool.backends().size());
    return 0;
}

std::vector<std::string> MinionLB::own_counts() const
{
    return std::vector<std::string>(1, "drop_backend_unknown");
}

void MinionLB::take_state(Element *old_element, ErrorHandler *)
{
    if (!take_table(old_element))
        return;
    // Flows to a backend that left the configuration go on to it; flows of a VIP that left are over.
    _table->for_each(now_s(), [this](Record &r) {
        r.tag.store(owner_of(r.binding()), std::memory_order_relaxed);
        if (_pool.vip_of(r.proto, r.orig.daddr, r.orig.dport) == mimi::BackendPool::none)
            _table->erase(&r);
    });
}

uint16_t MinionLB::owner_of(const mimi::FlowBinding &b) const
{
    const uint16_t vip = _pool.vip_of(b.proto, b.orig.daddr, b.orig.dport);
    return vip == mimi::BackendPool::none ? vip : _pool.backend_of(vip, b.xlat.daddr, b.xlat.dport);
}

CLICK_ENDDECLS
ELEMENT_PROVIDES(MinionLBSetup)

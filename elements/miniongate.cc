// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "miniongate.hh"
#include "minionbox.hh"
#include <click/args.hh>
#include <click/error.hh>
#if HAVE_BATCH
# include <click/packetbatch.hh>
#endif
CLICK_DECLS

MinionGate::MinionGate() : _drains(false)
{
    _handed.reset(click_max_cpu_ids(), 1);
}

int MinionGate::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Element *box = nullptr;
    if (Args(conf, this, errh).read_mp("BOX", box).complete() < 0)
        return -1;
    _box = static_cast<MinionBox *>(box->cast("MinionBox"));
    return _box ? 0 : errh->error("BOX: expected a MinionLB, MinionNAT or MinionFirewall, found %s", box->declaration().c_str());
}

void MinionGate::take_state(Element *old_element, ErrorHandler *)
{
    if (MinionGate *old = static_cast<MinionGate *>(old_element->cast("MinionGate"))) {
        _drains.store(old->_drains.load());
        _handed.add_shared(0, old->_handed.total(0));
    }
}

void MinionGate::push(int port, Packet *p)
{
    bool own = true;
    if (_drains.load(std::memory_order_relaxed))
        _box->sort_own(port, &p, 1, &own);
    if (!own)
        mimi::ThreadCounts::step(_handed.row(click_current_cpu_id())[0]);
    output(own ? port : port + 2).push(p);
}

#if HAVE_BATCH
void MinionGate::push_batch(int port, PacketBatch *batch)
{
    if (!_drains.load(std::memory_order_relaxed)) {
        output(port).push_batch(batch);
        return;
    }
    PacketBatch *out[2] = {nullptr, nullptr};
    mimi::ThreadCounts::Count *handed = _handed.row(click_current_cpu_id());
    for (Packet *next = batch->first(); next;) {
        Packet *group[group_size];
        bool own[group_size];
        unsigned n = 0;
        for (; next && n != group_size; next = next->next())
            group[n++] = next;
        _box->sort_own(port, group, n, own);
        for (unsigned i = 0; i != n; ++i) {
            group[i]->set_next(nullptr);
            PacketBatch *&to = out[own[i] ? 0 : 1];
            if (to)
                to->append_packet(group[i]);
            else
                to = PacketBatch::make_from_packet(group[i]);
            if (!own[i])
                mimi::ThreadCounts::step(handed[0]);
        }
    }
    for (int i = 0; i != 2; ++i)
        if (out[i])
            output(port + 2 * i).push_batch(out[i]);
}
#endif

String MinionGate::read_handler(Element *e, void *thunk)
{
    MinionGate *gate = static_cast<MinionGate *>(e);
    switch (reinterpret_cast<intptr_t>(thunk)) {
    case h_mode: return gate->_drains ? "drain" : "active";
    case h_own: return String(gate->_box->count_own());
    }
    return String(gate->_handed.total(0));
}

int MinionGate::write_handler(const String &text, Element *e, void *, ErrorHandler *errh)
{
    MinionGate *gate = static_cast<MinionGate *>(e);
    if (text != "active" && text != "drain")
        return errh->error("expected active or drain, found '%s'", text.c_str());
    gate->_drains = text == "drain";
    return 0;
}

void MinionGate::add_handlers()
{
    add_read_handler("mode", read_handler, h_mode);
    add_write_handler("mode", write_handler, h_mode);
    add_read_handler("own", read_handler, h_own, Handler::f_nonexclusive | Handler::f_expensive);
    add_read_handler("handed", read_handler, h_handed);
}

CLICK_ENDDECLS
EXPORT_ELEMENT(MinionGate)
ELEMENT_REQUIRES(MinionBox)

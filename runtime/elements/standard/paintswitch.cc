// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "paintswitch.hh"
#include <click/args.hh>
#include <click/error.hh>

int PaintSwitch::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_p("ANNO", AnnoArg(1), _anno).complete();
}

void PaintSwitch::to_all(Packet *packet)
{
    for (int i = 0; i < noutputs() - 1; ++i)
        if (Packet *copy = packet->clone())
            output(i).push(copy);
    checked_output_push(noutputs() - 1, packet);
}

void PaintSwitch::push(int, Packet *packet)
{
    int color = packet->anno_u8(_anno);
    if (color == 255)
        to_all(packet);
    else
        checked_output_push(color, packet);
}

// Runs of one color stay together.
void PaintSwitch::push_batch(int, PacketBatch *batch)
{
    PacketBatch *run = nullptr;
    int run_color = 255;
    FOR_EACH_PACKET_SAFE(batch, packet) {
        packet->set_next(nullptr);
        int color = packet->anno_u8(_anno);
        if (run && color != run_color) {
            checked_output_push_batch(run_color, run);
            run = nullptr;
        }
        run_color = color;
        if (color == 255)
            to_all(packet);
        else if (run)
            run->append_packet(packet);
        else
            run = PacketBatch::make_from_packet(packet);
    }
    if (run)
        checked_output_push_batch(run_color, run);
}

EXPORT_ELEMENT(PaintSwitch)

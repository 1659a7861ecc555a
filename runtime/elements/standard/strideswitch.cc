// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "strideswitch.hh"
#include <click/packet.hh>

int StrideSwitch::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return _strides.configure(conf, noutputs(), errh);
}

void StrideSwitch::push(int, Packet *packet)
{
    if (_strides.order().empty()) {
        packet->kill();
        return;
    }
    int port = _strides.order().front();
    _strides.advance(1);
    output(port).push(packet);
}

EXPORT_ELEMENT(StrideSwitch)

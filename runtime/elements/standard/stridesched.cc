// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "stridesched.hh"

int StrideSched::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return _strides.configure(conf, ninputs(), errh);
}

int StrideSched::initialize(ErrorHandler *)
{
    for (int i = 0; i < ninputs(); ++i)
        _signals.push_back(Notifier::upstream_empty_signal(this, i));
    return 0;
}

Packet *StrideSched::pull(int)
{
    Packet *packet = nullptr;
    size_t asked = 0;
    for (int port : _strides.order()) {
        ++asked;
        if (_signals[port] && (packet = input(port).pull()))
            break;
    }
    _strides.advance(asked);
    return packet;
}

EXPORT_ELEMENT(StrideSched)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "udprewriter.hh"
#include <click/args.hh>

int UDPRewriter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    bool udp_streaming = false, streaming = false;
    if (Args(this, errh).bind(conf)
            .read("UDP_TIMEOUT", SecondsArg(), _udp.timeout_s)
            .read("TIMEOUT", SecondsArg(), _udp.timeout_s)
            .read("UDP_STREAMING_TIMEOUT", SecondsArg(), _udp.streaming_timeout_s).read_status(udp_streaming)
            .read("STREAMING_TIMEOUT", SecondsArg(), _udp.streaming_timeout_s).read_status(streaming)
            .read("UDP_GUARANTEE", SecondsArg(), _udp.guarantee_s)
            .read("GUARANTEE", SecondsArg(), _udp.guarantee_s)
            .consume() < 0)
        return -1;
    if (!udp_streaming && !streaming)
        _udp.streaming_timeout_s = _udp.timeout_s;
    return read_annotations(conf, errh) < 0 ? -1 : IPRewriterBase::configure(conf, errh);
}

EXPORT_ELEMENT(UDPRewriter)

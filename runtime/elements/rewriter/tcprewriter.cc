// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "tcprewriter.hh"

int TCPRewriter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (_tcp.configure(conf, this, errh) < 0 || read_annotations(conf, errh) < 0)
        return -1;
    return IPRewriterBase::configure(conf, errh);
}

EXPORT_ELEMENT(TCPRewriter)

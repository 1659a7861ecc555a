// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "iprewriter.hh"
#include <click/args.hh>

void *IPRewriter::cast(const char *name)
{
    return strcmp(name, "TCPRewriter") == 0 ? static_cast<IPRewriterBase *>(this) : RewriterElement::cast(name);
}

int IPRewriter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    bool streaming = false;
    if (Args(this, errh).bind(conf)
            .read("UDP_TIMEOUT", SecondsArg(), _udp.timeout_s)
            .read("UDP_STREAMING_TIMEOUT", SecondsArg(), _udp.streaming_timeout_s).read_status(streaming)
            .read("UDP_GUARANTEE", SecondsArg(), _udp.guarantee_s)
            .consume() < 0)
        return -1;
    if (!streaming)
        _udp.streaming_timeout_s = _udp.timeout_s;
    if (_tcp.configure(conf, this, errh) < 0 || read_annotations(conf, errh) < 0)
        return -1;
    return IPRewriterBase::configure(conf, errh);
}

void IPRewriter::add_table_handlers()
{
    add_read_handler("tcp_table", table_handler, 0, beside);
    add_read_handler("udp_table", table_handler, 1, beside);
    add_read_handler("tcp_mappings", table_handler, 0, Handler::f_deprecated);
    add_read_handler("udp_mappings", table_handler, 1, Handler::f_deprecated);
    set_handler("tcp_lookup", Handler::f_read | Handler::f_read_param, lookup_handler);
}

EXPORT_ELEMENT(IPRewriter)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "setvlananno.hh"
#include <click/args.hh>
#include <click/error.hh>

int SetVLANAnno::configure(Vector<String> &conf, ErrorHandler *errh)
{
    VlanTag tag;
    Args args(conf, this, errh);
    tag.read(args);
    if (args.complete() < 0 || tag.finish(errh) < 0)
        return -1;
    if (tag.from_annotation())
        return errh->error("expected VLAN_TCI or VLAN_ID");
    _tci = htons(tag.tci());
    return 0;
}

EXPORT_ELEMENT(SetVLANAnno)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "vlantag.hh"
#include <click/args.hh>
#include <click/element.hh>
#include <click/error.hh>

void VlanTag::read(Args &args)
{
    args.read_p("VLAN_TCI", WordArg(), _text).read_p("VLAN_PCP", _pcp).read("VLAN_ID", _id);
}

int VlanTag::finish(ErrorHandler *errh)
{
    if (_pcp > 7 || _id > 4095)
        return errh->error(_pcp > 7 ? "VLAN_PCP: expected 0 to 7" : "VLAN_ID: expected 0 to 4095");
    _from_annotation = _text.upper() == "ANNO" && _id < 0;
    if (_id >= 0)
        _tci = _id;
    else if (!_from_annotation && !IntArg().parse(_text, _tci))
        return errh->error("VLAN_TCI: expected a number or ANNO");
    if (_pcp >= 0)
        _tci = (_tci & 0x1FFF) | _pcp << 13;
    return 0;
}

void VlanTag::add_handlers(Element *element, const char *tci_keyword, const char *pcp_keyword)
{
    element->add_read_handler("vlan_tci", Element::read_keyword_handler, tci_keyword);
    element->add_write_handler("vlan_tci", Element::reconfigure_keyword_handler, tci_keyword);
    element->add_read_handler("vlan_id", Element::read_keyword_handler, "VLAN_ID");
    element->add_write_handler("vlan_id", Element::reconfigure_keyword_handler, "VLAN_ID");
    element->add_read_handler("vlan_pcp", Element::read_keyword_handler, pcp_keyword);
    element->add_write_handler("vlan_pcp", Element::reconfigure_keyword_handler, pcp_keyword);
}

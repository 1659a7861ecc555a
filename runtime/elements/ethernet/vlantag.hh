// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_VLANTAG_HH
#define MIMI_VLANTAG_HH
#include <click/glue.hh>
#include <click/packet.hh>
#include <click/packet_anno.hh>
#include <click/string.hh>

class Args;
class Element;
class ErrorHandler;

// The arguments of elements that tag packets, and the tag a packet gets: VLAN_TCI (a number or ANNO), VLAN_PCP, VLAN_ID.
class VlanTag {
  public:
    // Adds the arguments to what is read.
    void read(Args &args);
    // Call when they were read. Without any of them the tag is the annotation's.
    int finish(ErrorHandler *errh);
    // Handlers vlan_tci, vlan_id and vlan_pcp, for an element that can be reconfigured. The keywords are those of
    // reconfigure_keyword_handler().
    static void add_handlers(Element *element, const char *tci_keyword, const char *pcp_keyword);

    bool from_annotation() const { return _from_annotation; }
    uint16_t of(const Packet *packet) const { return _from_annotation ? ntohs(VLAN_TCI_ANNO(packet)) : _tci; }
    uint16_t tci() const { return _tci; }

  private:
    String _text = "ANNO";
    int _pcp = -1, _id = -1;
    uint16_t _tci = 0;
    bool _from_annotation = true;
};

#endif

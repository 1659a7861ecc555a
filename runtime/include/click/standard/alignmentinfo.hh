// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ALIGNMENTINFO_HH
#define CLICK_ALIGNMENTINFO_HH
#include <click/element.hh>
#include <map>
#include <vector>

/*
=c
AlignmentInfo(ELEMENT CHUNK OFFSET [CHUNK OFFSET ...], ...)
=s information
says how packets that arrive at elements are aligned
=d
Packet data at input i of ELEMENT starts OFFSET bytes after a multiple of CHUNK bytes. Tools write this; this runtime
runs on machines that read unaligned words, so elements may ask but need not.
*/
class AlignmentInfo : public Element {
  public:
    const char *class_name() const override { return "AlignmentInfo"; }
    int configure_phase() const override { return CONFIGURE_PHASE_INFO; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;

    // False, and chunk 1 offset 0, when nothing is known.
    static bool query(const Element *element, int port, int &chunk, int &offset);

  private:
    struct Alignment {
        int chunk;
        int offset;
    };
    std::map<String, std::vector<Alignment>> _alignments;
};

#endif

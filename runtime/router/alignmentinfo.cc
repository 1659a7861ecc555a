// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/standard/alignmentinfo.hh>
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/router.hh>

int AlignmentInfo::configure(Vector<String> &conf, ErrorHandler *errh)
{
    int errors_before = errh->nerrors();
    String own = name();
    int slash = own.find_right('/');
    String prefix = slash < 0 ? String() : own.substring(0, slash + 1);
    for (int i = 0; i < conf.size(); ++i) {
        Vector<String> words;
        cp_spacevec(conf[i], words);
        std::vector<Alignment> alignments;
        bool ok = words.size() > 0 && words.size() % 2 == 1;
        for (int w = 1; ok && w < words.size(); w += 2) {
            Alignment alignment{};
            ok = IntArg().parse(words[w], alignment.chunk) && IntArg().parse(words[w + 1], alignment.offset) &&
                 alignment.chunk > 0 && alignment.offset >= 0 && alignment.offset < alignment.chunk;
            alignments.push_back(alignment);
        }
        if (ok)
            _alignments[prefix + words[0]] = alignments;
        else
            errh->error("argument %d: expected %<ELEMENT CHUNK OFFSET ...%>", i + 1);
    }
    return errh->nerrors() > errors_before ? -1 : 0;
}

bool AlignmentInfo::query(const Element *element, int port, int &chunk, int &offset)
{
    chunk = 1;
    offset = 0;
    for (Element *other : element->router()->elements()) {
        auto *info = static_cast<AlignmentInfo *>(other->cast("AlignmentInfo"));
        if (!info)
            continue;
        auto found = info->_alignments.find(element->name());
        if (found == info->_alignments.end() || port >= static_cast<int>(found->second.size()))
            continue;
        chunk = found->second[static_cast<size_t>(port)].chunk;
        offset = found->second[static_cast<size_t>(port)].offset;
        return true;
    }
    return false;
}

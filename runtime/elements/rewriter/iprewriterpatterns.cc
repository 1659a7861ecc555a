// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "iprewriterpatterns.hh"
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/nameinfo.hh>
#include <click/router.hh>

int IPRewriterPatterns::configure(Vector<String> &conf, ErrorHandler *errh)
{
    void *&attachment = router()->force_attachment("IPRewriterPatterns");
    if (!attachment)
        attachment = new NamedPatterns;
    Vector<std::shared_ptr<RewriterPattern>> &all = static_cast<NamedPatterns *>(attachment)->patterns;
    bool good = true;
    for (int i = 0; i < conf.size(); ++i) {
        const String name = cp_shift_spacevec(conf[i]);
        Vector<String> words;
        cp_spacevec(conf[i], words);
        int32_t at;
        if (!name)
            continue;
        std::shared_ptr<RewriterPattern> pattern;
        if (NameInfo::query_int(NameInfo::T_IPREWRITER_PATTERN, this, name, &at))
            errh->error("pattern %<%s%> already defined", name.c_str());
        else
            pattern = RewriterPattern::parse(words, this, errh);
        good &= pattern != nullptr;
        if (!pattern)
            continue;
        all.push_back(pattern);
        NameInfo::define_int(NameInfo::T_IPREWRITER_PATTERN, this, name, all.size() - 1);
    }
    return good ? 0 : -1;
}

// The first of several takes the list away; by then nobody looks names up any more.
void IPRewriterPatterns::cleanup(CleanupStage)
{
    void *&attachment = router()->force_attachment("IPRewriterPatterns");
    delete static_cast<NamedPatterns *>(attachment);
    attachment = nullptr;
}

EXPORT_ELEMENT(IPRewriterPatterns)

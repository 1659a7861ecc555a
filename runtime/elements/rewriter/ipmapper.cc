// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipmapper.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include "iprewriterbase.hh"

static bool parse_outputs(const String &forward, const String &reply, RoutedPattern &to, ErrorHandler *errh)
{
    if (!IntArg().parse(forward, to.foutput))
        return errh->error("bad forward port"), false;
    if (!IntArg().parse(reply, to.routput))
        return errh->error("bad reply port"), false;
    return true;
}

bool RoutedPattern::parse(const String &text, const Element *context, ErrorHandler *errh)
{
    Vector<String> words;
    cp_spacevec(text, words);
    if (words.size() <= 2)
        return errh->error("syntax error"), false;
    const String forward = words[words.size() - 2], reply = words[words.size() - 1];
    words.resize(words.size() - 2);
    pattern = RewriterPattern::parse(words, context, errh);
    return pattern && parse_outputs(forward, reply, *this, errh);
}

static bool in_range(const IPRewriterBase *rewriter, int output)
{
    return output >= 0 && output < rewriter->noutputs();
}

int RewriterInput::parse_pass(const String &rest, const IPRewriterBase *rewriter, ErrorHandler *errh)
{
    int output = 0;
    if (rest && !IntArg().parse(rest, output))
        return errh->error("syntax error, expected %<nochange [OUTPUT]%>");
    if (!in_range(rewriter, output))
        return errh->error("output port out of range");
    kind = k_pass;
    to.foutput = output;
    return 0;
}

int RewriterInput::parse_mapper(const String &word, const String &rest, const IPRewriterBase *rewriter, ErrorHandler *errh)
{
    Element *element = cp_element(word, rewriter);
    if (!element)
        return errh->error("unknown specification");
    if (rest)
        return errh->error("syntax error, expected element name");
    mapper = static_cast<IPMapper *>(element->cast("IPMapper"));
    if (!mapper)
        return errh->error("element is not an IPMapper");
    kind = k_mapper;
    return 0;
}

int RewriterInput::parse(const String &text, const IPRewriterBase *rewriter, ErrorHandler *errh)
{
    String word, rest;
    if (!cp_word(text, &word, &rest))
        return errh->error("empty argument");
    cp_eat_space(rest);
    if (word == "pass" || word == "passthrough" || word == "nochange")
        return parse_pass(rest, rewriter, errh);
    if (word == "drop" || word == "discard") {
        kind = k_drop;
        return rest ? errh->error("syntax error, expected %<%s%>", word.c_str()) : 0;
    }
    if (word == "keep") {
        Vector<String> words;
        cp_spacevec(rest, words);
        words.resize(words.size() == 2 ? 2 : 0);
        if (!words.size())
            return errh->error("bad forward port");
        if (!parse_outputs(words[0], words[1], to, errh))
            return -1;
        kind = k_keep;
    } else if (word == "pattern" || word == "xpattern") {
        if (!to.parse(rest, rewriter, errh))
            return -1;
        kind = k_pattern;
    } else
        return parse_mapper(word, rest, rewriter, errh);
    return in_range(rewriter, to.foutput) && in_range(rewriter, to.routput) ? 0 : errh->error("output port out of range");
}

String RewriterInput::unparse() const
{
    switch (kind) {
    case k_drop: return "<drop>";
    case k_pass: return "<nochange>";
    case k_keep: return "<keep>";
    case k_mapper: return "<mapper>";
    case k_pattern: break;
    }
    return to.pattern->unparse();
}

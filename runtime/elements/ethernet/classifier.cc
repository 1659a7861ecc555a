// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "classifier.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <cctype>

bool Classifier::parse_hex(const String &text, std::vector<uint8_t> &value, std::vector<uint8_t> &mask, ErrorHandler *errh)
{
    if (text.length() == 0 || text.length() % 2 != 0) {
        errh->error("'%s': expected an even number of hexadecimal digits", text.c_str());
        return false;
    }
    for (int i = 0; i < text.length(); ++i) {
        unsigned char c = text[i];
        if (c != '?' && !isxdigit(c)) {
            errh->error("'%s': '%c' is no hexadecimal digit", text.c_str(), c);
            return false;
        }
        int digit = c == '?' ? 0 : isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
        if (i % 2 == 0) {
            value.push_back(0);
            mask.push_back(0);
        }
        value.back() = value.back() << 4 | digit;
        mask.back() = mask.back() << 4 | (c == '?' ? 0 : 15);
    }
    return true;
}

bool Classifier::parse_clause(const String &word, DecisionExpression &result, ErrorHandler *errh)
{
    bool negated = word[0] == '!';
    String text = negated ? word.substring(1) : word;
    int slash = text.find_left('/');
    int offset = 0;
    if (slash < 0 || !IntArg().parse(text.substring(0, slash), offset) || offset < 0 || offset > 65535) {
        errh->error("'%s': expected OFFSET/VALUE[%%MASK]", word.c_str());
        return false;
    }
    String rest = text.substring(slash + 1), mask_text;
    int percent = rest.find_left('%');
    if (percent >= 0) {
        mask_text = rest.substring(percent + 1);
        rest = rest.substring(0, percent);
    }
    std::vector<uint8_t> value, mask, more, more_mask;
    if (!parse_hex(rest, value, mask, errh) || (percent >= 0 && !parse_hex(mask_text, more, more_mask, errh)))
        return false;
    if (percent >= 0 && more.size() != value.size()) {
        errh->error("'%s': value and mask have different lengths", word.c_str());
        return false;
    }
    for (size_t i = 0; i < more.size(); ++i)
        mask[i] &= more[i];
    result = DecisionExpression::make_bytes(0, offset, value, mask);
    if (negated)
        result = DecisionExpression::make_not(std::move(result));
    return true;
}

bool Classifier::parse_pattern(const String &text, DecisionExpression &result, ErrorHandler *errh)
{
    Vector<String> words;
    cp_spacevec(text, words);
    if (words.size() == 0) {
        errh->error("empty pattern (write '-' for every packet)");
        return false;
    }
    DecisionExpression::List clauses;
    bool negate_next = false;
    for (int i = 0; i < words.size(); ++i) {
        if (words[i] == "-")
            continue;
        if (words[i] == "!") {
            negate_next = !negate_next;
            continue;
        }
        DecisionExpression clause;
        if (!parse_clause(words[i], clause, errh))
            return false;
        if (negate_next)
            clause = DecisionExpression::make_not(std::move(clause));
        negate_next = false;
        clauses.push_back(std::move(clause));
    }
    result = DecisionExpression::make_all(std::move(clauses));
    return true;
}

int Classifier::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (conf.size() != noutputs())
        return errh->error("need %d argument%s, one per output port", noutputs(), noutputs() == 1 ? "" : "s");
    std::vector<DecisionProgram::Rule> rules(conf.size());
    bool good = true;
    for (int i = 0; i < conf.size(); ++i) {
        PrefixErrorHandler pattern_errh(errh, "pattern " + String(i) + ": ");
        good &= parse_pattern(conf[i], rules[i].expression, &pattern_errh);
        rules[i].result = i;
    }
    if (!good)
        return -1;
    _program.compile(rules);
    return 0;
}

String Classifier::program_handler(Element *element, void *)
{
    static const int shift[DecisionProgram::nbases] = {0, 0};
    return static_cast<Classifier *>(element)->_program.unparse(shift);
}

void Classifier::add_handlers()
{
    add_read_handler("program", program_handler, 0, Handler::CALM);
    add_counter_handler(this, "drops", &_drops);
}

EXPORT_ELEMENT(Classifier)

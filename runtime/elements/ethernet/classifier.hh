// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_CLASSIFIER_HH
#define CLICK_CLASSIFIER_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>
#include "runtime/elements/standard/decisionprogram.hh"

// =Element Classifier(PATTERN, ...)
// =Summary sorts packets by bytes at given offsets
// =Ports 1 / one per pattern, push. A packet goes to the output of the first pattern it matches; with no match it is dropped.
// =Arguments
//   PATTERN  clauses, all of which must hold: `OFFSET/VALUE[%MASK]`, VALUE and MASK in hexadecimal, `?` for a digit that
//            may be anything; `!` in front negates a clause; `-` alone matches every packet. A packet too short for a
//            clause does not match it.
// =Handlers
//   program  r  the compiled decision steps
//   drops    r  packets that matched no pattern
//   config   w  new patterns, one per output
// =Source patterns are compiled by DecisionProgram (standard/decisionprogram.hh)
class Classifier : public ClassifyElement<Classifier> {
  public:
    const char *class_name() const override { return "Classifier"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return "1/-"; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;

    int classify(Packet *packet)
    {
        DecisionProgram::View view{{packet->data(), packet->data()}, {static_cast<int>(packet->length()), 0}};
        int result = _program.run(view);
        _drops += result == DecisionProgram::no_match;
        return result;
    }

  private:
    static bool parse_pattern(const String &text, DecisionExpression &result, ErrorHandler *errh);
    static bool parse_clause(const String &word, DecisionExpression &result, ErrorHandler *errh);
    static bool parse_hex(const String &text, std::vector<uint8_t> &value, std::vector<uint8_t> &mask, ErrorHandler *errh);
    static String program_handler(Element *element, void *);

    DecisionProgram _program;
    ThreadCounter _drops;
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPFILTER_HH
#define CLICK_IPFILTER_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>
#include "ipexpression.hh"

// =Element IPFilter(ACTION PATTERN, ...)
// =Summary lets IP packets pass or drops them, by what their headers say
// =Ports 1 / any number, push. The first rule whose pattern matches decides; without one the packet is dropped
// =Arguments
//   ACTION   Word     allow (output 0), deny or drop, or an output number
//   PATTERN  expression, or `-` for every packet. Primitives: `src host 10.0.0.1`, `dst net 10/8`, `src or dst port 80`,
//            `tcp`, `ip proto 47`, `dst tcp port > 1023`, `tcp opt syn`, `tcp win < 100`, `icmp type echo`, `ip ttl 1`,
//            `ip frag`, `ip unfrag`, `ip ect`, `ip ce`, `ip tos 16`, `ip dscp 46`, `ip len > 1000`, `ip id 7`, `ip hl 5`,
//            `ip[6:2] & 0x1fff = 0`, `true`, `false`; joined by `and`, `or`, `not` (`&& || !`), `A ? B : C`, parentheses
// =Handlers
//   program  r  the compiled decision steps
//   drops    r  packets dropped
//   config   w  new rules
// =Source the language is that of IPExpressionParser (ip/ipexpression.hh); RFC 791, RFC 792, RFC 768, RFC 9293
class IPFilter : public ClassifyElement<IPFilter> {
  public:
    const char *class_name() const override { return "IPFilter"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return "1/-"; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;

    int classify(Packet *packet)
    {
        int result = _program.run(IPExpressionParser::view(packet));
        _drops += result >= noutputs();
        return result;
    }

  protected:
    void set_rules(const std::vector<DecisionProgram::Rule> &rules) { _program.compile(rules); }

  private:
    bool parse_action(const String &word, int &result, ErrorHandler *errh) const;
    static String program_handler(Element *element, void *);

    DecisionProgram _program;
    ThreadCounter _drops;
};

#endif

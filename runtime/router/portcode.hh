// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_ROUTER_PORTCODE_HH
#define MIMI_ROUTER_PORTCODE_HH
#include <click/string.hh>
#include <climits>
#include <string>
#include <vector>

// The little languages in which an element class describes its ports.
namespace router_ports {

// "1-2/=+": how many inputs and outputs.
struct PortCount {
    explicit PortCount(const String &text);
    bool valid = true;
    int low[2] = {0, 0};
    int high[2] = {0, 0};
    int extra = -1;  // >= 0: as many outputs as inputs and so many more

    // The numbers an element gets when `used` ports are connected.
    void settle(int ninputs_used, int noutputs_used, int &ninputs, int &noutputs) const;

  private:
    const char *range(const char *s, const char *end, bool isoutput);
};

enum Processing : char { agnostic = 'a', push = 'h', pull = 'l' };

// "a/ah": the processing of each port; the last code goes for the remaining ones.
struct ProcessingCode {
    explicit ProcessingCode(const String &text);
    bool valid = true;
    Processing of(bool isoutput, int port) const;

  private:
    std::vector<Processing> _codes[2];
};

// "xy/x": packets go from an input to the outputs that share a letter with it.
class FlowCode {
  public:
    explicit FlowCode(const String &text);
    bool valid() const { return _valid; }
    bool connects(int input, int output) const;

  private:
    struct Set {
        std::string letters;
        bool negated = false;
        bool same_index = false;
        bool has(char c) const { return (letters.find(c) != std::string::npos) != negated; }
    };
    bool _valid = true;
    std::vector<Set> _sets[2];

    const char *side(const char *s, const char *end, bool isoutput);
    static bool overlap(const Set &a, int a_index, const Set &b, int b_index);
};

}  // namespace router_ports

#endif

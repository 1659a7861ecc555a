// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_SEQUENCESHIFT_HH
#define MIMI_SEQUENCESHIFT_HH
#include <cstddef>
#include <cstdint>
#include <vector>

// What a rewriter that makes TCP payload longer or shorter owes to the numbers of that connection.
//
// Theory of operation
//
// Each direction has *steps*: from sequence number `from` on (as its sender counts) the receiver's count is ahead by `delta`,
// the sum of all changes so far. A segment sent again from before a step must not get that step's delta, so steps are kept
// until the sender is 2^30 bytes past them; then the last becomes the *base*, true for all numbers.
//
//   at 30 the sender had said "PORT 200,200,200,200,200,200" (11 bytes too many):
//       sender's 30  -> receiver's 18        step {from 30, delta -12}
//       receiver's acknowledgement 18 -> sender's 30: 18 - -12 = 30 is at or past the step
//       receiver's acknowledgement 1  -> 1:           1 - -12 = 13 is before it

namespace mimi {

class SequenceShift {
  public:
    // The number of a packet of this direction, as its receiver counts.
    uint32_t sequence(bool reply, uint32_t number) const
    {
        const Steps &s = _steps[reply];
        for (auto step = s.rbegin(); step != s.rend(); ++step)
            if (step->base || reached(number, step->from))
                return number + static_cast<uint32_t>(step->delta);
        return number;
    }
    // The other direction's number that a packet of this direction acknowledges, as its sender counts.
    uint32_t acknowledgement(bool reply, uint32_t number) const
    {
        const Steps &s = _steps[!reply];
        for (auto step = s.rbegin(); step != s.rend(); ++step) {
            const uint32_t original = number - static_cast<uint32_t>(step->delta);
            if (step->base || reached(original, step->from))
                return original;
        }
        return number;
    }
    // From `from` on, another `delta`. Changes must be told in order; the same place again replaces the last one. False: it
    // is before the last change.
    bool add(bool reply, uint32_t from, int32_t delta)
    {
        Steps &s = _steps[reply];
        if (!s.empty() && !s.back().base) {
            if (!reached(from, s.back().from))
                return false;
            if (from == s.back().from)
                s.pop_back();
        }
        s.push_back(Step{from, this->delta(reply) + delta, false});
        for (size_t i = s.size() - 1; i--;)
            if (reached(from, s[i].from + old_age)) {
                keep_from(s, i);
                break;
            }
        return true;
    }
    // A packet has been sent with this number.
    void advance(bool reply, uint32_t number)
    {
        Steps &s = _steps[reply];
        if (!s.empty() && !s.back().base && reached(number, s.back().from + old_age))
            keep_from(s, s.size() - 1);
    }
    // What new packets of this direction get.
    int32_t delta(bool reply) const { return _steps[reply].empty() ? 0 : _steps[reply].back().delta; }
    void set(bool reply, int32_t delta) { _steps[reply].assign(delta != 0, Step{0, delta, true}); }

  private:
    static constexpr uint32_t old_age = 1u << 30;
    struct Step {
        uint32_t from;
        int32_t delta;
        bool base;
    };
    typedef std::vector<Step> Steps;
    Steps _steps[2];

    static bool reached(uint32_t number, uint32_t from) { return static_cast<int32_t>(number - from) >= 0; }
    static void keep_from(Steps &s, size_t first)
    {
        s.erase(s.begin(), s.begin() + static_cast<std::ptrdiff_t>(first));
        s.front().base = true;
    }
};

}  // namespace mimi
#endif

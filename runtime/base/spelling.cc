// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/base/spelling.hh"
#include <algorithm>
#include <vector>

namespace base {

namespace {

// How many letters to insert, delete, replace or swap with their neighbour; no more than `limit` + 1.
int distance(const String &a, const String &b, int limit)
{
    if (std::abs(a.length() - b.length()) > limit)
        return limit + 1;
    const size_t width = static_cast<size_t>(b.length()) + 1;
    std::vector<int> before(width), last(width), now(width);
    for (size_t j = 0; j < width; ++j)
        last[j] = static_cast<int>(j);
    for (int i = 1; i <= a.length(); ++i) {
        now[0] = i;
        for (int j = 1; j <= b.length(); ++j) {
            int same = a[i - 1] == b[j - 1] ? 0 : 1;
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + same});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = std::min(now[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(now);
    }
    return last[width - 1];
}

}  // namespace

String spelling_hint(const String &word, const Vector<String> &names)
{
    const String lower = word.lower();
    // A short word is near to too many others: only its case may be wrong.
    int best = (word.length() < 4 ? 0 : std::max(1, word.length() / 4)) + 1;
    String found;
    for (const String &name : names)
        if (int d = distance(lower, name.lower(), best - 1); d < best) {
            best = d;
            found = name;
        }
    return found ? " (did you mean '" + found + "'?)" : String();
}

}  // namespace base

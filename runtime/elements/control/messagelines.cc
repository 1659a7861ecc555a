// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/elements/control/messagelines.hh"

void *MessageLines::emit(const String &line, void *, bool)
{
    String text = text_of(line);
    _lines.emplace_back(text.data(), static_cast<size_t>(text.length()));
    return nullptr;
}

std::vector<std::string> MessageLines::below(const std::string &heading) const
{
    std::vector<std::string> all{heading};
    all.insert(all.end(), _lines.begin(), _lines.end());
    return all;
}

std::string MessageLines::text() const
{
    std::string all;
    for (const std::string &line : _lines) {
        if (!all.empty())
            all += '\n';
        all += line;
    }
    return all;
}

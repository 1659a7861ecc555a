// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MESSAGELINES_HH
#define MIMI_MESSAGELINES_HH
#include <click/error.hh>
#include <string>
#include <vector>

// Keeps what is reported, as lines of text.
class MessageLines : public ErrorHandler {
  public:
    void *emit(const String &line, void *user_data, bool more) override;

    const std::vector<std::string> &lines() const { return _lines; }
    // A heading and the lines below it.
    std::vector<std::string> below(const std::string &heading) const;
    std::string text() const;

  private:
    std::vector<std::string> _lines;
};

#endif

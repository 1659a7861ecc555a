// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/language/library.hh"
#include <click/error.hh>
#include <click/userutils.hh>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace lang {
namespace {

std::string to_std(const String &s)
{
    return std::string(s.data(), static_cast<size_t>(s.length()));
}

bool is_file(const std::string &path)
{
    std::error_code error;
    return std::filesystem::is_regular_file(path, error);
}

std::string directory_of(const String &filename)
{
    std::string directory = std::filesystem::path(to_std(filename)).parent_path().string();
    return directory.empty() ? directory : directory + "/";
}

// One member of an `ar` archive: a 60-byte header, then the content, padded to an even length.
struct Member {
    std::string_view name;
    std::string_view content;
};

bool next_member(std::string_view &rest, Member &member)
{
    constexpr size_t header = 60;
    if (rest.size() < header)
        return false;
    size_t size = 0;
    for (char c : rest.substr(48, 10))
        if (c >= '0' && c <= '9')
            size = size * 10 + static_cast<size_t>(c - '0');
    std::string_view name = rest.substr(0, 16);
    member.name = name.substr(0, name.find_last_not_of(" /") + 1);
    rest.remove_prefix(header);
    if (size > rest.size())
        return false;
    member.content = rest.substr(0, size);
    if (name.substr(0, 3) == "#1/") {  // the name precedes the content
        size_t length = std::min(size, static_cast<size_t>(strtoul(std::string(name.substr(3)).c_str(), nullptr, 10)));
        member.name = member.content.substr(0, length);
        member.name = member.name.substr(0, member.name.find('\0'));
        member.content.remove_prefix(length);
    }
    rest.remove_prefix(std::min(rest.size(), size + size % 2));
    return true;
}

}  // namespace

String find_library(const String &name, const String &including)
{
    std::string file = to_std(name);
    if (file[0] == '/')
        return is_file(file) ? name : String();
    std::string path = clickpath() ? clickpath() : "";
    for (size_t begin = 0; begin <= path.size();) {
        size_t end = std::min(path.find(':', begin), path.size());
        std::string entry = path.substr(begin, end - begin);
        begin = end + 1;
        std::string candidates[] = {entry + "/conf/" + file, entry + "/" + file};
        if (entry.empty())
            candidates[0] = candidates[1] = directory_of(including) + file;
        for (const std::string &candidate : candidates)
            if (is_file(candidate))
                return String(candidate.data(), static_cast<int>(candidate.size()));
    }
    return String();
}

bool read_library(const String &path, String &text)
{
    std::ifstream in(to_std(path), std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (in.bad() || !in.is_open())
        return false;
    text = String(content.data(), static_cast<int>(content.size()));
    return true;
}

bool archive_configuration(const String &archive, String &text, const String &filename, ErrorHandler *errh)
{
    std::string_view rest(archive.data(), static_cast<size_t>(archive.length()));
    rest.remove_prefix(std::min(rest.size(), std::string_view("!<arch>\n").size()));
    Member member;
    while (next_member(rest, member)) {
        if (member.name == "config") {
            text = String(member.content.data(), static_cast<int>(member.content.size()));
            return true;
        }
    }
    errh->lerror(filename, "archive has no %<config%> section");
    return false;
}

}  // namespace lang

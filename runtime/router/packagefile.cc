// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/router/packagefile.hh"
#include <click/error.hh>
#include <click/packagetag.hh>
#include <cstring>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

// The digest of the headers this program was compiled with; the makefile tells it to this file alone.
#ifndef MIMI_HEADERS
# define MIMI_HEADERS ""
#endif

namespace {

struct Tag {
    uint32_t layout = 0;
    std::string headers;
    std::string classes;
};

// The characters up to the next null.
std::string text_at(const std::string &bytes, size_t at)
{
    return bytes.substr(at, bytes.find('\0', at) - at);
}

bool read_tag(const std::string &path, Tag &tag)
{
    std::ifstream file(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    size_t at = bytes.find(CLICK_PACKAGE_MARKER);
    if (at == std::string::npos || at + offsetof(ClickPackageTag, classes) >= bytes.size())
        return false;
    std::memcpy(&tag.layout, bytes.data() + at + offsetof(ClickPackageTag, layout), sizeof(tag.layout));
    tag.headers = text_at(bytes, at + offsetof(ClickPackageTag, headers));
    tag.classes = text_at(bytes, at + offsetof(ClickPackageTag, classes));
    return true;
}

// Where the virtual functions of a class with this C++ name are defined, null when nowhere.
const char *place_of_class(const std::string &name)
{
    std::string symbol = "_ZTV" + std::to_string(name.size()) + name;
    void *found = dlsym(RTLD_DEFAULT, symbol.c_str());
    Dl_info info;
    if (!found || !dladdr(found, &info) || !info.dli_fname)
        return nullptr;
    return info.dli_fname;
}

}  // namespace

bool check_package_file(const std::string &path, ErrorHandler *errh)
{
    Tag tag;
    if (!read_tag(path, tag)) {
        errh->error("%<%s%> was not built for this program\nbuild it with %<mimi build%>", path.c_str());
        return false;
    }
    std::string headers = MIMI_HEADERS;
    bool same = tag.headers.empty() || headers.empty() || tag.headers == headers;
    if (tag.layout != click_layout() || !same) {
        errh->error("%<%s%> was built for another build of this program\n"
                    "headers %s, layout %08x; this program has %s, %08x: build the package again with %<mimi build%>",
                    path.c_str(), tag.headers.empty() ? "unknown" : tag.headers.c_str(), tag.layout,
                    headers.empty() ? "unknown" : headers.c_str(), click_layout());
        return false;
    }
    std::istringstream classes(tag.classes);
    for (std::string name; classes >> name;)
        if (const char *place = place_of_class(name)) {
            std::error_code error;
            bool earlier = std::filesystem::equivalent(place, path, error);
            errh->error("class %<%s%> is defined in %<%s%> already\n%s", name.c_str(), place,
                        earlier ? "an earlier load of this package is still in the process: start it anew" : "rename it in the package");
            return false;
        }
    return true;
}

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/main/handlers.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/handler.hh>
#include <click/router.hh>
#include <cstdio>

namespace {

constexpr int bad_exit_status = 255;

struct Readable {
    Element *element;
    const Handler *handler;
};

int no_element(const std::string &pattern, ErrorHandler *errh)
{
    bool is_glob = pattern.find_first_of("*?[") != std::string::npos;
    return errh->error(is_glob ? "no element matching %<%s%>" : "no element %<%s%>", pattern.c_str());
}

// `many` is set when the name may stand for several handlers.
int find_readable(const Router &router, const std::string &name, std::vector<Readable> &found, bool &many, ErrorHandler *errh)
{
    size_t dot = name.find('.');
    std::string pattern = dot == std::string::npos ? "" : name.substr(0, dot);
    String handler_name(dot == std::string::npos ? name.c_str() : name.c_str() + dot + 1);
    Vector<Element *> elements;
    many = false;
    if (pattern.empty())
        elements.push_back(router.root_element());
    else if (Element *element = router.find(pattern.c_str()))
        elements.push_back(element);
    else {
        elements = router.match(pattern.c_str());
        many = true;
        if (elements.size() == 0)
            return no_element(pattern, errh);
    }
    for (Element *element : elements) {
        const Handler *handler = Router::handler(element, handler_name);
        if (handler && handler->read_visible())
            found.push_back({element, handler});
        else if (!many)
            return errh->error("no %<%s%> handler", name.c_str());
    }
    return found.empty() ? errh->error("no %<%s%> handler", name.c_str()) : 0;
}

void print(const Readable &readable, bool with_name, ErrorHandler *errh)
{
    String value = readable.handler->call_read(readable.element, errh);
    if (with_name)
        std::printf("%s:\n", readable.handler->unparse_name(readable.element).c_str());
    std::fwrite(value.data(), 1, static_cast<size_t>(value.length()), stdout);
    if (!readable.handler->raw() && value && value.back() != '\n')
        std::putchar('\n');
    if (with_name)
        std::putchar('\n');
}

}  // namespace

int print_handlers(const Router &router, const std::vector<std::string> &names, ErrorHandler *errh)
{
    int before = errh->nerrors();
    for (const std::string &name : names) {
        std::vector<Readable> found;
        bool many;
        if (find_readable(router, name, found, many, errh) < 0)
            continue;
        for (const Readable &readable : found)
            print(readable, many || names.size() > 1, errh);
    }
    std::fflush(stdout);
    return errh->nerrors() > before ? -1 : 0;
}

int exit_status(const Router &router, const std::string &name, ErrorHandler *errh)
{
    std::vector<Readable> found;
    bool many;
    if (find_readable(router, name, found, many, errh) < 0)
        return bad_exit_status;
    String text = cp_uncomment(found.front().handler->call_read(found.front().element, errh));
    int status;
    bool truth;
    if (IntArg().parse(text, status))
        return status;
    if (BoolArg().parse(text, truth))
        return truth ? 0 : 1;
    errh->error("exit handler value should be integer");
    return bad_exit_status;
}

// SPDX-License-Identifier: Apache-2.0
// From text to a router that is ready for initialize().
#include <click/config.h>
#include <click/error.hh>
#include <click/lexer.hh>
#include <click/package.hh>
#include <click/router.hh>
#include "runtime/language/expand.hh"
#include "runtime/language/library.hh"
#include "runtime/language/parser.hh"
#include <cerrno>
#include <cstring>
#include <iostream>
#include <iterator>
#include <string>

namespace {

std::unique_ptr<Router> make_router(const lang::FlatGraph &graph, const lang::Parser &parser, const String &text,
                                    ErrorHandler *errh, Master *master)
{
    auto router = std::make_unique<Router>(parser.compact() ? String() : text, master);
    const Vector<String> &requirements = parser.requirements();
    for (int i = 0; i + 1 < requirements.size(); i += 2)
        router->add_requirement(requirements[i], requirements[i + 1]);
    bool complete = true;
    for (const lang::FlatElement &flat : graph.elements) {
        std::unique_ptr<Element> element = click_make_element(flat.class_name);
        if (!element) {
            errh->lerror(flat.at.text(), "unknown element class %<%s%>", flat.class_name.c_str());
            complete = false;
            continue;
        }
        router->add_element(std::move(element), flat.name, flat.configuration, flat.at.text());
    }
    if (!complete)
        return nullptr;
    for (const lang::Link &link : graph.links)
        router->add_connection(link.from, link.from_port, link.to, link.to_port);
    return router;
}

bool read_standard_input(String &text)
{
    std::string content{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
    text = String(content.data(), static_cast<int>(content.size()));
    return !std::cin.bad();
}

}  // namespace

std::unique_ptr<Router> click_read_router_text(const String &text, const String &filename, ErrorHandler *errh,
                                               Master *master, const RouterParameters &parameters)
{
    if (!errh)
        errh = ErrorHandler::default_handler();
    String configuration = text;
    if (text.starts_with("!<arch>") && !lang::archive_configuration(text, configuration, filename, errh))
        return nullptr;
    int errors_before = errh->nerrors();
    lang::Parser parser(configuration, filename, errh);
    std::shared_ptr<const lang::Body> body = parser.parse();
    if (errh->nerrors() > errors_before)
        return nullptr;
    lang::FlatGraph graph = lang::Expander(errh).expand(*body, parameters);
    if (errh->nerrors() > errors_before)
        return nullptr;
    return make_router(graph, parser, configuration, errh, master);
}

std::unique_ptr<Router> click_read_router_file(const String &filename, ErrorHandler *errh, Master *master,
                                               const RouterParameters &parameters)
{
    if (!errh)
        errh = ErrorHandler::default_handler();
    String text;
    if (!filename || filename == "-") {
        if (read_standard_input(text))
            return click_read_router_text(text, "<stdin>", errh, master, parameters);
        errh->error("<stdin>: %s", strerror(errno));
        return nullptr;
    }
    if (lang::read_library(filename, text))
        return click_read_router_text(text, filename, errh, master, parameters);
    errh->error("%s: %s", filename.c_str(), strerror(errno));
    return nullptr;
}

// SPDX-License-Identifier: Apache-2.0
// From text to a router that is ready for initialize().
#include <click/config.h>
#include <click/error.hh>
#include <click/lexer.hh>
#include <click/master.hh>
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

// Has a name and a configuration, and no behaviour: what a configuration that is only rewritten is made of.
class NamedElement : public Element {
  public:
    explicit NamedElement(const String &name) : _name(name) {}
    const char *class_name() const override { return _name.c_str(); }

  private:
    String _name;
};

std::unique_ptr<Element> make_element(const String &class_name, bool assume)
{
    std::unique_ptr<Element> element = assume ? nullptr : click_make_element(class_name);
    if (!element && assume)
        element = std::make_unique<NamedElement>(class_name);
    return element;
}

std::unique_ptr<Router> make_router(const lang::FlatGraph &graph, const lang::Parser &parser, const String &text,
                                    ErrorHandler *errh, Master *master, bool assume)
{
    auto router = std::make_unique<Router>(parser.compact() ? String() : text, master);
    const Vector<String> &requirements = parser.requirements();
    for (int i = 0; i + 1 < requirements.size(); i += 2)
        router->add_requirement(requirements[i], requirements[i + 1]);
    bool complete = true;
    for (const lang::FlatElement &flat : graph.elements) {
        std::unique_ptr<Element> element = make_element(flat.class_name, assume);
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

// `name` becomes what the text is called in messages.
bool read_source(String &name, String &text, ErrorHandler *errh)
{
    bool standard = !name || name == "-";
    if (standard)
        name = "<stdin>";
    if (standard ? read_standard_input(text) : lang::read_library(name, text))
        return true;
    errh->error("%s: %s", name.c_str(), strerror(errno));
    return false;
}

std::unique_ptr<Router> read_text(const String &text, const String &filename, ErrorHandler *errh, Master *master,
                                  const RouterParameters &parameters, bool assume)
{
    String configuration = text;
    if (text.starts_with("!<arch>") && !lang::archive_configuration(text, configuration, filename, errh))
        return nullptr;
    int errors_before = errh->nerrors();
    lang::Parser parser(configuration, filename, errh);
    if (assume)
        parser.assume_classes();
    std::shared_ptr<const lang::Body> body = parser.parse();
    if (errh->nerrors() > errors_before)
        return nullptr;
    lang::FlatGraph graph = lang::Expander(errh).expand(*body, parameters);
    if (errh->nerrors() > errors_before)
        return nullptr;
    return make_router(graph, parser, configuration, errh, master, assume);
}

}  // namespace

std::unique_ptr<Router> click_read_router_text(const String &text, const String &filename, ErrorHandler *errh,
                                               Master *master, const RouterParameters &parameters)
{
    return read_text(text, filename, errh ? errh : ErrorHandler::default_handler(), master, parameters, false);
}

std::unique_ptr<Router> click_read_router_file(const String &filename, ErrorHandler *errh, Master *master,
                                               const RouterParameters &parameters)
{
    if (!errh)
        errh = ErrorHandler::default_handler();
    String name = filename, text;
    return read_source(name, text, errh) ? read_text(text, name, errh, master, parameters, false) : nullptr;
}

bool click_flatten_text(const String &text, const String &filename, ErrorHandler *errh, String &flat,
                        const RouterParameters &parameters)
{
    std::unique_ptr<Master, void (*)(Master *)> master(new Master(1), [](Master *m) { m->unuse(); });
    master->use();
    std::unique_ptr<Router> router = read_text(text, filename, errh, master.get(), parameters, true);
    if (router)
        flat = router->flat_configuration_string();
    return router != nullptr;
}

bool click_flatten_file(const String &filename, ErrorHandler *errh, String &flat, const RouterParameters &parameters)
{
    String name = filename, text;
    return read_source(name, text, errh) && click_flatten_text(text, name, errh, flat, parameters);
}

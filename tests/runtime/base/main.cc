// SPDX-License-Identifier: Apache-2.0
// Runs the tests named on the command line; without names, lists them.
#include "tests/runtime/base/harness.hh"
#include <click/nameinfo.hh>
#include "runtime/base/context.hh"
#include <cstring>
#include <map>

static std::map<std::string, TestFunction> &tests()
{
    static std::map<std::string, TestFunction> all;
    return all;
}

static int failures = 0;

Test::Test(const char *name, TestFunction function)
{
    tests()[name] = function;
}

void check_failed(const char *file, int line, const char *what, const std::string &details)
{
    ++failures;
    printf("%s:%d: %s%s%s\n", file, line, what, details.empty() ? "" : ": ", details.c_str());
}

int main(int argc, char **argv)
{
    if (argc == 1)
        for (const auto &[name, function] : tests())
            printf("%s\n", name.c_str());
    for (int i = 1; i < argc; ++i) {
        auto found = tests().find(argv[i]);
        if (found == tests().end()) {
            printf("no test named %s\n", argv[i]);
            return 2;
        }
        found->second();
    }
    return failures ? 1 : 0;
}

// ---- elements, as far as the base library asks for them: here an element is a name

static NameInfo router_names;

static const char *fake_name(const Element *element)
{
    return reinterpret_cast<const char *>(element);
}

namespace base {

String declaration_of(const Element *element)
{
    return String(fake_name(element)) + " :: Fake";
}

String name_of(const Element *element)
{
    return String(fake_name(element));
}

NameInfo *names_of(const Element *, bool)
{
    return &router_names;
}

void *cast_element(Element *element, const char *name)
{
    return strcmp(name, "Fake") == 0 ? element : nullptr;
}

}  // namespace base

Element *cp_element(const String &text, const Element *, ErrorHandler *errh, const char *)
{
    static char known[] = "known";
    if (text == "known")
        return reinterpret_cast<Element *>(known);
    if (errh)
        errh->error("no element named %<%s%>", text.c_str());
    return nullptr;
}

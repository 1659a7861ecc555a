// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/language/syntax.hh"
#include <click/confparse.hh>
#include <click/straccum.hh>
#include <cctype>

namespace lang {
namespace {

void append_ports(StringAccum &sa, int ninputs, int noutputs)
{
    sa << ninputs << (ninputs == 1 ? " input, " : " inputs, ");
    sa << noutputs << (noutputs == 1 ? " output]" : " outputs]");
}

// Splits `KEYWORD value`; false when the argument does not begin with that keyword.
bool keyword_value(const String &argument, const String &keyword, String &value)
{
    int n = keyword.length();
    if (argument.length() <= n || argument.substring(0, n) != keyword ||
        !isspace(static_cast<unsigned char>(argument[n])))
        return false;
    while (n < argument.length() && isspace(static_cast<unsigned char>(argument[n])))
        ++n;
    value = argument.substring(n, argument.length() - n);
    return true;
}

struct Assignment {
    const std::vector<Formal> &formals;
    Vector<String> &values;
    std::vector<bool> given;

    bool take_keyword(const String &argument)
    {
        for (size_t i = 0; i < formals.size(); ++i) {
            String value;
            if (!formals[i].keyword || formals[i].rest() || !keyword_value(argument, formals[i].keyword, value))
                continue;
            values[static_cast<int>(i)] = value;
            given[i] = true;
            return true;
        }
        return false;
    }
};

}  // namespace

void PortUse::add(int port)
{
    if (port >= count())
        used.resize(static_cast<size_t>(port) + 1);
    used[port] = true;
}

std::vector<PortUse> all_port_uses(const Body &body, bool isoutput)
{
    std::vector<PortUse> uses(body.parts.size());
    for (const Link &link : body.links)
        uses[isoutput ? link.from : link.to].add(isoutput ? link.from_port : link.to_port);
    return uses;
}

String signature(const Body &body)
{
    StringAccum sa;
    sa << (body.class_name ? body.class_name : String("<anonymous>"));
    const char *separator = "(";
    for (const Formal &formal : body.formals) {
        sa << separator;
        if (formal.rest())
            sa << "...";
        else if (formal.keyword)
            sa << formal.keyword << " <arg>";
        else
            sa << "<arg>";
        separator = ", ";
    }
    if (!body.formals.empty())
        sa << ")";
    sa << "[";
    append_ports(sa, body.ninputs, body.noutputs);
    return sa.take_string();
}

String signature(const String &class_name, int narguments, int ninputs, int noutputs)
{
    StringAccum sa;
    sa << (class_name ? class_name : String("<anonymous>")) << "[";
    if (narguments)
        sa << narguments << (narguments == 1 ? " argument, " : " arguments, ");
    append_ports(sa, ninputs, noutputs);
    return sa.take_string();
}

bool assign_arguments(const Vector<String> &arguments, const std::vector<Formal> &formals, Vector<String> &values)
{
    values = Vector<String>(static_cast<int>(formals.size()), String());
    Assignment assignment{formals, values, std::vector<bool>(formals.size(), false)};
    std::vector<String> rest;
    for (int i = 0; i < arguments.size(); ++i)
        if (!assignment.take_keyword(arguments[i]))
            rest.push_back(arguments[i]);
    size_t taken = 0;
    for (size_t i = 0; i < formals.size(); ++i) {
        int at = static_cast<int>(i);
        if (formals[i].rest()) {
            for (; taken < rest.size(); ++taken)
                values[at] = values[at] ? values[at] + ", " + rest[taken] : rest[taken];
        } else if (!formals[i].keyword) {
            if (taken == rest.size())
                return false;
            values[at] = rest[taken++];
        } else if (!assignment.given[i]) {
            return false;
        }
    }
    return taken == rest.size();
}

}  // namespace lang

// SPDX-License-Identifier: Apache-2.0
// The reader and the writer of flows' text, for test_flowtext.py. Usage: flowtext_check MODE < TEXT
//   update, key           one answer a line: its family and what the writer makes of it, or the error
//   update4, update6, …   the same with the reader of one family
//   document              the whole text by one reader of updates, until its first error
//   endpoint4, endpoint6  each line an endpoint: `ADDRESS PORT` apart, or `no`
//   digest                of each put line, its identity hash
#include <arpa/inet.h>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include "elements/flowreader.hh"

using namespace mimi;
using Result = FlowTextReader::Result;

namespace {

template <class A> void show(const FlowUpdateOf<A> &u)
{
    char text[flow_text_max];
    const char *end = u.kind == FlowChange::put ? write_put(text, u.binding) : write_del(text, u.binding.seq, u.binding.key());
    printf("%d %.*s\n", AddressFamily<A>::version, int(end - text), text);
}

template <class A> void show(const FlowKeyOf<A> &k)
{
    char text[flow_text_max];
    printf("%d %.*s\n", AddressFamily<A>::version, int(write_key(text, k) - text), text);
}

// True as long as there is more to read.
template <class T, class T6> bool either(FlowTextReader &reader)
{
    T t;
    T6 t6;
    const Result result = reader.next(t, t6);
    if (result == FlowTextReader::line)
        show(t);
    else if (result == FlowTextReader::line6)
        show(t6);
    else if (result == FlowTextReader::failed)
        printf("! %s\n", reader.error().c_str());
    return result == FlowTextReader::line || result == FlowTextReader::line6;
}

template <class T> bool one(FlowTextReader &reader)
{
    T t;
    const Result result = reader.next(t);
    if (result == FlowTextReader::line)
        show(t);
    else if (result != FlowTextReader::end)
        printf("! %s\n", reader.error().c_str());
    return result == FlowTextReader::line;
}

template <class A> void endpoint(const std::string &text)
{
    A addr;
    uint16_t port;
    if (!parse_endpoint(text, addr, port))
        puts("no");
    else if (endpoint_text(addr, port) == text)
        printf("%s %u\n", address_text(addr).c_str(), unsigned(ntohs(port)));
    else
        printf("'%s' was read, '%s' written\n", text.c_str(), endpoint_text(addr, port).c_str());
}

bool digest(FlowTextReader &reader)
{
    FlowUpdate u;
    FlowUpdate6 u6;
    const Result result = reader.next(u, u6);
    if (result == FlowTextReader::line)
        printf("%016" PRIx64 "\n", identity_hash(u.binding));
    else if (result == FlowTextReader::line6)
        printf("%016" PRIx64 "\n", identity_hash(u6.binding));
    return false;
}

bool answer(const std::string &mode, FlowTextReader &reader)
{
    if (mode == "update" || mode == "document")
        return either<FlowUpdate, FlowUpdate6>(reader);
    if (mode == "update4")
        return one<FlowUpdate>(reader);
    if (mode == "update6")
        return one<FlowUpdate6>(reader);
    if (mode == "key4")
        return one<FlowKey>(reader);
    if (mode == "key6")
        return one<FlowKey6>(reader);
    return mode == "digest" ? digest(reader) : either<FlowKey, FlowKey6>(reader);
}

}  // namespace

int main(int argc, char **argv)
{
    const std::string mode = argc > 1 ? argv[1] : "update";
    if (mode == "document") {
        const std::string all((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
        FlowTextReader reader(all.data(), all.data() + all.size(), true);
        while (answer(mode, reader)) {
        }
        return 0;
    }
    for (std::string line; std::getline(std::cin, line);) {
        // A copy of exactly its size, so that reading beyond its end is seen.
        const std::unique_ptr<char[]> copy(new char[line.size()]);
        memcpy(copy.get(), line.data(), line.size());
        FlowTextReader reader(copy.get(), copy.get() + line.size(), true);
        if (mode == "endpoint4")
            endpoint<uint32_t>(line);
        else if (mode == "endpoint6")
            endpoint<Address6>(line);
        else
            answer(mode, reader);
    }
    return 0;
}

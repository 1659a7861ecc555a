// SPDX-License-Identifier: Apache-2.0
// Import text: all of it is applied, or nothing. What is exported is imported elsewhere to the same table, and again to no
// effect. A line of either family that can be read is what is written of it.
#include "tests/fuzz/harness.hh"
#include <algorithm>
#include "elements/flowreader.hh"

namespace {

struct Subject {
    std::string_view first_line;  // of an input that is meant for it
    std::string_view configuration;
    bool digest;
};

// Every subject is called e.
constexpr Subject subjects[] = {
    {"IPRewriter\n", R"(
        e :: IPRewriter(pattern 10.9.0.1 1024-65535 - - 0 1, pattern - - 10.1.0.9 80 1 0, MAPPING_CAPACITY 50);
        Idle -> [0]e; Idle -> [1]e; e[0] -> Discard; e[1] -> Discard;
    )", false},
    {"TCPRewriter\n", R"(
        e :: TCPRewriter(pattern 10.9.0.1 1024-65535 - - 0 0, MAPPING_CAPACITY 50); Idle -> e -> Discard;
    )", false},
    {"IPAddrRewriter\n", R"(
        e :: IPAddrRewriter(pattern 10.9.0.1-10.9.0.40 - 0 0, MAPPING_CAPACITY 50); Idle -> e -> Discard;
    )", false},
    {"ICMPPingRewriter\n", R"(
        e :: ICMPPingRewriter(pattern 10.9.0.1 0-65535 - - 0 0, MAPPING_CAPACITY 50); Idle -> e -> Discard;
    )", false},
    {"MinionFirewall\n", R"(
        e :: MinionFirewall(RULE "allow from inside any any any", CAPACITY 50);
        Idle -> [0]e; Idle -> [1]e; e[0] -> Discard; e[1] -> Discard;
    )", true},
    {"", R"(
        e :: MinionLB(VIP tcp 10.1.0.100:80 random 10.2.0.1:80 10.2.0.2:8080, VIP udp 10.1.0.101:53 round-robin 10.2.0.1:53,
                      VIP tcp [2001:db8:f::10]:80 random [2001:db8:2::11]:80 [2001:db8:2::12]:8080,
                      VIP udp [2001:db8:f::11]:53 round-robin [2001:db8:2::11]:53, CAPACITY 50);
        Idle -> [0]e; Idle -> [1]e; e[0] -> Discard; e[1] -> Discard;
    )", true},
};

uint64_t statistic(fuzz::Bench &bench, const std::string &name)
{
    std::string stats = "\n" + bench.must_read("e.stats");
    size_t at = stats.find("\n" + name + " ");
    if (at == stats.npos)
        fuzz::fail("stats without %s", name.c_str());
    return std::strtoull(stats.c_str() + at + name.size() + 2, nullptr, 10);
}

uint64_t outcomes(fuzz::Bench &bench)
{
    uint64_t sum = 0;
    for (const char *name : {"applied", "unchanged", "stale", "refused", "removed"})
        sum += statistic(bench, name);
    return sum;
}

uint64_t count_lines(const std::string &text)
{
    return static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string sorted_lines(const std::string &text)
{
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    std::sort(lines.begin(), lines.end());
    std::string result;
    for (const std::string &line : lines)
        result += line + "\n";
    return result;
}

void check_export(const Subject &subject, fuzz::Bench &bench)
{
    std::string exported = bench.must_read("e.export");
    fuzz::Bench other(subject.configuration);
    other.start_or_fail();
    if (!other.write("e.import", exported))
        fuzz::fail("what was exported is refused: %s\n%s", other.messages().c_str(), exported.c_str());
    if (subject.digest && other.must_read("e.digest") != bench.must_read("e.digest"))
        fuzz::fail("another digest after export and import:\n%s", exported.c_str());
    if (sorted_lines(other.must_read("e.export")) != sorted_lines(exported))
        fuzz::fail("another export after export and import:\n%s---\n%s", exported.c_str(), other.must_read("e.export").c_str());
    uint64_t applied = statistic(other, "applied"), lines = count_lines(exported);
    if (applied != lines || bench.must_count(subject.digest ? "e.count" : "e.table_size") != lines)
        fuzz::fail("%llu lines, %llu applied", static_cast<unsigned long long>(lines), static_cast<unsigned long long>(applied));
    if (!other.write("e.import", exported) || statistic(other, "unchanged") != lines)
        fuzz::fail("a second import changes something:\n%s", exported.c_str());
    other.pass_time(1000 * 1000);
    other.must_read("e.export");
}

template <class A> std::string written(const mimi::FlowUpdateOf<A> &u)
{
    char line[mimi::flow_text_max];
    const bool put = u.kind == mimi::FlowChange::put;
    char *end = put ? mimi::write_put(line, u.binding) : mimi::write_del(line, u.binding.seq, u.binding.key());
    return std::string(line, end);
}

void check_lines(std::string_view text)
{
    mimi::FlowTextReader reader(text.data(), text.data() + text.size(), true);
    mimi::FlowUpdate four;
    mimi::FlowUpdate6 six;
    using Result = mimi::FlowTextReader::Result;
    for (Result result; (result = reader.next(four, six)) != Result::end;) {
        if (result == Result::failed) {
            if (reader.error().compare(0, 5, "line ") != 0)
                fuzz::fail("a refusal without a line: %s", reader.error().c_str());
            return;
        }
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const std::string again = result == Result::line6 ? written(six) : written(four);
        if (again != line)
            fuzz::fail("read: %s\nwritten: %s", std::string(line).c_str(), again.c_str());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    // Imports, separated by a line of their own: a table with a past.
    std::string_view text(reinterpret_cast<const char *>(data), size);
    const Subject *subject = subjects;
    while (text.substr(0, subject->first_line.size()) != subject->first_line)
        ++subject;
    text.remove_prefix(subject->first_line.size());
    fuzz::Bench bench(subject->configuration);
    bench.start_or_fail();
    while (!text.empty()) {
        constexpr std::string_view separator = "---\n";
        size_t end = std::min(text.find(separator), text.size());
        std::string_view part = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), end + separator.size()));
        check_lines(part);
        std::string before = bench.must_read("e.export");
        uint64_t counted = outcomes(bench);
        if (!bench.write("e.import", part)) {
            if (bench.must_read("e.export") != before || outcomes(bench) != counted)
                fuzz::fail("a refused import has changed the table");
            if (bench.messages().find("line ") == std::string::npos)
                fuzz::fail("a refusal without a line: %s", bench.messages().c_str());
            continue;
        }
        check_export(*subject, bench);
        if (part.find('\n') != part.npos && !bench.write("e.remove", part) && bench.messages().empty())
            fuzz::fail("a refusal without words");
    }
    return 0;
}

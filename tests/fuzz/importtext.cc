// SPDX-License-Identifier: Apache-2.0
// Import text: all of it is applied, or nothing. What is exported is imported elsewhere to the same table, and again to no
// effect.
#include "tests/fuzz/harness.hh"
#include <algorithm>

namespace {

constexpr std::string_view configuration = R"(
    lb :: MinionLB(VIP tcp 10.1.0.100:80 random 10.2.0.1:80 10.2.0.2:8080, VIP udp 10.1.0.101:53 round-robin 10.2.0.1:53, CAPACITY 50);
    Idle -> [0]lb; Idle -> [1]lb; lb[0] -> Discard; lb[1] -> Discard;
)";

uint64_t statistic(fuzz::Bench &bench, const std::string &name)
{
    std::string stats = "\n" + bench.must_read("lb.stats");
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

std::string state(fuzz::Bench &bench)
{
    return bench.must_read("lb.digest") + "\n" + bench.must_read("lb.export");
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

void check_export(fuzz::Bench &bench)
{
    std::string exported = bench.must_read("lb.export");
    fuzz::Bench other(configuration);
    other.start_or_fail();
    if (!other.write("lb.import", exported))
        fuzz::fail("what was exported is refused: %s\n%s", other.messages().c_str(), exported.c_str());
    if (other.must_read("lb.digest") != bench.must_read("lb.digest"))
        fuzz::fail("another digest after export and import:\n%s", exported.c_str());
    if (sorted_lines(other.must_read("lb.export")) != sorted_lines(exported))
        fuzz::fail("another export after export and import:\n%s---\n%s", exported.c_str(), other.must_read("lb.export").c_str());
    uint64_t applied = statistic(other, "applied"), lines = std::count(exported.begin(), exported.end(), '\n');
    if (applied != lines || bench.must_count("lb.count") != lines)
        fuzz::fail("%llu lines, %llu applied", static_cast<unsigned long long>(lines), static_cast<unsigned long long>(applied));
    if (!other.write("lb.import", exported) || statistic(other, "unchanged") != lines)
        fuzz::fail("a second import changes something:\n%s", exported.c_str());
    other.pass_time(1000 * 1000);
    other.must_read("lb.export");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    // Imports, separated by a line of their own: a table with a past.
    std::string_view text(reinterpret_cast<const char *>(data), size);
    fuzz::Bench bench(configuration);
    bench.start_or_fail();
    while (!text.empty()) {
        constexpr std::string_view separator = "---\n";
        size_t end = std::min(text.find(separator), text.size());
        std::string_view part = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), end + separator.size()));
        std::string before = state(bench);
        uint64_t counted = outcomes(bench);
        if (!bench.write("lb.import", part)) {
            if (state(bench) != before || outcomes(bench) != counted)
                fuzz::fail("a refused import has changed the table");
            if (bench.messages().find("line ") == std::string::npos)
                fuzz::fail("a refusal without a line: %s", bench.messages().c_str());
            continue;
        }
        check_export(bench);
        if (part.find('\n') != part.npos && !bench.write("lb.remove", part) && bench.messages().empty())
            fuzz::fail("a refusal without words");
    }
    return 0;
}

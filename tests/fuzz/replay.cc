// SPDX-License-Identifier: Apache-2.0
// A target without a fuzzer: runs the files given (and those in the directories given), in the order of their names.
#include "tests/fuzz/harness.hh"
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <vector>

extern "C" int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

int main(int argc, char **argv)
{
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    std::vector<std::filesystem::path> files;
    for (int i = 1; i < argc; ++i) {
        if (std::filesystem::is_directory(argv[i]))
            for (const auto &entry : std::filesystem::directory_iterator(argv[i]))
                files.push_back(entry.path());
        else
            files.emplace_back(argv[i]);
    }
    std::sort(files.begin(), files.end());
    for (const auto &file : files) {
        std::fprintf(stderr, "%s\n", file.c_str());  // the last one named is the one that failed
        std::string input = fuzz::read_file(file);
        // A copy of the exact size: AddressSanitizer sees a byte too far.
        std::unique_ptr<uint8_t[]> exact(new uint8_t[input.size()]);
        std::copy(input.begin(), input.end(), exact.get());
        LLVMFuzzerTestOneInput(exact.get(), input.size());
    }
    std::printf("%zu inputs\n", files.size());
}

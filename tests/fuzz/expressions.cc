// SPDX-License-Identifier: Apache-2.0
// Arguments of the elements that choose by a program of their own, and a packet through them. An input is a letter for the
// element, its arguments up to a zero byte, and the packet.
#include "tests/fuzz/harness.hh"

namespace {

struct Shape {
    char letter;
    const char *element;
    bool ip;
    int most_outputs;
};

constexpr Shape shapes[] = {
    {'c', "Classifier", false, 20}, {'i', "IPClassifier", true, 20}, {'f', "IPFilter", true, 20}, {'r', "RadixIPLookup", true, 20},
    {'l', "LinearIPLookup", true, 20}, {'s', "StaticIPLookup", true, 20}, {'g', "RangeIPLookup", true, 20}, {'a', "ARPResponder", false, 1},
    {'h', "HashSwitch", false, 4}, {'e', "UDPIPEncap", false, 1}, {'p', "IPEncap", false, 1}, {'v', "VLANEncap", false, 1},
    {'P', "IPPrint", true, 1}, {'D', "Print", false, 1},
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz::Bytes bytes(data, size);
    char letter = static_cast<char>(bytes.u8());
    std::string arguments(bytes.until('\0'));
    for (const Shape &shape : shapes) {
        if (shape.letter != letter)
            continue;
        // As many outputs as it takes are found by trying: the element says how many it wants.
        for (int outputs = 1; outputs <= shape.most_outputs; ++outputs) {
            std::string text = "out :: MemoryOut; in :: MemoryIn -> " + std::string(shape.ip ? "MarkIPHeader -> " : "") + "e :: "
                               + shape.element + "(" + arguments + ");";
            for (int i = 0; i < outputs; ++i)
                text += " e[" + std::to_string(i) + "] -> out;";
            fuzz::Bench bench(text);
            if (!bench.start()) {
                if (bench.messages().find("put") == std::string::npos)  // too few or too many outputs
                    return 0;
                continue;
            }
            std::string packet(bytes.rest());
            bench.push("in", packet);
            bench.run();
            int left = 0;
            while (Packet *p = bench.take("out")) {
                p->kill();
                ++left;
            }
            if (left > 1)
                fuzz::fail("one packet in, %d out", left);
            return 0;
        }
    }
    return -1;
}

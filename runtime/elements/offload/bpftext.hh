// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BPFTEXT_HH
#define MIMI_BPFTEXT_HH
#include <click/config.h>
#include <click/string.hh>
#include <cstdint>
#include <linux/bpf.h>
#include <vector>

// An assembler for the kernel's BPF programs: one method for each instruction, labels for jumps, and the system call that loads
// the text. Registers: r0 results and scratch, r1 to r5 arguments and lost in calls, r6 to r9 kept, r10 the end of the stack.

namespace mimi::bpf {

enum Register : uint8_t { r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10 };
enum Width : uint8_t { byte = BPF_B, half = BPF_H, word = BPF_W, wide = BPF_DW };
enum Operation : uint8_t { plus = BPF_ADD, minus = BPF_SUB, both = BPF_AND, either = BPF_OR, left = BPF_LSH, right = BPF_RSH, differ = BPF_XOR };
enum Relation : uint8_t { equal = BPF_JEQ, unequal = BPF_JNE, above = BPF_JGT, at_least = BPF_JGE, below = BPF_JLT, at_most = BPF_JLE, any_bit = BPF_JSET };

class Text {
  public:
    // A place to jump to, ahead of the jump: made first, placed later, exactly once.
    typedef unsigned Label;
    Label label()
    {
        _places.push_back(-1);
        return Label(_places.size() - 1);
    }
    void place(Label l) { _places[l] = int(_text.size()); }

    void move(Register to, Register from) { add(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0); }
    void move(Register to, int32_t value) { add(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value); }
    void alter(Register to, Operation op, Register from) { add(uint8_t(BPF_ALU64 | op | BPF_X), to, from, 0, 0); }
    void alter(Register to, Operation op, int32_t value) { add(uint8_t(BPF_ALU64 | op | BPF_K), to, 0, 0, value); }
    // From the network's byte order to this machine's, or back; 16 bits.
    void swap16(Register r) { add(BPF_ALU | BPF_END | BPF_TO_BE, r, 0, 0, 16); }
    void load(Width w, Register to, Register from, int at) { add(uint8_t(BPF_LDX | BPF_MEM | w), to, from, at, 0); }
    void store(Width w, Register to, int at, Register from) { add(uint8_t(BPF_STX | BPF_MEM | w), to, from, at, 0); }
    void store(Width w, Register to, int at, int32_t value) { add(uint8_t(BPF_ST | BPF_MEM | w), to, 0, at, value); }
    void add_atomically(Register to, int at, Register amount) { add(BPF_STX | BPF_ATOMIC | BPF_DW, to, amount, at, BPF_ADD); }
    void load_map(Register to, int fd)
    {
        add(BPF_LD | BPF_DW | BPF_IMM, to, BPF_PSEUDO_MAP_FD, 0, fd);
        add(0, 0, 0, 0, 0);  // the upper half of the instruction before
    }
    void jump(Label l) { jump_by(BPF_JMP | BPF_JA, r0, r0, 0, l); }
    void jump_if(Register a, Relation is, int32_t value, Label l) { jump_by(uint8_t(BPF_JMP | is | BPF_K), a, r0, value, l); }
    void jump_if(Register a, Relation is, Register b, Label l) { jump_by(uint8_t(BPF_JMP | is | BPF_X), a, b, 0, l); }
    void call(int helper) { add(BPF_JMP | BPF_CALL, 0, 0, 0, helper); }
    void exit() { add(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }

    // Resolves the jumps and loads the program. Its descriptor, or -1 and the reason, with the last of what the kernel's verifier said.
    int load(bpf_prog_type type, const char *name, String &problem);

  private:
    struct Jump {
        size_t from;
        Label to;
    };
    std::vector<bpf_insn> _text;
    std::vector<int> _places;
    std::vector<Jump> _jumps;

    void add(uint8_t code, uint8_t to, uint8_t from, int at, int32_t value)
    {
        bpf_insn made{};
        made.code = code;
        made.dst_reg = to & 15;
        made.src_reg = from & 15;
        made.off = int16_t(at);
        made.imm = value;
        _text.push_back(made);
    }
    void jump_by(uint8_t code, Register a, Register b, int32_t value, Label l)
    {
        _jumps.push_back(Jump{_text.size(), l});
        add(code, a, b, 0, value);
    }
};

// bpf(2), and what its failure means.
int command(bpf_cmd what, bpf_attr &attributes);
String reason(const char *what);

}  // namespace mimi::bpf
#endif

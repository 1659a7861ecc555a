# SPDX-License-Identifier: Apache-2.0
# The fuzz targets, from the root of the checkout:
#   make -f tests/fuzz/build.mk fuzzers    libFuzzer programs build/fuzz/fuzz-NAME; needs clang and its run-time library
#   make -f tests/fuzz/build.mk replays    build/replay-NAME: the same targets, which only run the files they are given
# What runtime/build.mk takes (SANITIZE, BUILD, ...) works here too; `replays` links with the library of that build.
FUZZERS := $(filter fuzzers,$(MAKECMDGOALS))
ifneq ($(FUZZERS),)
CXX := clang++
BUILD := build/fuzz
SANITIZE := fuzzer-no-link,address,undefined
OPT := -O1
endif
include runtime/build.mk

FUZZ_TARGETS := language control importtext packets expressions dumpfiles rewrites

.PHONY: fuzzers replays
fuzzers: $(FUZZ_TARGETS:%=$(BUILD)/fuzz-%)
replays: $(FUZZ_TARGETS:%=$(BUILD)/replay-%)

$(BUILD)/fuzz-%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/fuzz/harness.o $(LIB_OBJECTS)
	$(CXX) -rdynamic -pthread -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBS)

$(BUILD)/replay-%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/fuzz/harness.o $(BUILD)/obj/tests/fuzz/replay.o $(BUILD)/libmimiclick.so
	$(CXX) $(MIMI_LDFLAGS) -Wl,-rpath,'$$ORIGIN' -o $@ $(filter %.o,$^) -L$(BUILD) -lmimiclick $(LIBS)

.SECONDARY:
-include $(wildcard $(BUILD)/obj/tests/fuzz/*.d)

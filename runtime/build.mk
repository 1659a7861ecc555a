# SPDX-License-Identifier: Apache-2.0
# Builds build/libmimiclick.so and build/mimi-click:   make -f runtime/build.mk -j2
#   SANITIZE=address,undefined   instrumented build in build/san-address-undefined
#   BUILD=DIR OPT=-O0 WERROR=1 PYTHON=python3 CXX=clang++

comma := ,
SANITIZE ?=
BUILD ?= build$(if $(SANITIZE),/san-$(subst $(comma),-,$(SANITIZE)))
CXX ?= g++
PYTHON ?= /usr/bin/python3
OPT ?= -O2
# What runs for every packet: loops there are worth more code.
PACKET_OPT ?= $(if $(filter -O2,$(OPT)),-O3)
PACKET_SOURCES := elements/% runtime/elements/% runtime/base/packet% runtime/base/checksum%

MIMI_CXXFLAGS := -std=c++20 $(OPT) -g -Wall -Wextra $(if $(WERROR),-Werror) -fPIC -pthread -Iruntime/include -I. \
    -DHAVE_CONFIG_H -DCLICK_USERLEVEL -Wno-format -fno-semantic-interposition
# ErrorHandler formats know more than printf does: hence -Wno-format. Nobody replaces single functions of the library, so the
# compiler may inline what it exports: without that, code that can be shared calls each of its functions through a table.
MIMI_LDFLAGS := -pthread
ifneq ($(SANITIZE),)
MIMI_CXXFLAGS += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined -fno-sanitize=alignment
# Headers are read where they lie in the packet, at any offset; every processor this is built for reads them there.
MIMI_LDFLAGS += -fsanitize=$(SANITIZE)
endif
LIBS := -ldl

ELEMENT_DIRS := $(wildcard runtime/elements) $(wildcard elements)
ELEMENT_SOURCES := $(if $(ELEMENT_DIRS),$(shell find $(ELEMENT_DIRS) -name '*.cc' | sort))
ELEMENT_HEADERS := $(if $(ELEMENT_DIRS),$(shell find $(ELEMENT_DIRS) -name '*.hh' | sort))
CORE_SOURCES := $(sort $(wildcard $(addprefix runtime/,base/*.cc language/*.cc router/*.cc schedule/*.cc capi/*.cc)))
MAIN_SOURCES := $(sort $(wildcard runtime/main/*.cc))
LIST := $(BUILD)/elementlist.cc

object = $(patsubst %.cc,$(BUILD)/obj/%.o,$(1))
LIB_OBJECTS := $(call object,$(CORE_SOURCES) $(ELEMENT_SOURCES)) $(BUILD)/obj/elementlist.o
MAIN_OBJECTS := $(call object,$(MAIN_SOURCES))

.PHONY: all objects clean
all: $(BUILD)/libmimiclick.so $(BUILD)/mimi-click
objects: $(LIB_OBJECTS) $(MAIN_OBJECTS)

# The exported symbols are what packages and the flat C surface resolve against.
$(BUILD)/libmimiclick.so: $(LIB_OBJECTS)
	$(CXX) -shared $(MIMI_LDFLAGS) $(LDFLAGS) -Wl,-soname,libmimiclick.so -o $@ $(LIB_OBJECTS) $(LIBS)

$(BUILD)/mimi-click: $(MAIN_OBJECTS) $(LIB_OBJECTS)
	$(CXX) -rdynamic $(MIMI_LDFLAGS) $(LDFLAGS) -o $@ $(MAIN_OBJECTS) $(LIB_OBJECTS) $(LIBS)

$(BUILD)/obj/%.o: %.cc runtime/build.mk
	@mkdir -p $(@D)
	$(CXX) $(MIMI_CXXFLAGS) $(if $(filter $(PACKET_SOURCES),$<),$(PACKET_OPT)) $(CXXFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/elementlist.o: $(LIST)
	@mkdir -p $(@D)
	$(CXX) $(MIMI_CXXFLAGS) $(CXXFLAGS) -MMD -MP -c -o $@ $<

# The list of files is a prerequisite too: a removed element must leave the list.
$(BUILD)/elements.txt: FORCE
	@mkdir -p $(BUILD)
	@echo '$(ELEMENT_SOURCES) $(ELEMENT_HEADERS)' | cmp -s - $@ || echo '$(ELEMENT_SOURCES) $(ELEMENT_HEADERS)' > $@
.PHONY: FORCE
FORCE:

# A package says which headers it was compiled against; this program says which ones it was.
HEADERS_DIGEST := $(shell $(PYTHON) mimi/build/headers.py runtime/include)
$(BUILD)/headers.txt: FORCE
	@mkdir -p $(BUILD)
	@echo '$(HEADERS_DIGEST)' | cmp -s - $@ || echo '$(HEADERS_DIGEST)' > $@
$(BUILD)/obj/runtime/router/packagefile.o: MIMI_CXXFLAGS += '-DMIMI_HEADERS="$(HEADERS_DIGEST)"'
$(BUILD)/obj/runtime/router/packagefile.o: $(BUILD)/headers.txt

$(LIST): $(ELEMENT_SOURCES) $(ELEMENT_HEADERS) $(BUILD)/elements.txt mimi/build/scan.py
	@mkdir -p $(BUILD)
	$(PYTHON) mimi/build/scan.py --root . --output $@ $(if $(wildcard elements),--provide mimi) $(ELEMENT_DIRS)
	@touch $@

clean:
	rm -rf $(BUILD)/obj $(LIST) $(BUILD)/elements.txt $(BUILD)/libmimiclick.so $(BUILD)/mimi-click

-include $(patsubst %.o,%.d,$(LIB_OBJECTS) $(MAIN_OBJECTS)) $(wildcard $(BUILD)/obj/tests/runtime/base/*.d)

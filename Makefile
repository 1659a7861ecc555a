# SPDX-License-Identifier: Apache-2.0
# One word per chore. `make demo` and `make test` work on a fresh Debian 12 as root; everything they need they install.

PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
VENV := .venv
BIN := $(VENV)/bin
SYSTEM_PACKAGES := $(shell sed 's/\#.*//' packages.txt)
EXPERIMENT_PACKAGES := $(shell sed 's/\#.*//' packages-experiment.txt)
DEMO_ARGS ?=
BENCH_ARGS ?=
PYTEST_ARGS ?=
TEST_JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 30
FUZZ_TARGETS ?=
SANITIZE ?= address,undefined
CLICK ?=

.PHONY: help build system demo test check lint bench bench-failover rfc conformance conformance-refresh sources sources-refresh fuzz sanitize differential clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 22

build: system $(VENV)/.installed native  ## install what is missing, build the runtime and the package

system:
	@./install-packages $(SYSTEM_PACKAGES)

$(VENV)/.venv-made: packages.txt | system
	$(PYTHON) -m venv --system-site-packages $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip 'setuptools>=77' 'cffi>=1.17'
	touch $@

$(VENV)/.installed: pyproject.toml setup.py $(wildcard mimi/click/_cffi_build.py runtime/capi/*.h) $(VENV)/.venv-made
	$(MAKE) --no-print-directory native
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --editable ".[demo,dev]" >build/pip.log 2>&1 || { cat build/pip.log; exit 1; }
	touch $@

.PHONY: native
native: $(VENV)/.venv-made
	+@$(MAKE) --no-print-directory -j$$(nproc) -f runtime/build.mk
	@install -d mimi/_bin
	@cmp -s build/mimi-click mimi/_bin/mimi-click || install build/mimi-click mimi/_bin/mimi-click
	@cmp -s build/libmimiclick.so mimi/_bin/libmimiclick.so || install build/libmimiclick.so mimi/_bin/libmimiclick.so
	@ln -sf ../../mimi/_bin/mimi-click $(BIN)/mimi-click

demo: build  ## the paper's Figure 2 in small: a load balancer dies, its connections live on
	$(BIN)/mimi demo $(DEMO_ARGS)

test: build  ## everything this machine can run, a file of tests on each processor at a time (TEST_JOBS=0: one by one)
	$(BIN)/python -m pytest -n $(TEST_JOBS) --dist loadfile $(PYTEST_ARGS)

lint: build  ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test  ## what a change must pass

bench: build  ## print the figures of docs/benchmarks.md
	$(BIN)/python -m bench

bench-failover: build  ## the paper's experiment: failures again and again, with MiMi and without (docs/experiment.md)
	@./install-packages $(EXPERIMENT_PACKAGES)
	$(BIN)/mimi bench failover $(BENCH_ARGS)

rfc: build  ## every requirement of the NAT's RFCs, and the test that shows it or the reason why none does
	@$(BIN)/python -m tests.rfc.table

conformance: native  ## the upstream suite of CLICK_SRC=<checkout> against mimi-click
	@$(BIN)/python tests/conformance/suite.py --click-src '$(CLICK_SRC)'

conformance-refresh: native
	@$(BIN)/python tests/conformance/suite.py --click-src '$(CLICK_SRC)' --refresh

sources: $(VENV)/.venv-made  ## how many element sources of CLICK_SRC=<checkout> compile unmodified
	@$(BIN)/python tests/conformance/sources.py --click-src '$(CLICK_SRC)'

sources-refresh: $(VENV)/.venv-made
	@$(BIN)/python tests/conformance/sources.py --click-src '$(CLICK_SRC)' --refresh

sanitize: build  ## the tests on an instrumented build: SANITIZE=address,undefined or thread
	@./install-packages valgrind
	+@$(MAKE) --no-print-directory -j$$(nproc) -f runtime/build.mk SANITIZE=$(SANITIZE)
	$(BIN)/python tests/sanitize.py $(SANITIZE) $(PYTEST_ARGS)
ifneq ($(findstring address,$(SANITIZE)),)
	$(BIN)/python -m pytest tests/runtime/test_leaks.py
endif

differential: build  ## random packets through the same configurations here and in CLICK=/path/to/click
	CLICK='$(CLICK)' $(BIN)/python -m pytest tests/differential

fuzz: build  ## feed hostile input to parsers, protocols and packet paths, FUZZ_SECONDS for each target
	@./install-packages clang libclang-rt-dev
	+@$(MAKE) --no-print-directory -j$$(nproc) -f tests/fuzz/build.mk fuzzers
	$(BIN)/python tests/fuzz/run.py --seconds $(FUZZ_SECONDS) $(FUZZ_TARGETS)

clean:  ## remove what was built
	rm -rf build out mimi/_bin $(VENV)

# Everything here works on a fresh Debian 12 or 13 with git, make and python3: each target sets up
# what it needs first, and is quick when it is there. `make` alone lists the targets.

SHELL := /bin/bash
PYTHON ?= python3
# How long the demo's citizens keep coming, or all fuzzing together, or the simulation's runs, in
# seconds; without it the default of each.
SECONDS ?=
# The fuzz targets to run; without it all of them.
TARGETS ?=
# How many images of a disk each part of the crash proof makes, and what its randomness begins with,
# or that of the simulation.
STATES ?=
SEED ?=
# More arguments for the command behind demo, test, test-wheel and bench.
ARGS ?=
# The Debian releases that test-fresh makes anew.
RELEASES ?= bookworm trixie

BIN := .venv/bin
WORKERS = $(shell echo $$(( ($$(nproc) * 3 + 1) / 2 )))
export PYTHON

.PHONY: help demo test screens pictures fuzz soak-drivers prove-crash simulate check bench bench-verify bench-decode bench-effect bench-screen bench-centre docs test-wheel test-fresh proof-devices clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

demo: ## run the demo city [SECONDS=25] [ARGS=--json]
	@scripts/setup demo
	@$(BIN)/scan-terminal demo $(addprefix --seconds ,$(SECONDS)) $(ARGS)

# The oracles live in a virtualenv of their own: some need other versions of our dependencies.
# Three processes for two cores, as each waits a third of its time for others' programs; a file's tests
# stay together, for they share what took long to make.
test: ## run all tests [ARGS='-k gate']
	@scripts/setup dev oracle
	@SCAN_TERMINAL_ORACLE_PYTHON=$(CURDIR)/.venv-oracle/bin/python \
	  $(BIN)/pytest -n $(WORKERS) --dist loadfile $(ARGS)

# The tests of the pages keep a picture of each state, size and language.
screens: ## look at every page in a browser and keep its pictures in build/screens
	@scripts/setup dev
	@rm -rf build/screens
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadfile tests/browser $(ARGS)
	@ls build/screens

pictures: screens ## make the handbooks' pictures of the screens anew, in docs/pictures
	@$(BIN)/python -m tests.browser.pictures

# It comes with a virtualenv of its own as well: there are wheels for x86_64 alone.
fuzz: ## look for inputs that crash, hang or fool a reader [SECONDS=600] [TARGETS='cc1 keys']
	@scripts/setup fuzz
	@.venv-fuzz/bin/python -m tests.fuzz $(addprefix --seconds ,$(SECONDS)) $(TARGETS)

# A million lines and a hundred thousand frames, at speed; some minutes.
soak-drivers: ## run the drivers for a long time and see that nothing grows [ARGS='--frames 0']
	@scripts/setup dev
	@$(BIN)/python -m tests.soak $(ARGS)

# Power cuts, failing calls and planted bugs, on the journal's own code; a quarter of an hour.
prove-crash: ## cut the power at thousands of moments: nothing is lost [STATES=12000] [SEED=1]
	@scripts/setup dev
	@$(BIN)/python -m tests.crash $(addprefix --states ,$(STATES)) $(addprefix --seed ,$(SEED)) $(ARGS)

# Terminals and centre on virtual time, and what lanes were told beside what the centre holds.
simulate: ## put terminals and centre through seeded faults: all once at the centre [SECONDS=60] [SEED=7]
	@scripts/setup dev
	@$(BIN)/python -m tests.simulation $(addprefix --seconds ,$(SECONDS)) $(addprefix --seed ,$(SEED)) $(ARGS)

check: ## hold the code to the rules: ruff, mypy, import contracts
	@scripts/setup dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: ## measure every stage of a scan [ARGS=--json]
	@scripts/setup demo
	@$(BIN)/scan-terminal bench $(ARGS)

# Beside the libraries of the oracles, on the same codes.
bench-verify: ## measure the verifier beside other libraries [ARGS=--json]
	@scripts/setup demo oracle
	@$(BIN)/scan-terminal bench verify --peers .venv-oracle/bin/python $(ARGS)

# Beside decoders of others, each in a process that may hang.
bench-decode: ## measure the decode ladder beside other engines [ARGS='--frames 10 --check']
	@scripts/setup demo engines
	@$(BIN)/scan-terminal bench decode --peers .venv-engines/bin/python $(ARGS)

bench-effect: ## measure busy lanes from a code to the gate's command [ARGS='--check']
	@scripts/setup demo
	@$(BIN)/scan-terminal bench effect $(ARGS)

bench-screen: ## measure a screen from the decision to its second painted frame
	@scripts/setup dev
	@$(BIN)/python -m tests.browser.bench_screen

# It starts a PostgreSQL of its own, unless ARGS names one.
bench-centre: ## measure what the centre takes, and a herd after an outage [ARGS='--check']
	@scripts/setup dev
	@$(BIN)/scan-central bench $(ARGS)

docs: ## build the documentation's site into build/docs; a warning is an error
	@scripts/setup docs
	@NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --quiet
	@echo "build/docs/index.html"

test-wheel: ## build the wheel and prove it in clean virtualenvs
	@scripts/setup dev
	@scripts/test-wheel $(ARGS)

test-fresh: ## run demo and test on fresh Debian trees; root; minutes [RELEASES=trixie]
	@scripts/test-fresh $(RELEASES)

proof-devices: ## prove the device drivers on a whole machine in qemu; root; minutes
	@scripts/proof-devices

clean: ## remove the virtualenvs and everything made
	rm -rf .venv .venv-oracle .venv-engines .venv-fuzz .venv-docs .fuzz .crash build dist .benchmarks .hypothesis \
	  .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name .git -prune -o -name __pycache__ -type d -exec rm -rf {} +

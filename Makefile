# Two commands do everything on a fresh machine: `make demo` and `make test`.
# Both first make .venv: a virtual environment with growwork built from this tree.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A Go toolchain from PyPI (extra `go`) lives in the virtual environment; a system one wins.
export PATH := $(PATH):$(CURDIR)/$(BIN)

RUST_SOURCES := $(shell find rust \( -name target -o -name fuzz -o -name tests \) -prune -o \( -name '*.rs' -o -name 'Cargo.*' \) -print)

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

$(VENV)/installed: pyproject.toml $(RUST_SOURCES)
	@command -v cargo >/dev/null || { echo "growwork: no Rust toolchain; install Rust 1.88 or newer (package rustc/cargo, or rustup)"; exit 3; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q 'pip>=25.1'
	$(BIN)/python -m pip install -q --group dev -e .
	command -v go >/dev/null || $(BIN)/python -m pip install -q -e '.[go]'
	touch $@

.PHONY: install
install: $(VENV)/installed ## Make .venv and build the native module

.PHONY: demo
demo: install ## Record, diagnose, fix and re-measure a real Go service
	rm -rf demo-out
	$(BIN)/growwork demo -o demo-out

.PHONY: test
test: install check ## Every check and every test but the slow ones
	cargo test -q --manifest-path rust/Cargo.toml
	$(BIN)/pytest -q -n 2 --dist loadfile -m 'not slow'

.PHONY: test-all
test-all: install check ## Also the slow tests, all toolchains, and the browser
	cargo test -q --manifest-path rust/Cargo.toml
	$(BIN)/pytest -n 2 --dist loadfile

.PHONY: check
check: install ## Format, lint, types, import contract, Go vet, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cargo fmt --manifest-path rust/Cargo.toml --check
	cargo clippy -q --manifest-path rust/Cargo.toml --all-targets -- -D warnings
	$(BIN)/python -m tests.check_gocode
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build -q --strict

.PHONY: format
format: install ## Rewrite the sources in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	cargo fmt --manifest-path rust/Cargo.toml
	gofmt -w src/growwork/gocode

FUZZ_SECONDS ?= 60
FUZZ_FOLDER := build/fuzz

.PHONY: fuzz
fuzz: install ## Feed hostile traces to the decoder, FUZZ_SECONDS of each kind
	command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz
	mkdir -p $(FUZZ_FOLDER)
	for target in gotrace_bytes gotrace_structured; do \
		mkdir -p $(FUZZ_FOLDER)/$$target; \
		tar -xJf tests/data/gotrace_corpus/$$target.tar.xz -C $(FUZZ_FOLDER)/$$target; \
		RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir rust/fuzz --target-dir $(FUZZ_FOLDER)/target \
			$$target $(FUZZ_FOLDER)/$$target -- -max_len=16384 -timeout=10 \
			-max_total_time=$(FUZZ_SECONDS) -print_final_stats=1; \
	done
	GROWWORK_FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/pytest -q -s tests/formats/test_gotrace_fuzz.py

.PHONY: bench
bench: install ## Measure against the peers; figures go to benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

.PHONY: wheel
wheel: install ## Build the wheel into dist/
	$(BIN)/python -m pip wheel -q --no-deps -w dist .

.PHONY: docs
docs: install ## Build the documentation into build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

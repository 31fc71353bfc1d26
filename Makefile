# finews: what a developer and an operator type. `make` alone lists it.
# A clean machine needs git, make and Python 3.11 to 3.13 with venv; `make setup` brings the rest into .venv.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PEERS := bench/peers/.venv
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command 'make lock'

# Bytecode is kept, whatever the environment says: tests start a thousand processes, and each would compile finews first.
export PYTHONDONTWRITEBYTECODE :=

# `make clean setup PYTHON=…` chooses the interpreter; else the first of these that is in range and has venv.
PYTHON ?=
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3 python3.13 python3.12 python3.11)
IN_RANGE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))

# JOBS: test processes. ARGS: anything else for pytest, e.g. `make test ARGS="-k slug"`, or for the soak:
# `make soak ARGS="--minutes 3"`.
JOBS ?= logical
ARGS ?=
PYTEST = $(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8
SOURCES = finews tests $(wildcard bench)

.PHONY: help setup demo test proofs soak freshness lint format bench bench-gate bench-docs bench-console bench-peers \
	pictures schema lock clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## Make .venv with everything pinned in requirements/dev.txt, and finews in it

$(STAMP): requirements/dev.txt pyproject.toml
	@python=; \
	for each in $(CANDIDATES); do \
	  if "$$each" -c '$(IN_RANGE)' 2>/dev/null; then python=$$each; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "finews needs Python 3.11, 3.12 or 3.13 with venv (on Debian: apt install python3-venv); tried: $(CANDIDATES)" >&2; \
	  exit 1; \
	fi; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1 || ! $(BIN)/python -c '$(IN_RANGE)' 2>/dev/null \
	  || [ -n "$(PYTHON)" ]; then \
	  echo "setup: .venv from $$("$$python" --version)"; \
	  "$$python" -m venv --clear $(VENV); \
	fi
	@echo "setup: installing $$(grep -c '==' requirements/dev.txt) pinned packages (a minute or two the first time)"
	@$(PIP) install --quiet --no-deps --require-hashes -r requirements/dev.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@$(PIP) check >/dev/null || $(PIP) check
	@touch $@
	@echo "setup: done; the command is $(BIN)/finews"

demo: $(STAMP) ## Run the whole pipeline once on the bundled newsroom
	@$(BIN)/finews demo

test: $(STAMP) ## Run the tests, all but the slow proofs
	@$(PYTEST) -m 'not slow' $(ARGS)

proofs: $(STAMP) ## Run the slow proofs
	@$(PYTEST) -m slow --timeout 1800 $(ARGS)

soak: $(STAMP) ## Run a live newsroom with faults for 20 minutes, and tell what each process cost
	@$(BIN)/python -m tests.soak $(ARGS)

freshness: $(STAMP) ## Measure for 10 minutes how soon a post is on disk
	@$(BIN)/python -m tests.soak.freshness $(ARGS)

lint: $(STAMP) ## Check style, form and types
	@$(BIN)/ruff check --quiet $(SOURCES)
	@$(BIN)/ruff format --quiet --check $(SOURCES) || { $(BIN)/ruff format --check $(SOURCES); exit 1; }
	@$(BIN)/mypy $(SOURCES)

format: $(STAMP) ## Put the code in form and mend what can be mended by rule
	@$(BIN)/ruff check --quiet --fix-only $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

bench: $(STAMP) ## Measure each stage of the pipeline beside its limit; ARGS="--short", ARGS="--only fetch load"
	@$(BIN)/python bench/run.py $(ARGS)

bench-gate: $(STAMP) ## A short bench: fails where a stage has become slower beside its limit than bench/floors.json
	@$(BIN)/python bench/gate.py $(ARGS)

bench-docs: $(STAMP) ## Write table and plots of docs/PERFORMANCE.md from the last bench
	@$(BIN)/python bench/plots.py

bench-console: $(STAMP) ## Ask the console's pages over a million articles; ARGS="--articles 100000"
	@$(BIN)/python bench/console.py $(ARGS)

bench-peers: $(PEERS)/.installed ## Make bench/peers/.venv with the programs that finews is measured against

$(PEERS)/.installed: bench/peers/requirements.txt | $(STAMP)
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(PEERS)
	@echo "bench-peers: installing $$(grep -c '==' $<) pinned packages"
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(PEERS)/bin/python $<
	@touch $@

PICTURES = overview=overview-1280 articles=search-1280-light coverage=coverage-1280 quarantine=quarantine-1280 \
	feeds=feeds-1280 runs=runs-1280

pictures: $(STAMP) ## Take the pictures of docs/CONSOLE.md again, from the tests that open these pages
	@folder=$$(mktemp -d) && FINEWS_TEST_PICTURES=$$folder $(PYTEST) -q -m 'browser and not slow' tests/ui $(ARGS) \
	  && for each in $(PICTURES); do cp "$$folder/console-$${each#*=}.png" "docs/console/$${each%%=*}.png"; done \
	  && rm -r "$$folder"

schema: $(STAMP) ## Write finews/schema/schema.sql from the migrations
	@$(BIN)/python -m finews.schema.dump > .schema.sql && mv .schema.sql finews/schema/schema.sql

# Keeps the pins that still fit; `make lock ARGS=--upgrade` takes the newest of everything.
lock: ## Pin the dependencies of pyproject.toml again, with hashes
	@[ -x $(BIN)/uv ] || $(MAKE) setup
	@$(COMPILE) $(ARGS) pyproject.toml --output-file requirements/runtime.txt
	@$(COMPILE) $(ARGS) --constraints requirements/runtime.txt requirements/build.in --output-file requirements/build.txt
	@$(COMPILE) $(ARGS) --constraints requirements/runtime.txt --constraints requirements/build.txt --group dev pyproject.toml --output-file requirements/dev.txt
	@$(COMPILE) $(ARGS) bench/peers/requirements.in --output-file bench/peers/requirements.txt
	@echo "lock: written to requirements/ and bench/peers/; 'make setup' and 'make bench-peers' install it"

clean: ## Remove .venv, caches and build results (data under .finews stays)
	@rm -rf $(VENV) $(PEERS) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
	@find finews tests $(wildcard bench) -name __pycache__ -type d -prune -exec rm -rf {} +

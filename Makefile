# `make demo` and `make test` are all the set-up there is. Both can be run again at any time.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STATIC := hub/edges/web/static/wall/index.html
SCREENS := $(shell find dashboards -name node_modules -prune -o -type f \( -name '*.ts' -o -name '*.css' -o -name '*.html' -o -name '*.json' \) -print)

.DEFAULT_GOAL := help
.PHONY: help setup demo kafka test check unit flows chaos browser bench clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

setup: $(VENV)/.made $(STATIC) ## install what the hub needs, once

demo: setup ## start everything with a simulated Yuncheng day and print the wall's address
	@exec $(BIN)/hub up --simulate

kafka: $(VENV)/.made ## fetch Apache Kafka with Maven, for the tests and for a city with one server
	@deploy/kafka/fetch.sh

test: QUICK = 1
test: $(VENV)/.dev $(STATIC) kafka check unit flows chaos browser ## everything, on real parts

check: $(VENV)/.dev ## types, style, import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports
	@NPM=$$(deploy/npm.sh) && $$NPM --prefix dashboards run --silent check && $$NPM --prefix dashboards run --silent test

unit: $(VENV)/.dev ## rooms, edges, contracts
	@$(BIN)/pytest -q -m "not chaos and not browser and not flow"

flows: $(VENV)/.dev ## bytes in, frame out
	@$(BIN)/pytest -q -m flow

chaos: $(VENV)/.dev ## processes are killed, totals must agree; FAULTS=1000 SEED=1 is the long form
	@FAULTS="$(FAULTS)" SEED="$(SEED)" $(BIN)/pytest -q -m "chaos$(if $(QUICK), and not long)" $(if $(FAULTS)$(SEED),tests/chaos/test_faults.py)

browser: $(VENV)/.dev $(STATIC) ## a real Chromium looks at the real hub
	@deploy/chromium.sh && $(BIN)/pytest -q -m browser

bench: $(VENV)/.dev ## figures: messages a second, latency
	@$(BIN)/python -m bench

$(VENV)/.made: pyproject.toml
	@echo "setting up Python packages"
	@$(PYTHON) deploy/python_version.py
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.made
	@echo "setting up test packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

$(STATIC): $(VENV)/.made $(SCREENS)
	@echo "building the screens"
	@NPM=$$(deploy/npm.sh) && $$NPM --prefix dashboards install --loglevel=error --no-audit --no-fund --no-package-lock && $$NPM --prefix dashboards run --silent build
	@touch $@

clean: ## forget everything but the data in .hub
	rm -rf $(VENV) dashboards/node_modules hub/edges/web/static .mypy_cache .ruff_cache .pytest_cache .hypothesis

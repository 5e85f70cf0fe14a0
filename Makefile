# `make` alone lists the targets. All you need is Python 3.11 or newer, a JDK 25, make and tar.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# What points at somebody's own services and folders must not reach the tests.
FOREIGN := $(filter-out ECOM_OLIST_DIR AWS_CA_BUNDLE,$(shell env | \
	grep -oE '^(ECOM|KAFKA|AWS|TRINO|SPARK|DBT|TOPIC|LAKEHOUSE|BRONZE|LAG|MAINTENANCE|SILVER|GOLD|ALERT|AIRFLOW|DASHBOARD)_[A-Z0-9_]*'))
WITHOUT_FOREIGN := env $(foreach name,$(FOREIGN),-u $(name))
SHELL_SCRIPTS := .ci/run .githooks/pre-commit docker/fill-env.sh docker/trino

.PHONY: help setup demo up test test-platform test-browser coverage check format lock down clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(VENV)/.ready ## Python environment in .venv, JVM parts in the user's cache
	@$(BIN)/ecom setup-jvm

$(VENV)/.ready: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer was found (python3, python3.11 to python3.14); install one."; exit 1; }
	@echo "setup: Python environment in $(VENV) (about 1.5 GB; the first time takes some minutes)"
	@test -x $(BIN)/python && $(BIN)/python -c '' 2>/dev/null || rm -rf $(VENV)
	@test -x $(BIN)/uv || $(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) -m venv failed; on Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/uv || { sed -n '/^uv==/,/[^\\]$$/p' requirements.txt > $(VENV)/uv.txt && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt; }
	@# uv names each of two hundred packages; what it counted, or what went wrong, is enough.
	@set -o pipefail; VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip sync --require-hashes requirements.txt 2>&1 | \
		sed '/^ [-+~] /d; /^Resolved /d; /^Prepared /d; /^Uninstalled /d; s/^Installed/setup: installed/'
	@# Last, so that its `dbt` stands in place of dbt-core's.
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --reinstall -e .
	@touch $@

demo: setup ## events into Kafka, sales out of Trino, compared with the oracle
	@$(BIN)/ecom demo

up: setup ## the whole platform: the services, the Bronze streams, Airflow, dbt docs
	@$(BIN)/ecom up --all

test: setup ## every test but the platform's and the browser's, on a stack of its own
	@$(WITHOUT_FOREIGN) $(BIN)/python -m tests test $(ARGS)

test-platform: setup ## Airflow, resident streams, maintenance, Trino's users, a cluster; each on stacks of their own
	@$(WITHOUT_FOREIGN) $(BIN)/python -m tests platform $(ARGS)

test-browser: setup ## the page in Debian's Chromium, on a stack of its own; SCREENSHOTS=1 renews docs/images
	@$(WITHOUT_FOREIGN) $(BIN)/python -m tests browser $(ARGS)

coverage: setup ## the unit tests, and that they reach as much as pyproject.toml says; tracing doubles their time
	@$(WITHOUT_FOREIGN) $(BIN)/python -m pytest -q --cov tests/unit

check: $(VENV)/.ready ## format, lint, types, contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --disable-progress-bar dbt_project
	@$(WITHOUT_FOREIGN) $(BIN)/python -m pytest -q tests/unit/test_macro_sql.py # SQL that only dbt's calls bring about
	@$(BIN)/shellcheck $(SHELL_SCRIPTS)
	@$(WITHOUT_FOREIGN) ECOM_ENV_FILE=/dev/null $(BIN)/ecom contracts check contracts
	@$(WITHOUT_FOREIGN) ECOM_ENV_FILE=/dev/null $(BIN)/ecom contracts docs --check

format: $(VENV)/.ready ## let ruff and sqlfluff format what they can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/sqlfluff fix --disable-progress-bar dbt_project

lock: $(VENV)/.ready ## requirements.txt from pyproject.toml; ARGS=--upgrade for newer versions
	@cp requirements.txt requirements.new # what is pinned stays pinned
	@$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
		--no-annotate --no-header --extra dev --output-file requirements.new $(ARGS) pyproject.toml
	@{ echo "# Locked from pyproject.toml with its extra dev, by: make lock"; cat requirements.new; } > requirements.txt
	@rm requirements.new

down: ## stop the local services; their data stays
	@if [ -x $(BIN)/ecom ]; then $(BIN)/ecom down; else echo "nothing was set up"; fi

clean: down ## stop, then remove .ecom and the Python environment (another ECOM_HOME and the cache stay)
	@rm -rf .ecom $(VENV) build *.egg-info dbt_project/target dbt_project/logs

# Python 3.11 or later and make are enough: every target sets up what it needs in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_SECONDS ?=
export UV_PROJECT_ENVIRONMENT := $(VENV)

.PHONY: help
help:
	@echo "make demo    the main job on invented children; DEMO_SECONDS=20 ends it by itself"
	@echo "make test    every check: style, types, room plan, tests, coverage"
	@echo "make faults  the long fault suite, about half an hour: kill -9, databases, mail servers, disks, clocks"
	@echo "make docs    the reference of config/ and its schemas, from the models that read it"
	@echo "make audit-deps   the locked dependencies against the published advisories (needs the network)"
	@echo "make pictures  docs/letters and docs/board anew, from the templates (needs a Chromium)"
	@echo "make bench   figures, each beside a floor measured in the same run"

.PHONY: setup
setup: $(VENV)/.synced

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

# `--inexact` leaves uv itself in the environment.
$(VENV)/.synced: $(BIN)/uv pyproject.toml uv.lock
	$(BIN)/uv sync --frozen --quiet --inexact --python $(BIN)/python
	@touch $@

.PHONY: demo
demo: setup
	@$(BIN)/riskwatch demo $(if $(DEMO_SECONDS),--seconds $(DEMO_SECONDS))

.PHONY: lint
lint: setup
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

.PHONY: test
test: lint
	$(BIN)/pytest -n 3 --dist worksteal --cov --cov-report=
	$(BIN)/coverage report --include='src/riskwatch/core/*,src/riskwatch/pipeline/*' --fail-under=100 --skip-covered

# make test runs its short form. RISKWATCH_FAULTS_SEED=n rolls other moments.
.PHONY: faults
faults: setup
	RISKWATCH_FAULTS=long $(BIN)/pytest tests/faults -n 2 --dist worksteal

# docs/configuration.md and config/schemas/, from the models that read config/.
.PHONY: docs
docs: setup
	PYTHONPATH=. $(BIN)/python -m docs.reference

# Not part of make test, which asks nobody outside. Its own exit code, which make shows, tells "affected" from "not known".
.PHONY: audit-deps
audit-deps: setup
	@BIN=$(BIN) deploy/audit-deps.sh

# docs/letters/ and docs/board/, from the shipped templates; needs a Chromium. Look at them.
.PHONY: pictures
pictures: setup
	RISKWATCH_KEEP_PICTURES=1 $(BIN)/pytest tests/browser/test_letters.py tests/browser/test_board.py -n 0

.PHONY: bench
bench: setup
	$(BIN)/python -m benchmarks

.PHONY: clean
clean:
	rm -rf $(VENV) .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache demo-data

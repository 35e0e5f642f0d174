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
	$(BIN)/pytest -n 2 --dist worksteal --cov --cov-report=
	$(BIN)/coverage report --include='src/riskwatch/core/*,src/riskwatch/pipeline/*' --fail-under=100 --skip-covered

.PHONY: bench
bench: setup
	$(BIN)/python -m benchmarks

.PHONY: clean
clean:
	rm -rf $(VENV) .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache demo-data

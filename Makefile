# Sets itself up: Python 3.11 or later and make are enough.
PYTHON ?= python3
VENV := .venv
UV := $(VENV)/bin/uv
RUN := $(VENV)/bin/
export UV_PROJECT_ENVIRONMENT := $(VENV)

.PHONY: setup
setup: $(VENV)/.synced

$(UV):
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.synced: $(UV) pyproject.toml uv.lock
	$(UV) sync --frozen --quiet --inexact --python $(VENV)/bin/python
	touch $@

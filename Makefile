# Targets for newcomers (demo, test) and for everyday work. `make help` lists them.
#
# Each target runs in the environment .venv, which is made on first use; PY=... names another interpreter that has
# gaitmap installed already.

PYTHON ?= python3
VENV ?= .venv
OUT ?= demo_results

# Recordings and reference vectors that lie beside the checkout are used; elsewhere the recordings are downloaded, and
# tests that need the vectors are skipped with their reason.
ifneq ($(wildcard ../shared/example_data),)
export GAITMAP_DATA_DIR ?= $(abspath ../shared/example_data)
endif
ifneq ($(wildcard ../shared/reference),)
export GAITMAP_REFERENCE_DIR ?= $(abspath ../shared/reference)
endif
ifneq ($(wildcard ../shared/walks),)
export GAITMAP_WALKS_DIR ?= $(abspath ../shared/walks)
endif
ifneq ($(wildcard ../shared/device_files),)
export GAITMAP_DEVICE_FILES ?= $(abspath ../shared/device_files)
endif

ifdef PY
demo_env = 
test_env =
lint_env =
docs_env =
else
PY = $(VENV)/bin/python
demo_env = $(VENV)/.has-demo
test_env = $(VENV)/.has-test
lint_env = $(VENV)/.has-lint
docs_env = $(VENV)/.has-docs
endif

# The wheel gaitmap-mad (AGPL) is asked for by name: the demo and the tests read its stride template.
EXTRAS = app,mad-data

.PHONY: help demo test test-slow test-lower-bounds lint format docs bench clean

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed 's/:.*##/\t/'

demo: $(demo_env)  ## Analyse a real two-foot recording and write a report
	$(PY) -m gaitmap demo --out $(OUT)

test: $(test_env)  ## Run the tests (a few minutes)
	$(PY) -m pytest -n auto -m "not slow"

test-slow: $(test_env)  ## Run the long tests: browser, many processes, long recordings
	GAITMAP_TEST_KILLS=100 $(PY) -m pytest -m slow

test-lower-bounds:  ## Install the oldest packages that are allowed, and see that all works with them
	$(PYTHON) tools/check_lower_bounds.py

lint: $(lint_env)  ## Check format, style and types
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy

format: $(lint_env)  ## Format the code
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

docs: $(docs_env)  ## Build the documentation into docs/_build/html
	$(PY) -m sphinx -W --keep-going -b html docs docs/_build/html

bench: $(demo_env)  ## Time each step, beside gaitmap 2.6 where GAITMAP_PEER_PYTHON names an interpreter that has it
	for name in pipeline segmentation gait_detection events trajectory parameters caching cohort scale; do \
		$(PY) benchmarks/$$name.py || exit 1; done

clean:  ## Remove what the other targets made
	rm -rf $(VENV) $(OUT) docs/_build docs/auto_examples docs/api/generated build dist .pytest_cache .mypy_cache .ruff_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "gaitmap needs Python 3.11 or newer; $(PYTHON) is older. Name another one: make demo PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$@ -m pip install --quiet --upgrade pip

$(VENV)/.has-demo: pyproject.toml | $(VENV)/bin/python
	$(PY) -m pip install --quiet --editable ".[$(EXTRAS)]"
	@touch $@

$(VENV)/.has-%: $(VENV)/.has-demo
	$(PY) -m pip install --quiet --group $*
	@touch $@

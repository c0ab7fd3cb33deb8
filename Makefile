# `make help` lists what can be made. All of it stays below this directory.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
ARGS ?=
# Tests wait for kernels, servers and pages about a third of their time, so a third one pays on two cores.
WORKERS ?= 3

# uv would otherwise fetch a Python of its own when it dislikes this one.
export UV_PYTHON_DOWNLOADS := never

UV := .build/uv/bin/uv
BIN := .venv/bin
PYTEST := $(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
NPM := npm --loglevel=error --no-update-notifier --prefix
KERNELS := ipykernel-6.31 ipykernel-7.3

BUILD_INPUTS := pyproject.toml README.md LICENSE labextension/install.json $(wildcard jupyter-config/*/*.json)
LABEXTENSION := attio_nb/labextension/package.json
LABEXTENSION_INPUTS := $(wildcard labextension/*.json) $(shell find labextension/src labextension/style -type f)
NODE_MODULES := labextension/node_modules/.package-lock.json
NODE_SERVERS := tests/authorization/node_modules/.package-lock.json
INSTALLED := .venv/.attio-nb-installed
KERNELS_INSTALLED := $(KERNELS:%=.venvs/%/.attio-nb-installed)
INSTALL_HERE := pip install --quiet --no-deps --build-constraints requirements/dev.txt --reinstall-package attio-nb --editable .

.PHONY: help
help: ## List the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name what; do \
	  printf '  make %-12s %s\n' "$$name" "$$what"; done

.PHONY: demo
demo: $(INSTALLED) ## Set up, then run the tour end to end, without a browser and without questions
	$(BIN)/attio-nb demo

.PHONY: test
test: setup ## Set up, then run all tests (ARGS="-k vault" narrows pytest)
	$(NPM) labextension test
	$(PYTEST) $(ARGS)

.PHONY: coverage
coverage: setup ## Run all Python tests, and report which lines and branches they reach
	$(PYTEST) --cov --cov-report=term:skip-covered $(ARGS)

.PHONY: check
check: $(INSTALLED) ## Lint and type-check Python and TypeScript
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(NPM) labextension run lint:check
	$(NPM) labextension run prettier:check
	$(NPM) labextension run build:lib -- --noEmit

.PHONY: setup
setup: system-packages $(INSTALLED) $(KERNELS_INSTALLED) $(NODE_SERVERS) ## Make the environments that everything else uses

.PHONY: lab
lab: $(INSTALLED) ## Open a copy of the tour (build/tour) in JupyterLab, with the sandbox running
	$(BIN)/attio-nb tour --folder build/tour -- $(ARGS)

.PHONY: sandbox
sandbox: $(INSTALLED) ## Start the mail sequencing API on loopback
	$(BIN)/attio-nb sandbox

.PHONY: bench
bench: $(INSTALLED) ## Measure, side by side with what one would use instead
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: wheel
wheel: $(INSTALLED) ## Build the wheel into dist
	rm -rf dist
	$(UV) build --quiet --wheel --build-constraints requirements/dev.txt --out-dir dist

.PHONY: check-wheel
check-wheel: wheel ## Install the wheel in a clean environment without Node, and see that Jupyter finds it
	$(UV) venv --quiet --clear --python $(BIN)/python .build/wheel-venv
	$(UV) pip install --quiet --python .build/wheel-venv --constraints requirements/dev.txt dist/*.whl
	$(BIN)/python tools/check_wheel.py .build/wheel-venv

.PHONY: pins
pins: $(UV) ## Renew the pinned requirements from pyproject.toml and requirements/*.in
	$(PIN) --upgrade --extra sandbox pyproject.toml requirements/dev.in --output-file requirements/dev.txt
	for kernel in $(KERNELS); do \
	  $(PIN) --upgrade requirements/$$kernel.in --output-file requirements/$$kernel.txt; done
PIN := $(UV) pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header

.PHONY: clean
clean: ## Remove everything that was made
	rm -rf .build .venv .venvs build dist attio_nb/labextension labextension/lib labextension/build labextension/node_modules
	rm -rf tests/authorization/node_modules .coverage* .mypy_cache .pytest_cache .ruff_cache

.PHONY: system-packages
system-packages:
	tools/system-packages

$(UV): requirements/uv.txt
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "$(PYTHON) is older than Python 3.11: make PYTHON=python3.12 …")'
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --upgrade --target .build/uv -r $<
	touch $@

.venv/bin/python: | $(UV)
	$(UV) venv --quiet --python $(PYTHON) .venv

.venv/.requirements-installed: requirements/dev.txt | $(UV) .venv/bin/python
	$(UV) pip sync --quiet --python .venv $<
	touch $@

$(INSTALLED): .venv/.requirements-installed $(LABEXTENSION) $(BUILD_INPUTS)
	HATCH_JUPYTER_BUILDER_SKIP_NPM=1 $(UV) $(INSTALL_HERE) --python .venv
	touch $@

.venvs/%/.attio-nb-installed: requirements/%.txt pyproject.toml | $(UV)
	$(UV) venv --quiet --clear --python $(PYTHON) .venvs/$*
	$(UV) pip sync --quiet --python .venvs/$* $<
	HATCH_JUPYTER_BUILDER_SKIP_NPM=1 $(UV) $(INSTALL_HERE) --python .venvs/$*
	touch $@

%/node_modules/.package-lock.json: %/package-lock.json %/package.json
	$(NPM) $* ci
	touch $@

$(LABEXTENSION): $(NODE_MODULES) $(LABEXTENSION_INPUTS)
	$(NPM) labextension run build:prod
	touch $@

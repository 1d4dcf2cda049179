# make help lists what is here. Everything sets itself up: Python 3.11+ and make are enough.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.complete

.DEFAULT_GOAL := help
.PHONY: help setup up test check lint types walls format bench soak pictures example pins clean

help: ## what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(STAMP) ## build .venv with every pinned dependency

up: setup ## start Lifebelt here: try the button, then the desk (Ctrl-C stops it)
	$(VENV)/bin/lifebelt up $(ARGS)

test: setup ## every test, shared by one process more than there are cores (five at most)
	$(PY) -m pytest -n $$($(PY) -c "import os; print(min((os.cpu_count() or 1) + 1, 5))") --dist worksteal $(ARGS)

check: setup lint types walls test ## lint, types, walls, then every test

lint: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: setup
	$(VENV)/bin/mypy

walls: setup
	$(VENV)/bin/lint-imports

format: setup ## put the code into its form
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: setup ## ratios within one run, into docs/performance.md (half an hour; ARGS="intake": one subject, printed)
	$(PY) -m tests.bench $(or $(ARGS),--engine both --slow-ms 2 --write docs/performance.md)

soak: setup ## the long runs of fuzzing and random presses
	$(PY) -m pytest -m soak --timeout=0 $(ARGS)

pictures: setup ## every screen of Slack, drawn into the folder in ARGS, to be looked at (needs Chromium)
	$(PY) -m tests.slack_pictures $(ARGS)

example: setup ## write config/example.toml anew from the settings model
	$(PY) -m core.settings.example > config/example.toml.new && mv config/example.toml.new config/example.toml

pins: ## renew requirements/*.txt (needs uv)
	cd requirements && for f in runtime build dev; do uv pip compile --universal --generate-hashes \
	  --python-version 3.11 --upgrade --quiet $$f.in -o $$f.txt --custom-compile-command "make pins"; done

clean: ## forget what was built (never the data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

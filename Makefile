# Everything a fresh machine needs is Python 3.11, git and make. `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.PHONY: help setup demo test soak lint client format stop clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV := .tools/bin/uv
BIN := .venv/bin
PO := $(wildcard src/sameboat/locale/*/LC_MESSAGES/django.po)
MO := $(PO:.po=.mo)
TEST_WORKERS ?= 2

# Else uv may fetch a Python of its own from elsewhere.
export UV_PYTHON_DOWNLOADS := never
# A process starts three times as fast when what it imports was compiled once.
unexport PYTHONDONTWRITEBYTECODE

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/synced $(MO)  ## Make the environment: tools, locked packages, messages

demo: setup  ## Build a society of 2,000 people and serve it
	@$(BIN)/sameboat demo $(ARGS)

test: setup  ## Pass all tests, in the browser too; nothing is skipped quietly
	@$(BIN)/python tests/browser/chromium.py
	@echo "Tests ..."
	@$(BIN)/pytest -q -n $(TEST_WORKERS) --dist worksteal $(ARGS)

soak: setup  ## Live through a year of 20,000 members under faults; it takes its time
	@cd tests && ../$(BIN)/python -m soak $(ARGS)

lint: setup  ## Style, types, import direction, migrations
	@echo "Style ..."
	@$(BIN)/ruff check --quiet src tests
	@$(BIN)/ruff format --check --quiet src tests
	@echo "Types ..."
	@SAMEBOAT_MODE=test $(BIN)/mypy --no-error-summary
	@echo "Import direction ..."
	@$(BIN)/lint-imports > .import-linter.log 2>&1 || { cat .import-linter.log; exit 1; }
	@echo "Migrations ..."
	@SAMEBOAT_MODE=test DJANGO_SETTINGS_MODULE=sameboat.site.settings \
		$(BIN)/python -W ignore::RuntimeWarning -m django makemigrations --check --dry-run -v 1 \
		> .migrations.log 2>&1 || { cat .migrations.log; exit 1; }
	@echo "Documents ..."
	@$(BIN)/pytest -q --no-header tests/architecture/test_documents.py

client: setup  ## Write the client for Python anew, after the API has changed
	@$(BIN)/sameboat openapi --python | $(BIN)/ruff format --line-length 100 - \
		> clients/python/sameboat_client.py

format: setup  ## Format the code
	@$(BIN)/ruff format --quiet src tests
	@$(BIN)/ruff check --quiet --fix src tests

stop:  ## End the server, the worker and PostgreSQL
	@if [ -x $(BIN)/sameboat ]; then $(BIN)/sameboat stop; else echo "Nothing was running."; fi

clean: stop  ## Remove what can be made again; the data folder stays
	@rm -rf .venv .tools .browser .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache .import-linter.log .migrations.log $(MO)

$(UV):
	@echo "Tools: uv ..."
	@"$(PYTHON)" -m venv .tools > /dev/null 2>&1 \
		&& .tools/bin/pip install -q --disable-pip-version-check 'uv>=0.9,<1' \
		|| { rm -rf .tools && "$(PYTHON)" -m pip install -q --disable-pip-version-check \
			--target .tools/lib 'uv>=0.9,<1' 2> /dev/null \
			&& mkdir -p .tools/bin && ln -s ../lib/bin/uv $(UV); } \
		|| { rm -rf .tools; \
			echo "uv could not be installed; Python's venv or the network is missing:" \
				"apt-get install python3-venv"; exit 1; }

.venv/synced: $(UV) uv.lock pyproject.toml
	@echo "Packages ..."
	@$(UV) sync --quiet --frozen --extra server
	@touch $@

%.mo: %.po .venv/synced
	@$(BIN)/pybabel --quiet compile -i $< -o $@

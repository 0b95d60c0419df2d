# make serve   set up, then the API and the pages on http://127.0.0.1:8000
# make test    set up, then every test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# A third of a compiled tree is never imported: Python compiles what is, once, when it is.
INSTALL := $(PIP) install --no-compile --require-hashes --no-deps --only-binary :all: --no-binary flashtext
COMPILE := $(BIN)/python -c 'import pathlib, nlp.bulk, nlp.tagger, service.importing, service.serving; nlp.tagger.Tagger.load(pathlib.Path("models"))'
RUN_STAMP := $(VENV)/.run-stamp
DEV_STAMP := $(VENV)/.dev-stamp

# Else every process would compile anew what it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve install test check notebooks docs lock clean

serve: $(RUN_STAMP)
	$(BIN)/bazkhord serve

install: $(RUN_STAMP)

test: $(DEV_STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(DEV_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

notebooks: $(DEV_STAMP)
	$(BIN)/python -m pytest --nbmake --nbmake-timeout 300 -n 2 notebooks

docs: $(DEV_STAMP)
	$(BIN)/python -P tests/reference.py  # else tests/nlp stood before nlp

# The locks serve Python 3.11 to 3.13 and name no registry; needs uv.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--override requirements/overrides.txt pyproject.toml -o requirements/run.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--override requirements/overrides.txt --group dev pyproject.toml -o requirements/dev.lock

# What can be made again: not data/, where the desk keeps its comments and corrections.
clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Bazkhord needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.11 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): requirements/run.lock pyproject.toml | $(BIN)/python
	$(INSTALL) -r requirements/run.lock
	$(PIP) install --no-deps --editable .
	@find $(VENV)/lib -type d -name tests -path '*/site-packages/*' -prune -exec rm -rf {} +  # of numpy, scipy, scikit-learn
	@$(COMPILE)  # before anybody waits
	touch $@

$(DEV_STAMP): requirements/dev.lock pyproject.toml | $(BIN)/python
	$(INSTALL) -r requirements/dev.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@$(COMPILE)
	touch $@ $(RUN_STAMP)

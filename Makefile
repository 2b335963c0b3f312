# Everything runs from a checkout: a venv in .venv, the wheel in build/wheelhouse.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WHEELHOUSE := build/wheelhouse
UNAUDITED := build/unaudited
SOURCES := $(shell find initd shim preload -name '*.py' -o -name '*.c' -o -name '*.h' -o -name '*.toml' -o -name '*.pyi') setup.py pyproject.toml README.md docs/initd.1

.PHONY: test lint check demo bench docs wheel image-wheels apt schema clean

# What CI and a person run: everything, ending with pytest's closing line.
test: apt lint $(VENV)/installed $(WHEELHOUSE)/for-images
	INITD_WHEELHOUSE=$(abspath $(WHEELHOUSE)) $(BIN)/pytest tests

# The same without an engine and without the slow programs: seconds.
check: lint $(VENV)/installed
	$(BIN)/pytest tests/unit tests/process tests/preload tests/wheel

lint: $(VENV)/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy initd shim/build.py preload/build.py tests examples benchmarks docs/generate.py docs/generate_keys.py docs/generate_hostnames.py

demo: $(VENV)/installed
	$(BIN)/python examples/demo/demo.py

bench: $(VENV)/installed
	$(BIN)/python benchmarks/run.py --initd $(BIN)/initd --write docs/benchmarks.md
	$(BIN)/python benchmarks/measure_config.py --initd $(BIN)/initd --write docs/configuration.md

# What the docs have from the code: the man page, the table of options.
docs: $(VENV)/installed
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/generate_keys.py
	$(BIN)/python docs/generate_hostnames.py

# One wheel for every Python from 3.11 on, and for every glibc that auditwheel finds it fit for.
wheel: $(WHEELHOUSE)/built

# Debian's packages, where this is Debian and we may: compilers, the engine, its runtimes.
apt:
	.ci/apt

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/tools: $(BIN)/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check $$($(BIN)/python -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb")); print(*(repr(name) for name in project["project"]["optional-dependencies"]["test"] + project["project"]["dependencies"] + project["build-system"]["requires"]))' | tr -d "'")
	touch $@

$(WHEELHOUSE)/built: $(VENV)/tools $(SOURCES)
	rm -rf build/lib* build/bdist* build/scripts* build/temp* $(UNAUDITED) $(WHEELHOUSE)/initd-*.whl
	$(BIN)/pip wheel --quiet --disable-pip-version-check --no-build-isolation --no-deps --wheel-dir $(UNAUDITED) .
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/auditwheel repair --wheel-dir $(WHEELHOUSE) $(UNAUDITED)/initd-*.whl
	touch $@

$(VENV)/installed: $(WHEELHOUSE)/built
	$(BIN)/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps $(WHEELHOUSE)/initd-*.whl
	touch $@

# For the test image's Python (Debian 12: 3.11), whatever Python runs the tests.
$(WHEELHOUSE)/for-images: $(WHEELHOUSE)/built
	$(BIN)/pip download --quiet --disable-pip-version-check --dest $(WHEELHOUSE) --only-binary :all: \
		--python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none \
		--platform manylinux_2_17_$$(uname -m) --platform manylinux2014_$$(uname -m) \
		cffi h11 msgspec prometheus_client psutil structlog
	touch $@

# The shape of initd.toml, for editors; a test holds it to the model.
schema: $(VENV)/installed
	$(BIN)/python -c 'import json, msgspec; from initd.config.model import Configuration as C; print(json.dumps(msgspec.json.schema(C), indent=2))' > initd/config.schema.json

clean:
	rm -rf build .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

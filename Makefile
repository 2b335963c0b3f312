# Everything runs from a checkout: a venv in .venv, the wheel in build/wheelhouse. Whatever the
# umask, both are for all to read: tests run what is in them as other users.

PYTHON ?= python3
VENV := .venv
# Of the version whose static library the one file is linked from: its modules are compiled by it.
ONE_PYTHON := /usr/bin/python3.11
MACHINE := $(shell uname -m)
ONE_PREFIX := build/one/prefix
PACKING := $(wildcard onefile/package/*.py) $(addprefix onefile/,current.py dist.py notices.py sbom.py wheel.py)
ONE_SOURCES := $(filter-out $(PACKING),$(shell find onefile -name '*.py' -o -name '*.c' -o -name '*.h' -o -name '*.lock'))
BIN := $(VENV)/bin
# What is published, and what a checkout installs for itself.
WHEELS := build/wheels
WHEELHOUSE := build/wheelhouse
UNAUDITED := build/unaudited
SDIST := build/sdist
DIST := build/dist
SOURCES := $(shell find initd shim preload -name '*.py' -o -name '*.c' -o -name '*.h' -o -name '*.toml' -o -name '*.pyi') setup.py pyproject.toml requirements.txt README.md docs/initd.1 initd/config.schema.json

.PHONY: one one-aarch64 one-x86_64 one-updates test-one test lint check fuzz campaign demo bench bench-asleep bench-fleet bench-monitor bench-one-file bench-quick docs figures figures-one-file wheel apt schema clean sdist dist

# What CI and a person run: everything, ending with pytest's closing line. Most tests wait for most of
# their time, so three workers are faster than two on two cores; with four some have too little time
# (tests/schedule/lanes.py).
# What is built and looked at before that is two jobs at a time, each with its output in one piece.
WORKERS ?= 3
test: apt
	$(MAKE) --jobs=2 --output-sync lint $(VENV)/installed one one-aarch64 $(WHEELHOUSE)/for-images
	$(MAKE) sdist wheel
	TESTS_WHEELHOUSE=$(abspath $(WHEELHOUSE)) $(BIN)/pytest -n $(WORKERS) tests

# The same without an engine and without the slow programs: seconds.
check: lint $(VENV)/installed one wheel sdist
	$(BIN)/pytest tests/unit tests/process tests/preload tests/fuzz tests/campaign tests/wheels

lint: $(VENV)/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy initd shim/build.py shim/profile_table.py preload/build.py onefile tests examples benchmarks docs/generate.py docs/generate_keys.py docs/generate_hostnames.py docs/generate_schema.py
	PYTHON=$(BIN)/python .ci/lint-c

# The fuzz targets for longer than the seconds that the tests give them: FUZZ_SECONDS each.
FUZZ_SECONDS ?= 300
fuzz: $(VENV)/tools
	.ci/apt clang libclang-rt-dev
	TESTS_FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/pytest tests/fuzz

# Faults, load and hostile input, by a seed: eleven minutes with 300 of them, and then docs/limits.md has the
# figures. One failure again: make campaign SEEDS=1 FIRST=1234 KINDS=histories
SEEDS ?= 300
FIRST ?= 1
KINDS ?=
campaign: $(VENV)/installed
	.ci/apt gcc libc6-dev tini dumb-init
	TESTS_CAMPAIGN_SEEDS=$(SEEDS) TESTS_CAMPAIGN_FIRST=$(FIRST) TESTS_CAMPAIGN_KINDS="$(KINDS)" \
		TESTS_CAMPAIGN_AT_ONCE=8 \
		TESTS_CAMPAIGN_PAGE=$(if $(filter 300:1:,$(SEEDS):$(FIRST):$(KINDS)),docs/limits.md) \
		$(BIN)/pytest tests/campaign

demo: $(VENV)/installed
	$(BIN)/python examples/demo/demo.py

# Every init beside the others, and the page and plots about them: twenty minutes.
bench: $(VENV)/installed $(VENV)/bench $(WHEELHOUSE)/for-images
	$(BIN)/python benchmarks/run.py --initd $(BIN)/initd --wheels $(WHEELHOUSE) \
		--write docs/benchmarks.md --plots docs/plots --json build/benchmarks.json
	$(BIN)/python benchmarks/measure_config.py --initd $(BIN)/initd --write docs/configuration.md
	$(BIN)/python benchmarks/measure_secrets.py --initd $(BIN)/initd --write docs/secrets.md
	$(BIN)/python benchmarks/measure_discovery.py --initd $(BIN)/initd --write docs/discovery.md

# What pid 1 weighs and wakes while it sleeps, beside tini. Writes docs/asleep.md; nine minutes.
bench-asleep: build/initd $(VENV)/bench
	$(BIN)/python benchmarks/asleep.py --initd build/initd --write docs/asleep.md

# The one file beside the build before it, whose commit it builds: docs/one-file.md.
bench-one-file: build/initd $(VENV)/bench
	$(BIN)/python benchmarks/one_file.py --one build/initd --write docs/one-file.md

# What the monitor weighs, by what is asked of it. Writes docs/design.md.
bench-monitor: $(VENV)/installed $(VENV)/bench
	$(BIN)/python benchmarks/weigh_monitor.py --initd $(BIN)/initd --write docs/design.md

# From a commit to a fleet: herds at registries, a push, starts. Writes docs/fleet.md.
bench-fleet: build/initd $(VENV)/tools
	.ci/apt docker.io docker-registry nginx-light git curl
	$(BIN)/python benchmarks/measure_fleet.py --write docs/fleet.md

# Whether all of that works; the figures are worth nothing, and stay in build.
bench-quick: $(VENV)/installed $(VENV)/bench $(WHEELHOUSE)/for-images
	$(BIN)/python benchmarks/run.py --initd $(BIN)/initd --wheels $(WHEELHOUSE) --quick \
		--write build/benchmarks.md --plots build/plots --json build/benchmarks.json

# The inits to compare with, each if it is to be had: the page says which is not.
$(VENV)/bench: $(VENV)/tools pyproject.toml
	for package in tini dumb-init catatonit s6 runit supervisor; do .ci/apt $$package || true; done
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["bench"], sep="\n")' | \
		while read -r package; do $(BIN)/pip install --quiet --disable-pip-version-check "$$package" || true; done
	touch $@

# What a start costs, counted anew: the commit that has it says why.
figures: $(VENV)/installed
	TESTS_WRITE_FIGURES=1 $(BIN)/pytest tests/process/test_figures.py

figures-one-file: $(ONE_PREFIX)/bin/initd $(VENV)/installed
	TESTS_UNDER_TEST=$< TESTS_WRITE_FIGURES=1 $(BIN)/pytest tests/process/test_figures.py

# initd, its Python and its libraries as one static file, which needs nothing of its image: for
# this machine in build, and for another, `make one-aarch64`, in build/aarch64.
one: build/initd
one-aarch64 one-x86_64: one-%: build/%/initd

ONE_BUILD = $(ONE_PYTHON) -I -X no_debug_ranges onefile/build.py
build/initd: build/one-inputs/gathered build/one-inputs-$(MACHINE)/gathered $(SOURCES) $(ONE_SOURCES)
	$(ONE_BUILD) $(MACHINE) build/one-inputs $@

build/aarch64/initd build/x86_64/initd: build/%/initd: build/one-inputs/gathered build/one-inputs-%/gathered $(SOURCES) $(ONE_SOURCES)
	$(ONE_BUILD) $* build/one-inputs $@

build/one-inputs/gathered: $(VENV)/tools onefile/inputs.py onefile/debian.py onefile/requirements.lock
	.ci/apt python3.11-minimal libpython3.11-stdlib dpkg-dev
	$(BIN)/python -m onefile.inputs build/one-inputs
	touch $@

# What differs by machine. For its security updates: `make one-updates`.
build/one-inputs-%/gathered: $(VENV)/tools onefile/target_inputs.py onefile/target.py onefile/debian.py $(wildcard preload/*.py preload/*.c)
	.ci/apt $(if $(filter $*,$(MACHINE)),gcc binutils,gcc-$(subst _,-,$*)-linux-gnu)
	$(BIN)/python -m onefile.target_inputs $* build/one-inputs-$*
	touch $@

one-updates:
	rm -rf build/one-inputs build/one-inputs-*
	$(MAKE) one

# As if it were installed: the tests look for bin beside other directories.
$(ONE_PREFIX)/bin/initd: build/initd
	mkdir -p $(@D) && ln -f $< $@

# The process tests, with the one file in the place of the checkout's.
test-one: $(ONE_PREFIX)/bin/initd $(VENV)/installed
	TESTS_UNDER_TEST=$< $(BIN)/pytest tests/process tests/one \
		--ignore tests/one/test_process_suite.py

# What the docs have from the code: the man page, the table of options. The man page and the
# schema are part of the wheel, so it is installed again.
docs: $(VENV)/installed
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/generate_keys.py
	$(BIN)/python docs/generate_hostnames.py
	$(MAKE) $(VENV)/installed

# The wheels that are published, one of each file that is there: it contains that and needs nothing.
wheel: $(WHEELS)/packed

# The time of the commit, or what a ZIP begins with.
WHEN = $(shell git log -1 --format=%ct 2>/dev/null || echo 315532800)
OTHER := $(filter-out $(MACHINE),x86_64 aarch64)
OTHER_FILE := $(wildcard build/$(OTHER)/initd)
PACK = SOURCE_DATE_EPOCH=$(WHEN) $(BIN)/python -m onefile.wheel
$(WHEELS)/packed: $(VENV)/tools build/initd $(OTHER_FILE) $(PACKING) LICENSE pyproject.toml README.md docs/initd.1
	rm -rf $(WHEELS)
	$(PACK) build/initd $(MACHINE) $(WHEELS)
	$(if $(OTHER_FILE),$(PACK) $(OTHER_FILE) $(OTHER) $(WHEELS))
	touch $@

# The sources, from which pip builds the wheel where there is a compiler. An older list of
# files would be taken up again, so it goes first.
sdist: $(VENV)/tools
	rm -rf $(SDIST) *.egg-info
	mkdir -p $(SDIST)
	$(BIN)/python -c 'from setuptools.build_meta import build_sdist; build_sdist("$(SDIST)")' >build/sdist.log 2>&1 || { cat build/sdist.log; exit 1; }

# What a release consists of (docs/releasing.md): wheels, the files themselves, what is in them and
# under which licences, sources.
dist:
	.ci/release-check
	$(MAKE) one-updates
	$(MAKE) one-$(OTHER) sdist
	python3 -m onefile.current build/initd build/$(OTHER)/initd
	$(MAKE) wheel
	$(BIN)/python -m onefile.dist $(WHEELS) $(SDIST) $(DIST)

# Debian's packages, where this is Debian and we may: compilers, the engine, its runtimes.
apt:
	.ci/apt

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	umask 022 && $(PYTHON) -m venv $(VENV)

$(VENV)/tools: $(BIN)/python pyproject.toml requirements.txt
	umask 022 && $(BIN)/pip install --quiet --disable-pip-version-check $$($(BIN)/python -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb")); print(*(repr(name) for name in project["project"]["optional-dependencies"]["test"] + project["build-system"]["requires"]))' | tr -d "'") -r requirements.txt
	touch $@

# Of a checkout: for every Python from 3.11 on, and for every glibc that auditwheel finds it fit for.
$(WHEELHOUSE)/built: $(VENV)/tools $(SOURCES)
	rm -rf build/lib* build/bdist* build/scripts* build/temp* $(UNAUDITED) $(WHEELHOUSE)/initd*.whl
	umask 022 && $(BIN)/pip wheel --quiet --disable-pip-version-check --no-build-isolation --no-deps --wheel-dir $(UNAUDITED) .
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/auditwheel repair --wheel-dir $(WHEELHOUSE) $(UNAUDITED)/initd_runtime-*.whl
	touch $@

$(VENV)/installed: $(WHEELHOUSE)/built
	umask 022 && $(BIN)/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps $(WHEELHOUSE)/initd_runtime-*.whl
	touch $@

# For the test image's Python (Debian 12: 3.11), whatever Python runs the tests.
$(WHEELHOUSE)/for-images: $(WHEELHOUSE)/built
	$(BIN)/pip download --quiet --disable-pip-version-check --dest $(WHEELHOUSE) --only-binary :all: \
		--python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none \
		--platform manylinux_2_17_$$(uname -m) --platform manylinux2014_$$(uname -m) \
		-r requirements.txt
	touch $@

# The shape of initd.toml, for editors; a test holds it to the model.
schema: $(VENV)/installed
	$(BIN)/python docs/generate_schema.py
	$(MAKE) $(VENV)/installed

clean:
	rm -rf build .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

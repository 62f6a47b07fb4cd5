# The ways in: `make demo` to try it, `make test` to prove it; the README says more.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
# What was compiled once is kept, also where the machine's own settings say otherwise: a start takes half the time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo demo-fresh test proof bench lighthouse css lock

.venv/.made:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv || true
	touch $@

# uv installs the hashed lock in seconds; pip does the same, slower, where uv cannot be had.
define install
	if [ -x $(BIN)/uv ]; then $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1); \
	else $(BIN)/python -m pip install --quiet --require-hashes -r $(1); fi
endef

.venv/.run: .venv/.made requirements.txt pyproject.toml
	$(call install,requirements.txt)
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

.venv/.test: .venv/.run requirements-test.txt
	$(call install,requirements-test.txt)
	touch $@

demo: .venv/.run
	$(BIN)/surveybot demo --port $(PORT)

demo-fresh: .venv/.run
	rm -rf var/demo
	$(BIN)/surveybot demo --port $(PORT)

test: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist loadfile -rs

proof: .venv/.test # at most an hour
	$(BIN)/python -m pytest -n 2 --dist loadfile -rs --proof

bench: .venv/.test
	$(BIN)/python -m tests.bench

lighthouse: # needs npx and Chromium, and a running demo: make lighthouse URL=http://127.0.0.1:8000/r/...
	test -n "$(URL)"
	mkdir -p var
	CHROME_PATH="$${CHROME_PATH:-$$(command -v chromium || command -v chromium-browser)}" npx --yes lighthouse@12 "$(URL)" --quiet \
		--output=html --output-path=var/lighthouse.html --chrome-flags="--headless --no-sandbox --disable-gpu"

css: # needs npm; the result is committed
	npm install --silent --no-save --prefix var/css sass@1 govuk-frontend@6
	var/css/node_modules/.bin/sass --style=compressed --no-source-map --no-charset --quiet-deps \
		--load-path=var/css/node_modules surveybot/web/css/student.scss surveybot/web/static/student.css

lock: # needs uv; no registry's address stands in the result
	uv pip compile --quiet --universal --no-header --no-annotate --no-emit-index-url --generate-hashes --python-version 3.11 pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --no-header --no-annotate --no-emit-index-url --generate-hashes --python-version 3.11 --extra test -c requirements.txt pyproject.toml -o requirements-test.txt

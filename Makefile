# Two commands do everything: `make demo` and `make test`. Each sets itself up in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test lint smoke record soak bench lock clean

help:
	@echo "make demo    read the calls in fixtures/calls with the embedded model and print the table"
	@echo "make test    run every test (no network needed after the installation)"
	@echo "make lint    ruff, mypy --strict, import contracts"
	@echo "make smoke   the embedded model over two short calls"
	@echo "make record  record the model traffic of the end-to-end tests again"
	@echo "make soak    the tests that take minutes: 10,000 calls from a server full of faults"
	@echo "make bench   this project beside others on the same model, and cost as calls grow (takes hours)"
	@echo "make lock    pin the dependencies again (requirements.lock)"

# The lock has hashes, so that what is installed is what was tested.
.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

demo: .venv/installed
	$(BIN)/bant extract fixtures/calls --form fixtures/calls/form.yaml --out bant-out
	@echo "The proof for one of them: $(BIN)/bant show bakery-group"

test: .venv/installed
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

smoke: .venv/installed
	$(BIN)/bant extract fixtures/calls/wrong-number.txt fixtures/calls/bakery-group.txt \
		--form fixtures/calls/form.yaml --out .venv/smoke
	$(BIN)/python tests/check_smoke.py .venv/smoke/records.jsonl fixtures/calls

record: .venv/installed
	$(BIN)/python -m pytest tests/test_end_to_end.py --record-mode=rewrite

soak: .venv/installed
	$(BIN)/python -m pytest -m soak

# LangExtract needs older packages than this project: it works in an environment of its own.
.venv-bench/installed: pyproject.toml
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet "pip>=25.1"
	.venv-bench/bin/python -m pip install --quiet --group bench
	@touch $@

bench: .venv/installed .venv-bench/installed
	$(BIN)/python -m bench.side_by_side
	$(BIN)/python -m bench.growth
	$(BIN)/python -m bench.results

lock: .venv/installed
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra local --group test --group lint --group build --universal \
		--python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock

clean:
	rm -rf .venv bant-out

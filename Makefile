# Every target prepares .venv first; when nothing changed that takes a moment and no network.
# PYTHON=/path/to/python3.12 chooses the interpreter .venv is made from.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
BOOTSTRAP = $(or $(PYTHON),$(error Netdraft needs Python 3.11 or newer; none is on PATH)) .ci/bootstrap.py
PY = .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test check peers fuzz bench screenshots docs gallery schema clean

help:
	@echo 'make run          open the window (ARGS="net.json --image photo.jpg" are passed on);'
	@echo '                  without a display: summary, feature maps and a picture in build/demo/'
	@echo 'make test         make check, then every test'
	@echo 'make check        lint, formatting, types, import contracts'
	@echo 'make peers        set up PyTorch and Keras for the tests that run generated calls in them (about 800 MB)'
	@echo 'make fuzz         random acts on the real window (SECONDS=600, SEED=7; ARGS="--shrink" looks for fewer acts)'
	@echo 'make bench        measure: start-up, edits, forward passes, memory'
	@echo 'make screenshots  draw the pictures of the documentation again'
	@echo 'make docs         build the documentation into build/docs/: guides, Python, a page for every layer'
	@echo 'make gallery      write docs/gallery.md and resources/gallery.json anew, after a network of the gallery has changed'
	@echo 'make schema       write resources/netdraft.schema.json anew, after a layer or a field has changed'
	@echo 'make clean        remove .venv, .peers, build/ and every cache'

run:
	@$(BOOTSTRAP) --window
	@$(PY) main.py $(ARGS)

check:
	@$(BOOTSTRAP) --extra dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-cache

peers:
	@$(BOOTSTRAP) --extra dev
	@$(PY) .ci/peers.py

# Bytecode is kept even where the environment forbids it: each worker imports every test, and some hundred tests start
# the program anew. A worker that has nothing left takes over half of what the slowest one still has to do.
test: export PYTHONDONTWRITEBYTECODE =
test: check
	@$(PY) .ci/peers.py --in-ci
	$(PY) -m pytest --numprocesses=auto --maxprocesses=8 --dist=worksteal $(ARGS)

fuzz:
	@$(BOOTSTRAP) --extra dev
	$(PY) -m tests.fuzz --seconds $(or $(SECONDS),600) $(if $(SEED),--seed $(SEED)) $(ARGS)

bench:
	@$(BOOTSTRAP) --extra bench
	$(PY) -m benchmarks $(ARGS)

screenshots:
	@$(BOOTSTRAP)
	$(PY) docs/screenshots.py

docs:
	@$(BOOTSTRAP) --extra docs
	$(PY) docs/make_site.py

gallery:
	@$(BOOTSTRAP)
	$(PY) docs/make_gallery.py

schema:
	@$(BOOTSTRAP)
	$(PY) -m designer.files.schema

clean:
	rm -rf .venv .peers build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

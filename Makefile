# Một Cửa: `make run` and `make test` do everything, from nothing. Both are safe to interrupt and to run again.
.DEFAULT_GOAL := help
.PHONY: help run demo test check fix lock models evaluate load clean

help:            ## show this list
	@awk -F':.*## ' '/^[a-z]+:.*##/ {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run:             ## set up, then serve on http://localhost:8080
	@scripts/setup
	@MALLOC_ARENA_MAX=2 .venv/bin/motcua serve

demo:            ## set up, fill var/demo with a made-up day, then serve it
	@scripts/setup
	@MALLOC_ARENA_MAX=2 .venv/bin/motcua demo

test:            ## set up, then run all tests this machine can run
	@scripts/setup dev
	@.venv/bin/python -m pytest

check:           ## format, lint, types, import layers, lock
	@scripts/setup dev
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

fix:             ## let ruff mend what it can
	@scripts/setup dev
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

evaluate:        ## measure the regression questions; fails below the floor, which only rises
	@scripts/setup dev
	@MOTCUA_DATA=var/evaluate .venv/bin/motcua evaluate tests/questions/regression.jsonl --floor 0.948
	@MOTCUA_DATA=var/evaluate .venv/bin/motcua evaluate tests/questions/hard.jsonl --floor 0.82
	@MOTCUA_DATA=var/evaluate .venv/bin/motcua evaluate tests/questions/wild.jsonl --floor 0.745

load:            ## load the server beside Rasa's own, with 1, 10 and 50 citizens at once
	@scripts/setup dev
	@.venv/bin/python benchmarks/load.py

models:          ## add the extra `models` (torch, sentence-transformers) to .venv
	@scripts/setup dev
	@scripts/setup-models

lock:            ## lock the versions again after a change of pyproject.toml
	@scripts/setup dev
	.venv/bin/uv pip compile -q --no-header --generate-hashes pyproject.toml -o requirements.lock
	.venv/bin/uv pip compile -q --no-header --generate-hashes pyproject.toml --group dev -o requirements-dev.lock

clean:           ## remove what was installed and built (not var/, where the data lives)
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .rasa

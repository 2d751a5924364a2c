# Thin names for `python3 oms ...`, which needs nothing but Python 3.11 to 3.13.
# Options: make demo ARGS="--no-serve", make test ARGS="tests/orders -k cancel", make PYTHON=python3.12 demo

PYTHON ?= python3
ARGS ?=

.PHONY: help demo test check openapi clean

help:
	@$(PYTHON) oms --help

demo test check openapi clean:
	@$(PYTHON) oms $@ $(ARGS)

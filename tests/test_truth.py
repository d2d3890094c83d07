#!/usr/bin/env python3
"""Holds verdicts against a generated world of which everything is known: tests/truth. `make truth`
does the same at length."""

import os
import sys

sys.dont_write_bytecode = True
import harness

sys.path.insert(0, os.path.join(harness.TESTS, "truth"))
import measure

sys.exit(measure.main(["--errors", "18000", "--seed", "1000", "--program", harness.program()]))

"""Benchmarks: designs × estimators × seeds, measured, kept as CSV, and shown from the CSV only.

``python -m benchmarks NAME`` from the root of a checkout, or ``robustgan benchmark NAME``. One
question a file in ``suites``; ``harness`` runs them, ``measures`` says what an error is, ``peers``
holds everything that is compared, ``results`` what came out.
"""

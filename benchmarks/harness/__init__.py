"""The harness: cells of a suite to rows of a file, and the file to tables and figures.

It knows processes, time limits and files. It does not know any estimator, nor what is measured.
"""

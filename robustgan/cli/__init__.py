"""The command line: ``robustgan fit``, ``score``, ``explain``, ``simulate`` and ``benchmark``.

It knows files, terminals and the public names. It does not know how anything is estimated, and
loads torch only when a fit begins or is read.
"""

from robustgan.cli.command import main

__all__ = ["main"]

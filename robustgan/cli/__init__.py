"""The command line: ``robustgan fit`` and ``robustgan simulate``.

It knows files, terminals and the public names. It does not know how anything is estimated, and
loads torch only when a fit begins.
"""

from robustgan.cli.command import main

__all__ = ["main"]

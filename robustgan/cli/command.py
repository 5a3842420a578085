"""The entry point: run a subcommand, and turn what goes wrong into one line and a status."""

import os
import sys
from collections.abc import Sequence

from robustgan.cli.errors import FitError, InputError, one_line
from robustgan.cli.parser import build_parser

_FAILED = 1
_BAD_INPUT = 2
_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, default=None
        The arguments without the program's name; None takes those of the process.

    Returns
    -------
    status : int
        0 if all went well, 1 if the fit failed, 2 if the input was bad, 130 after Ctrl-C.
    """
    arguments = build_parser().parse_args(argv)
    try:
        status = int(arguments.run(arguments))
        sys.stdout.flush()
    except InputError as error:
        print(f"robustgan: {one_line(error)}", file=sys.stderr)
        return _BAD_INPUT
    except FitError as error:
        print(f"robustgan: {one_line(error)}", file=sys.stderr)
        return _FAILED
    except MemoryError as error:
        print(f"robustgan: not enough memory: {one_line(error)}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader, such as head, has seen enough: say nothing at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status

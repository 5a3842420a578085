"""Let ``python -m robustgan.cli`` do what the command ``robustgan`` does."""

import sys

from robustgan.cli.command import main

sys.exit(main())

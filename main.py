"""Start Netdraft from a checkout: ``python main.py`` does what the installed command ``netdraft`` does."""

from __future__ import annotations

import sys

from designer.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

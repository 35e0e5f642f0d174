"""`python -m riskwatch`."""

import sys

from riskwatch.entrypoints.cli import main

sys.exit(main())

"""riskwatch tells the right person when a child at risk has not been seen in time."""

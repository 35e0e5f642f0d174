"""Tests of the letters' wording and wire form."""

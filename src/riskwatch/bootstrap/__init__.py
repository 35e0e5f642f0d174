"""The one place where objects are made and joined.

A module for each kind of thing to be joined, so that a simulation need not load the databases.
"""

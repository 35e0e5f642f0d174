"""What holds for every test: how many examples a property is tried on."""

from hypothesis import settings

from tests.effort import examples

settings.register_profile("every run", max_examples=examples(40))
settings.load_profile("every run")

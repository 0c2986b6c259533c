"""Runs that go on until what their scenarios expect is settled, by tests that may be looked at after every step."""

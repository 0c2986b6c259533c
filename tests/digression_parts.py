"""What the tests of digressions share: a talk between two people with assigned personas."""

from __future__ import annotations

LIKES_DOGS = (
    ("P1", "hi , how are you doing today ?"),
    ("P2", "i am good . i just walked my two dogs in the park ."),
    ("P1", "i love dogs ! what kind of dogs do you have ?"),
    ("P2", "they are both labradors . one of them is just a puppy ."),
)

PERSONAS = {"P1": "crowd worker with an assigned persona", "P2": "crowd worker with an assigned persona"}

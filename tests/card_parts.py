"""Short ways to make judge cards."""

from __future__ import annotations

from typing import Any

from judges.card import JudgeCard, Measurement, Source


def measurement(**more: Any) -> Measurement:
    """AUC .99 [.98, 1.0] on planted flips, trained on other folds."""
    figures: dict[str, Any] = {
        "what": "planted flips",
        "data": "human_service",
        "metric": "AUC",
        "value": 0.99,
        "ci_low": 0.98,
        "ci_high": 1.0,
        "n": 2000,
        "clusters": 150,
        "trained_on": "other folds",
    }
    return Measurement(**(figures | more))


def card(**more: Any) -> JudgeCard:
    """A card of role_flip with one figure; any field may be replaced."""
    content: dict[str, Any] = {
        "schema": "simstress/card@1",
        "judge": "role_flip",
        "version": "1",
        "fingerprint": "0" * 64,
        "finds": "a turn that speaks from another participant's role",
        "unit": "a probability",
        "threshold": "0.9",
        "measurements": (measurement(),),
        "blind_spots": ("English only",),
        "sources": (Source(data="human_service", origin="nowhere", licence="CC0", used_for="measuring"),),
    }
    return JudgeCard(**(content | more))

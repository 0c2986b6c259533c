"""How the calls of a run are made: made again when they fail in passing, at the provider's pace, within the budget."""

from __future__ import annotations

from sims.backends.backend import Backend, is_offline
from sims.backends.catalogue import address_of, open_backend, token_prices_usd
from sims.budget import Budgeted, Purse
from sims.cache import Cached, ReplyCache
from sims.commitments import Commitments
from sims.limits import MOST_AT_ONCE
from sims.manifest import KEPT_CHANGES, Manifest, Pace, RunSettings
from sims.pacing import Paced, Pacer
from sims.retry import Retrying, RetryPolicy
from sims.run_folder import RunFolder


class Calling:
    """Opens the backends of one run; what it learns of a provider's pace and what it spends is shared by all of them.

    `purse` is what they are paid from, by default a full one of the settings' budget that keeps no ledger;
    `commitments` say which conversations may begin. Offline backends cost nothing and are never held up.

    Raises:
        SimstressError: the folder of remembered replies cannot be used.
    """

    def __init__(
        self, settings: RunSettings, *, max_connections: int = MOST_AT_ONCE, purse: Purse | None = None
    ) -> None:
        self._settings, self._max_connections = settings, max_connections
        self._policy = RetryPolicy(max_attempts=settings.max_attempts)
        self._pacers: dict[str, Pacer] = {}
        self._pace_before: dict[str, Pace] | None = None
        self.purse = purse or Purse(settings.budget_usd)
        self.commitments = Commitments(self.purse, price=token_prices_usd)
        self._cache = ReplyCache(settings.cache) if settings.cache else None

    def backend(self, model: str) -> Backend:
        """The backend of one model of an agent.

        Raises:
            UsageError: the model string names no backend.
        """
        return self.backend_at(self._settings.api_base, model)

    def backend_at(self, api_base: str | None, model: str) -> Backend:
        """The backend of a model that is served at that address; None is its provider's own.

        Raises:
            UsageError: the model string names no backend.
        """
        backend = open_backend(model, api_base=api_base, timeout_s=self._settings.timeout_s)
        if is_offline(model):
            return backend
        address = address_of(model, api_base)
        backend = Budgeted(Paced(backend, self._pacer(model, address)), self.purse, price=token_prices_usd)
        backend = Retrying(backend, policy=self._policy)
        return Cached(backend, self._cache, api_base=address) if self._cache else backend

    def backends(self, manifest: Manifest) -> dict[str, Backend]:
        """A backend for every model of the run's grid.

        Raises:
            UsageError: a model string names no backend.
        """
        return {model: self.backend(model) for model in manifest.grid.model_strings}

    @property
    def pace(self) -> dict[str, Pace]:
        """How many calls each provider took at once, by provider; none before its first call."""
        return {provider: pacer.pace for provider, pacer in sorted(self._pacers.items()) if pacer.pace.calls}

    def note_pace(self, folder: RunFolder) -> None:
        """Put what was learnt of the providers' pace into the run's manifest, behind that of earlier sessions."""
        if self.pace:
            manifest = folder.read_manifest()
            if self._pace_before is None:
                self._pace_before = manifest.pace
            folder.write_manifest(manifest.model_copy(update={"pace": _joined(self._pace_before, self.pace)}))

    def _pacer(self, model: str, address: str | None) -> Pacer:
        """The one for all models of a provider at an address."""
        provider = model.strip().partition("/")[0] + (f" at {address}" if address else "")
        if provider not in self._pacers:
            self._pacers[provider] = Pacer(provider, most=self._max_connections, max_wait_s=self._policy.max_wait_s)
        return self._pacers[provider]


def _joined(before: dict[str, Pace], now: dict[str, Pace]) -> dict[str, Pace]:
    """The pace of a run over all its sessions."""
    joined = dict(before)
    for provider, pace in now.items():
        earlier = before.get(provider, Pace(calls=0, rate_limited=0, limit=pace.limit))
        joined[provider] = Pace(
            calls=earlier.calls + pace.calls,
            rate_limited=earlier.rate_limited + pace.rate_limited,
            limit=pace.limit,
            changes=(*earlier.changes, *pace.changes)[-KEPT_CHANGES:],
        )
    return joined

"""A folder of remembered replies on disk: bytes under keys, safe for several processes and for one that is killed.

LMDB keeps them. A machine that loses its power may lose the newest entry, never the folder.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakValueDictionary

import lmdb

from sims.errors import OutputError, UsageError

SCHEMA = b"simstress/cache@1"
_DATA_FILE = "data.mdb"
_SCHEMA_KEY = b"schema"
_FIRST_SIZE_BYTES = 16 * 2**20
_OPEN: WeakValueDictionary[Path, ReplyStore] = WeakValueDictionary()


class StoreFault(Exception):  # noqa: N818 - one of ours, as in `sims.errors`
    """The store cannot be read or written any more: a full disk, a damaged file."""


class ReplyStore:
    """The entries of one folder. Made by `open_store`, since a process may open a folder only once."""

    def __init__(self, path: Path, environment: lmdb.Environment) -> None:
        self.path = path
        self._environment = environment
        self._lock = threading.Lock()

    def get(self, key: bytes) -> bytes | None:
        """What is kept under the key, or None.

        Raises:
            StoreFault: the folder cannot be read.
        """
        with self._transaction() as transaction:
            return transaction.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        """Keep a value; the folder grows as it needs to.

        Raises:
            StoreFault: it cannot be written; what was there is unchanged.
        """
        while True:
            try:
                with self._transaction(write=True) as transaction:
                    transaction.put(key, value)
                return
            except _TooSmall:
                self._grow()

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Every key with its value, in the order of the keys.

        Raises:
            StoreFault: the folder cannot be read.
        """
        with self._transaction() as transaction:
            yield from ((key, value) for key, value in transaction.cursor() if key != _SCHEMA_KEY)

    def delete(self, keys: Iterable[bytes]) -> None:
        """Forget what is kept under the keys; the space is used again, the file does not shrink.

        Raises:
            StoreFault: the folder cannot be written; nothing is forgotten.
        """
        doomed = list(keys)
        while True:
            try:
                with self._transaction(write=True) as transaction:
                    for key in doomed:
                        transaction.delete(key)
                return
            except _TooSmall:
                self._grow()

    @property
    def size_bytes(self) -> int:
        """What the folder takes on disk."""
        return (self.path / _DATA_FILE).stat().st_blocks * 512

    @contextmanager
    def _transaction(self, *, write: bool = False) -> Iterator[lmdb.Transaction[bytes]]:
        with self._lock:
            try:
                with self._begun(write=write) as transaction:
                    yield transaction
            except lmdb.MapFullError as error:
                raise _TooSmall from error
            except (lmdb.Error, OSError) as error:
                raise StoreFault(f"{self.path}: {error}") from error

    def _begun(self, *, write: bool) -> lmdb.Transaction[bytes]:
        """A transaction, after taking over the size that another process gave the folder."""
        try:
            return self._environment.begin(write=write)
        except lmdb.MapResizedError:
            self._environment.set_mapsize(0)
            return self._environment.begin(write=write)

    def _grow(self) -> None:
        with self._lock:
            try:
                self._environment.set_mapsize(2 * self._environment.info()["map_size"])
            except (lmdb.Error, OSError) as error:
                raise StoreFault(f"{self.path}: cannot grow: {error}") from error


class _TooSmall(Exception):  # noqa: N818
    """The map has to grow before the transaction fits."""


def open_store(path: str | Path, *, must_exist: bool = False) -> ReplyStore:
    """The store in a folder, which is made where it is not there, unless it `must_exist`.

    Raises:
        UsageError: the folder holds something else, or no store where there must be one.
        OutputError: it cannot be made, read or written.
    """
    folder = Path(path).absolute()
    if (store := _OPEN.get(folder)) is None:
        _check_folder(folder, must_exist=must_exist)
        store = _opened(folder)
        _OPEN[folder] = store
    return store


def _check_folder(folder: Path, *, must_exist: bool) -> None:
    try:
        names = {path.name for path in folder.iterdir()} if folder.exists() else set()
    except OSError as error:
        raise UsageError(f"{folder}: no cache: {error.strerror}; name a folder") from error
    if _DATA_FILE in names or not (must_exist or names):
        return
    hint = "name the folder that was given to --cache" if must_exist else "give --cache a new or empty folder"
    raise UsageError(f"{folder}: there is no cache of replies here; {hint}")


def _opened(folder: Path) -> ReplyStore:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_new = not (folder / _DATA_FILE).exists()
        environment = lmdb.Environment(os.fspath(folder), map_size=_FIRST_SIZE_BYTES, metasync=False)
        _make_whole(folder, environment)
        store = ReplyStore(folder, environment)
        if is_new:
            store.put(_SCHEMA_KEY, SCHEMA)
        schema = store.get(_SCHEMA_KEY)
    except lmdb.InvalidError as error:
        raise UsageError(f"{folder}: {_DATA_FILE} is damaged or no cache of replies; give another folder") from error
    except (lmdb.Error, OSError, StoreFault) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise OutputError(f"{folder}: the cache cannot be opened: {why}; give --cache another folder") from error
    if schema != SCHEMA:
        raise UsageError(f"{folder}: {_DATA_FILE} is no cache of this version of simstress; give another folder")
    return store


def _make_whole(folder: Path, environment: lmdb.Environment) -> None:
    """Give a file that was cut short its length back: reading past its end would kill the process, not raise."""
    file = folder / _DATA_FILE
    needed = (environment.info()["last_pgno"] + 1) * environment.stat()["psize"]
    if file.stat().st_size < needed:
        os.truncate(file, needed)

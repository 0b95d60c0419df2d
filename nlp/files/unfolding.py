"""A Parquet file, unfolded in a process of its own: a few kilobytes of one may be gigabytes, whatever it says of itself.

Run with the file as standard input, it writes lines of JSON: a list of the columns' names, a list for each row, and an
object with an `error` where the file is damaged. One that needs too much memory or time ends it by a signal.
"""

import json
import resource
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, cast

from nlp.files import cells

#: Rows that are unpacked at a time: a small file may say the same long text in every row. More rows are no faster.
_TOGETHER = 16
#: Far more than files of comments need, far less than a server has; of one batch, whose rows are larger once Python has them.
_MOST_BYTES, _MOST_TOGETHER = 2**30, 2**27
#: Of the rows that are unpacked together, which take some milliseconds.
_MOST_SECONDS = 30


def main() -> None:
    """Write what standard input holds."""
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        for rows in _told():
            signal.alarm(0)  # who reads may take his time
            _write(rows)
            signal.alarm(_MOST_SECONDS)
    except MemoryError:
        signal.raise_signal(signal.SIGABRT)  # as arro3 ends then
    except BaseException as error:
        # arro3 raises a bare `Exception`, or a panic, which is none at all
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        _write([{"error": str(error)}])


def _write(rows: Iterable[object]) -> None:
    for row in rows:
        sys.stdout.buffer.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def _told() -> Iterator[Iterable[list[Any]]]:
    from arro3.io import read_parquet

    signal.alarm(_MOST_SECONDS)
    file = open(0, "rb")  # noqa: SIM115  # it has no name
    file.seek(0)
    batches = read_parquet(file, batch_size=_TOGETHER)
    yield [list(batches.schema.names)]
    for batch in batches:
        if batch.nbytes > _MOST_TOGETHER:
            raise MemoryError
        columns = [_cells(column) for column in batch.columns]
        yield map(cells.plain, zip(*columns, strict=True))


def _cells(values: Any) -> list[Any]:
    try:
        return cast(list[Any], values.to_pylist())
    except ValueError:
        return [_cell(values, place) for place in range(len(values))]


def _cell(values: Any, place: int) -> Any:
    """Return a value, a moment that Python has none for by its text: databases write the year 10000 for ever."""
    from arro3.core import DataType

    try:
        return values[place].as_py()
    except ValueError:
        with suppress(Exception):  # arro3 has no other
            (told,) = values.slice(place, 1).cast(DataType.utf8()).to_pylist()
            return told
        raise  # within an object, which has no text


if __name__ == "__main__":
    main()

"""Data files that people edit: every mistake is named with its file and line, in Persian, all at once."""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from service.jalali import persian

Word = TypeVar("Word", bound=str)
_HEADER = re.compile(r"\[(?P<many>\[)?\s*(?P<name>[\w.\-\"]+)\s*\]")
_KEY = re.compile(r"(?P<name>[\w\-]+|\"[^\"]+\")(?:\s*\.\s*(?P<rest>[\w.\-]+))?\s*=")
#: Time to read a key grows with the square of its parts, and a line of a person is never so long.
_LONGEST_LINE = 2_000
#: What people get wrong in TOML, by the beginning of what its reader says of it.
_SYNTAX_FA = {
    "Invalid value": "پس از «=» مقدار درستی نیست",
    "Invalid statement": "این خط نه کلیدی است و نه نام بخشی",
    "Invalid initial character": "نام کلید با حرف لاتین، رقم یا گیومه آغاز می‌شود",
    "Expected '='": "پس از نام کلید «=» نیست",
    "Expected newline": "پس از پایان مقدار چیز دیگری هم نوشته شده است",
    "Expected ']": "نام بخش با «]» بسته نشده است",
    "Unclosed array": "«[» بسته نشده است",
    "Unclosed inline table": "«{» بسته نشده است",
    "Unterminated string": "گیومهٔ متن بسته نشده است",
    "Illegal character '\\n'": "گیومهٔ متن در همین خط بسته نشده است",
    'Expected "\'"': "گیومهٔ متن در همین خط بسته نشده است",
    "Unescaped '\\'": "«\\» در متن دو بار نوشته می‌شود",
    "Cannot overwrite": "این کلید پیش‌تر هم نوشته شده است",
    "Duplicate inline table key": "این کلید پیش‌تر هم نوشته شده است",
    "Cannot declare": "این بخش پیش‌تر هم نوشته شده است",
}
_AT_LINE = re.compile(r" ?\(at (?:line (?P<line>\d+), column \d+|end of document)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What is wrong in a file, and on which line (from 1); `aside` is what TOML or the system says of it, in English."""

    file: str
    line: int
    text: str
    aside: str = ""

    @property
    def detail(self) -> str:
        """The text with what stands beside it."""
        return f"{self.text} ({self.aside})" if self.aside else self.text

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.detail}"


class FileMistakes(ValueError):
    """A data file cannot be used; `mistakes` says why, line by line."""

    def __init__(self, mistakes: Collection[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)


class Source:
    """A parsed TOML text that remembers where its keys stand and gathers what is wrong with them."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        _check_lines(text, file)
        self._lines = _places(text)
        self._mistakes: list[Mistake] = []
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise FileMistakes([_syntax(error, text, file)]) from error
        except RecursionError as error:
            deep = Mistake(file=file, line=1, text="مقدارهای این پرونده بیش از اندازه تودرتو است.")
            raise FileMistakes([deep]) from error

    def wrong(self, path: str, text: str) -> None:
        """Note a mistake at a key such as `rules.2.when.urgency`, or at the nearest line that holds it."""
        line, place = 1, path
        while place:
            if place in self._lines:
                line = self._lines[place]
                break
            place = place.rpartition(".")[0]
        self._mistakes.append(Mistake(file=self.file, line=line, text=text))

    def check(self) -> None:
        """Raise `FileMistakes` when anything was wrong, in the order of the file."""
        if self._mistakes:
            raise FileMistakes(sorted(self._mistakes, key=lambda mistake: mistake.line))

    def table(self, raw: Mapping[str, Any], key: str, path: str) -> Mapping[str, Any]:
        """Return a table of the file, empty when it is missing or is no table."""
        value = raw.get(key, {})
        if isinstance(value, dict):
            return value
        self.wrong(path, f"«{key}» باید یک جدول باشد.")
        return {}

    def known(self, raw: Mapping[str, Any], allowed: Collection[str], path: str) -> None:
        """Refuse keys nobody reads: a typing error must not become a silent default."""
        for key in raw:
            if key not in allowed:
                choices = "، ".join(sorted(allowed))
                self.wrong(_under(path, key), f"کلید «{key}» شناخته‌شده نیست؛ یکی از این‌ها: {choices}")

    def text(self, raw: Mapping[str, Any], key: str, path: str, default: str | None = None) -> str:
        """Return a string that is not blank."""
        value = raw.get(key, default)
        if isinstance(value, str) and value.strip():
            return value
        self.wrong(_under(path, key), f"«{key}» باید رشته‌ای ناتهی باشد.")
        return default or "?"

    def flag(self, raw: Mapping[str, Any], key: str, path: str, *, default: bool) -> bool:
        """Return true or false."""
        value = raw.get(key, default)
        if not isinstance(value, bool):
            self.wrong(_under(path, key), f"«{key}» باید true یا false باشد.")
            return default
        return value

    def number(
        self, raw: Mapping[str, Any], key: str, path: str, default: float, *, low: float, high: float
    ) -> float:
        """Return a number within bounds."""
        value = raw.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.wrong(_under(path, key), f"«{key}» باید عددی از {low:.9g} تا {high:.9g} باشد.")
        return default

    def choice(self, value: object, allowed: Collection[Word], path: str, what: str) -> Word:
        """Return one of the allowed words; the first of them when it is none."""
        for word in allowed:
            if word == value:
                return word
        # no TOML value is None: it was left out
        told = "نوشته نشده است" if value is None else f"«{value}» شناخته‌شده نیست"
        self.wrong(path, f"{what} {told}؛ یکی از این‌ها: {'، '.join(allowed)}")
        return next(iter(allowed))

    def words(
        self, raw: Mapping[str, Any], key: str, path: str, allowed: Collection[str] | None = None
    ) -> tuple[str, ...]:
        """Return a list of strings, each of them allowed; a lone string counts as a list of one."""
        place = _under(path, key)
        value = raw.get(key, [])
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(word, str) and word for word in found):
            self.wrong(place, f"«{key}» باید فهرستی از رشته‌ها باشد.")
            return ()
        if key in raw and not found:
            self.wrong(place, f"«{key}» خالی است؛ آن را پر یا حذف کنید.")
        for word in found:
            if allowed is not None and word not in allowed:
                self.wrong(place, f"«{word}» برای «{key}» شناخته‌شده نیست؛ یکی از این‌ها: {'، '.join(allowed)}")
        return tuple(found)


def read(path: Path) -> Source:
    """Read a file; `FileMistakes` when it is missing, no UTF-8 or no TOML."""
    try:
        return Source(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        text = "پرونده خوانده نشد: یا نیست، یا اجازهٔ خواندن نیست، یا UTF-8 نیست."
        # a name that is no whole path leads elsewhere from another working directory
        mistake = Mistake(file=path.name, line=1, text=text, aside=f"{path.absolute()}: {_told(error)}")
        raise FileMistakes([mistake]) from error


def _told(error: OSError | UnicodeDecodeError) -> str:
    return error.reason if isinstance(error, UnicodeDecodeError) else error.strerror or str(error)


def _under(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _check_lines(text: str, file: str) -> None:
    said = f"این خط از {persian(_LONGEST_LINE)} نویسه بلندتر است."
    long = [
        Mistake(file=file, line=number, text=said)
        for number, line in enumerate(text.splitlines(), start=1)
        if len(line) > _LONGEST_LINE
    ]
    if long:
        raise FileMistakes(long)


def _syntax(error: tomllib.TOMLDecodeError, text: str, file: str) -> Mistake:
    at = _AT_LINE.search(str(error))
    line = int(at["line"]) if at and at["line"] else text.count("\n") + 1
    said = _AT_LINE.sub("", str(error))
    wrong = "دستور زبان TOML در این خط درست نیست"
    known = next((fa for start, fa in _SYNTAX_FA.items() if said.startswith(start)), None)
    if known is None:
        return Mistake(file=file, line=line, text=f"{wrong}.", aside=said)
    return Mistake(file=file, line=line, text=f"{wrong}: {known}.")


def _places(text: str) -> dict[str, int]:
    """Return the line of every header and key; entries of `[[rules]]` are `rules.0`, `rules.1` and so on."""
    places: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if header := _HEADER.match(stripped):
            table = _entered(header, counts)
            places.setdefault(table, number)
        elif key := _KEY.match(stripped):
            place = _under(table, key["name"].strip('"'))
            places.setdefault(place, number)
            if key["rest"]:
                places.setdefault(f"{place}.{key['rest']}", number)
    return places


def _entered(header: re.Match[str], counts: dict[str, int]) -> str:
    """Return the path of a header; `[rules.when]` belongs to the newest entry of `[[rules]]`."""
    name = header["name"].replace('"', "")
    if header["many"]:
        counts[name] = counts.get(name, -1) + 1
        return f"{name}.{counts[name]}"
    first, _, rest = name.partition(".")
    return f"{first}.{counts[first]}.{rest}" if first in counts else name

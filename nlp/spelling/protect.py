"""What spacing correction would break is set aside: addresses, numbers, emoticons, emoji and masks."""

import re

from nlp.pii import LABELS
from nlp.spelling.offsets import AnyDraft

#: Stands for one protected token; folding has dropped all private characters before.
HOLDER = "\ue000"
_TAIL = r"[^\s<>«»\"\u0600-\u06ff\u2190-\U0001faff]*"
_EMAIL = r"(?<![a-z0-9._%+@-])[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}"
_DOMAIN = r"(?<![a-z0-9.@-])(?:[a-z0-9-]{1,63}\.){1,5}(?:ir|com|net|org|io|app|shop|me)(?![a-z0-9-])"
_URL = rf"(?:https?://|www\.){_TAIL}|{_DOMAIN}(?:/{_TAIL})?"
#: What stands for no word of a language.
ADDRESS = re.compile(f"{_EMAIL}|{_URL}", re.IGNORECASE)
_NUMBER = r"\d+(?:[.,:/٫٬\-]\d+)*"
_EMOTICON = (
    r"(?<![a-z0-9_:;=])(?:[:;=]'?-?(?:[)(|/\\*]{1,9}|[dpo3])(?!\w)|x+d(?!\w)|<3|\^_?\^|\){2,9}|\({2,9})"
)
_SIGNS = r"\u2190-\u21ff\u2300-\u23ff\u2460-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff"
_EMOJI = f"[{_SIGNS}]"
_MASK = "|".join(map(re.escape, LABELS.values()))
#: The first look decides at most places that nothing begins there.
_PROTECTED = re.compile(
    rf"(?=[a-z0-9:;=<^()\[{_SIGNS}])(?:(?P<email>{_EMAIL})|(?P<url>{_URL})|(?P<number>{_NUMBER})|(?P<emoticon>{_EMOTICON})|(?P<emoji>{_EMOJI})"
    f"|(?P<pii>{_MASK}))"
)
_SUSPECT = re.compile(rf"[0-9a-z@:;=<^()\[{_SIGNS}]")
_HOLDER = re.compile(HOLDER)
_ROOM = re.compile(rf"[ \u200c]*{HOLDER}[ \u200c]*")
_LINE_EDGE = re.compile(r" *\n *")
#: One word each in the text that models read; alone they say nothing.
STANDS_FOR = {"email": "emailx", "url": "urlx", "pii": "piix"}


def set_aside(draft: AnyDraft) -> tuple[AnyDraft, list[str]]:
    """Return the text with a holder for every protected token, and the tokens in order."""
    tokens: list[str] = []
    if not _SUSPECT.search(draft.text):
        return draft, tokens

    def hold(match: re.Match[str]) -> str:
        kind = match.lastgroup or ""
        tokens.append(STANDS_FOR.get(kind) or _tidy(match[0], kind))
        return HOLDER

    return draft.sub(_PROTECTED, hold).spaced(_roomy), tokens


def put_back(draft: AnyDraft, tokens: list[str]) -> AnyDraft:
    """Return the text with its tokens again, each between spaces."""
    if not tokens:
        return draft
    waiting = iter(tokens)
    return draft.spaced(_roomy).sub(_HOLDER, lambda _: next(waiting))


def _tidy(token: str, kind: str) -> str:
    """Return an emoticon with one mouth: «:))))» is «:)»."""
    return re.sub(r"([)(|/\\*x])\1+", r"\1", token) if kind == "emoticon" and token[0] in ":;=x" else token


def _roomy(text: str) -> str:
    text = _ROOM.sub(f" {HOLDER} ", text).replace("  ", " ")
    return _LINE_EDGE.sub("\n", text).strip(" ") if "\n" in text else text.strip(" ")

"""Command lines as they may be shown: without passwords, tokens and what else somebody names.

A word tells by the name in front of its value that the value is secret: `--db-password=...`,
`API_TOKEN=...`, `Authorization: ...`, `?access_token=...`; or it is the word behind such an option.
Of a URL the password is taken out, too. A pattern of somebody's own is a word with stars: what they
stand for is not shown. Everything within a word that has blanks, such as a script of `sh -c`, is
looked at in the same way, up to the quote that a secret ends with, and so are lists within a word
(JSON, `Server=db;Password=...`). Only what is shown is changed, never what is run.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

HIDDEN = "***"
#: Parts of names, in small letters and without what joins words.
_SECRET = (
    *("password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey"),
    *("privatekey", "secretkey", "credential", "authorization", "cookie"),
)
_JOINTS = str.maketrans("", "", "-_. ")
_BLANKS = " \t\n"
_QUOTES = "'\""
#: Between the parts of a list.
_SEPARATORS = ",;{&"
#: Behind a word that a sentence quotes.
_BEHIND = "'\":,;.)"
#: With one of these, it is not a login any more.
_LOGIN_ENDS = frozenset("/?#@")
_NAMES_AT_MOST = 64


def redacted(words: Sequence[str], patterns: Sequence[str] = ()) -> tuple[str, ...]:
    """The words, with `***` where there was a secret."""
    found: list[str] = []
    follows = False
    for word in words:
        shown, follows = _masked(word, follows, patterns)
        found.append(shown)
    return tuple(found)


def without_secrets_of_urls(text: str) -> str:
    """A sentence that may quote what somebody wrote: a URL, several in one word, or what is left
    of one whose scheme has been read already (`user:***@host`)."""
    if "://" not in text and "@" not in text:
        return text
    return "".join(map(_quoted_without_secrets, _pieces(text)))


def _quoted_without_secrets(piece: str) -> str:
    """The quote and the colon behind it are the sentence's."""
    word = piece.rstrip(_BEHIND)
    shown = "://".join(map(_without_password, word.split("://")))
    return _without_secrets_of_url(shown) + piece[len(word) :]


def _without_password(text: str) -> str:
    """Up to the last @, because a password that makes a URL wrong may have any character. What
    is in front of a path is a port."""
    login, colon, rest = text.partition(":")
    password, at, host = rest.rpartition("@")
    port, slash, _ = password.partition("/")
    if not colon or not password or not at or not _LOGIN_ENDS.isdisjoint(login):
        return text
    return text if slash and (not port or port.isdecimal()) else f"{login}:{HIDDEN}@{host}"


def _masked(word: str, follows: bool, patterns: Sequence[str]) -> tuple[str, bool]:
    """As it may be shown, and whether the next word is a secret; `follows`: this one is."""
    pieces = _pieces(word)
    if len(pieces) < 2:
        return _masked_piece(word, follows, patterns)
    first, _ = _masked_piece(pieces[0], follows, patterns)
    is_value = follows and word[:1] != "-"
    if is_value or (word[:1] == "-" and first.endswith(f"={HIDDEN}")):
        return first, False  # one value, blanks and all
    if pieces[0].endswith(":") and _is_secret(pieces[0]):
        return f"{pieces[0]} {HIDDEN}", False  # a header
    return _masked_script(pieces, follows, patterns)


def _masked_script(
    pieces: Sequence[str], follows: bool, patterns: Sequence[str]
) -> tuple[str, bool]:
    """The same of a word with blanks in it: what a secret's quotes or backslashes join is hidden
    together."""
    shown: list[str] = []
    until = ""
    for piece in pieces:
        if until:
            _, sign, rest = piece.partition(until)
            if sign or (until == "\\" and not piece.isspace()):
                until = "\\" if until == "\\" and piece.endswith(until) else ""
                shown.append(rest if until == "" and sign else "")
            continue
        if piece.isspace():
            shown.append(piece)
            continue
        text, follows = _masked_piece(piece, follows, patterns)
        shown.append(text)
        if text != piece:
            until = _left_open(piece)
        elif follows and piece.endswith(":") and (until := _left_open(piece)):
            shown.append(f" {HIDDEN}")  # a header in quotes: to its end
            follows = False
    return "".join(shown), follows


def _left_open(piece: str) -> str:
    """The quote, or the backslash, by which a value goes on behind the next blank."""
    quote = next((char for char in piece if char in _QUOTES), "")
    if quote and piece.count(quote) % 2:
        return quote
    return "\\" if piece.endswith("\\") else ""


def _masked_piece(word: str, follows: bool, patterns: Sequence[str]) -> tuple[str, bool]:
    if follows and not word.startswith("-"):
        return HIDDEN, word.strip(_QUOTES).lower() in ("bearer", "basic", "token")
    for pattern in patterns:
        shown = _by_pattern(word, pattern)
        if shown is not None:
            return shown, False
    name, sign, value = _parted(word)
    if (sign or word.startswith("-")) and _is_secret(name):
        return (f"{name}{sign}{HIDDEN}", False) if value else (word, sign != "=")
    return _masked_list(word) or _without_secrets_of_url(word), False


def _masked_list(word: str) -> str:
    """Up to the first secret in it, which hides the rest; empty if there is none."""
    begins = 0
    for at, char in enumerate(word):
        if char in _SEPARATORS:
            begins = at + 1
        elif char in "=:" and begins and _is_secret(word[begins:at]):
            is_url = "://" in word[: at + 3]
            return "" if is_url or at + 1 == len(word) else f"{word[: at + 1]}{HIDDEN}"
    return ""


def _pieces(word: str) -> list[str]:
    """Runs of blanks, and of what is between them."""
    found: list[str] = []
    begin = 0
    for at in range(1, len(word)):
        if (word[at] in _BLANKS) != (word[at - 1] in _BLANKS):
            found.append(word[begin:at])
            begin = at
    return [*found, word[begin:]] if word else found


def _parted(word: str) -> tuple[str, str, str]:
    """The name, = or :, and the value; of `https://…` the name is all."""
    for at, char in enumerate(word[:_NAMES_AT_MOST]):
        if char in "=:" and not word.startswith("://", at):
            return word[:at], char, word[at + 1 :]
        if char in "/?@":
            break
    return word, "", ""


def _is_secret(name: str) -> bool:
    if len(name) > _NAMES_AT_MOST:
        return False
    plain = name.lower().translate(_JOINTS)
    return any(part in plain for part in _SECRET)


def _without_secrets_of_url(word: str) -> str:
    """`scheme://user:***@host/path?token=***`."""
    before, sign, rest = word.partition("://")
    if not sign:
        return word
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    authority, path = rest[:end], rest[end:]
    user, at, host = authority.rpartition("@")
    login, colon, password = user.partition(":")
    if at and colon and password:
        authority = f"{login}:{HIDDEN}@{host}"
    path, question, query = path.partition("?")
    pairs = [_masked_pair(pair) for pair in query.split("&")]
    return f"{before}{sign}{authority}{path}{question}{'&'.join(pairs)}"


def _masked_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    return f"{name}={HIDDEN}" if equals and value and _is_secret(name) else pair


def _by_pattern(word: str, pattern: str) -> str | None:
    """What is shown of a word that the pattern fits; None where it does not."""
    first, *others = pattern.split("*")
    if not others:
        return HIDDEN if word == pattern else None
    last = others.pop()
    if len(word) < len(first) + len(last) or not word.startswith(first) or not word.endswith(last):
        return None
    at, end = len(first), len(word) - len(last)
    for part in others:
        found = word.find(part, at, end)
        if found < 0:
            return None
        at = found + len(part)
    return pattern.replace("*", HIDDEN)

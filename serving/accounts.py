"""What an account, a session and an audit entry are, and the ports that keep them.

``serving.store`` fulfils the ports; the web asks for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from features.refusal import Refusal
from serving.permissions import Actor, Scope

#: A session ends after this long without a request ...
IDLE = timedelta(minutes=30)
#: ... and after this long whatever happens.
ABSOLUTE = timedelta(hours=12)
#: So many wrong passwords ...
ATTEMPTS = 5
#: ... within this long close the name for as long again, whether such a name exists or not.
LOCKOUT = timedelta(minutes=15)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 256

Clock = Callable[[], datetime]


class LoginRefused(Refusal):
    """Wrong name or password: one sentence whichever it was."""

    def __init__(self) -> None:
        """The same words for every cause."""
        super().__init__(
            "用户名或密码不对。请重试；忘记密码请联系系统管理员。",
            "Wrong name or password. Try again, or ask the administrator for a new password.",
        )


class LockedOut(Refusal):
    """Too many attempts for one name, existing or not."""

    def __init__(self, seconds: int) -> None:
        """``seconds`` until another attempt is heard."""
        super().__init__(
            f"尝试次数过多，请在 {-(-seconds // 60)} 分钟后再试。",
            f"Too many attempts; try again in {-(-seconds // 60)} minutes.",
        )
        self.seconds = seconds


class AuditUnwritable(Refusal):
    """The audit could not be written, so nothing is shown."""

    def __init__(self) -> None:
        """One sentence; the cause goes to the log."""
        super().__init__(
            "查看记录无法写入，因此暂不显示内容。请稍后再试，并告知系统管理员。",
            "Viewing could not be logged, so nothing is shown. Try later; tell the administrator.",
        )


@dataclass(frozen=True)
class Account:
    """Somebody who may log in; ``proof`` tells one password of theirs from the next."""

    name: str
    scope: Scope
    active: bool
    demo: bool
    created_at: datetime
    proof: str = field(repr=False)


@dataclass(frozen=True)
class Entry:
    """One thing that somebody did or saw; ``subject`` is an opaque pupil id, a school or a list."""

    actor: str
    role: str
    action: str
    subject: str
    detail: Mapping[str, str | int] = field(default_factory=dict)


T = TypeVar("T")
#: What one request looks at: (who asks, the mark of all standing lists) -> (entries, what was seen).
Look = Callable[["Actor | None", str], "tuple[Sequence[Entry], T]"]


class Accounts(Protocol):
    """Names, password hashes, scopes."""

    def add(self, name: str, password: str, scope: Scope, *, demo: bool = False) -> Account:
        """Make an account; refuses a taken name and a weak password."""

    def disable(self, name: str) -> None:
        """Close an account and end its sessions."""

    def every(self) -> Sequence[Account]:
        """All accounts by name."""

    def check(self, name: str, password: str, *, demo: bool) -> Account:
        """The account; raises ``LoginRefused`` or ``LockedOut``, never telling who exists."""


class Sessions(Protocol):
    """Who is logged in; only hashes of tokens are kept."""

    def open(self, account: str, proof: str | None = None) -> str:
        """A new token for ``account``.

        With the ``proof`` of the password that was checked: raises ``LoginRefused`` where the account has
        another by now, or is closed.
        """

    def actor(self, token: str, *, demo: bool) -> Actor | None:
        """Who holds the token, or None where it is unknown, ended or its account closed."""

    def close(self, token: str) -> None:
        """End this session."""


class Audit(Protocol):
    """A chain of entries that shows tampering."""

    def write(self, *entries: Entry) -> None:
        """Append and commit before anything is answered; raises ``AuditUnwritable``."""
        ...

    def problems(self) -> Sequence[str]:
        """What is wrong with the chain; empty when it holds."""

    def tail(self, count: int) -> Sequence[tuple[int, datetime, Entry]]:
        """The newest entries, newest first, as (number, moment in UTC, entry)."""


class Reception(Protocol):
    """Session, standing lists and audit of many requests in one transaction."""

    async def ask(self, token: str, look: Look[T], *, demo: bool) -> T:
        """What ``look`` gives, once its entries are committed.

        ``look`` is called with who holds the token (None: nobody) and must be quick; what it raises
        is raised here, and then nothing of it is kept. Raises ``AuditUnwritable``.
        """
        ...

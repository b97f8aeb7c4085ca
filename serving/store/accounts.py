"""Accounts and the attempts to log in: names, argon2 hashes, scopes, lock-out by name."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Integer,
    Row,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from features.refusal import Refusal
from serving.accounts import (
    ATTEMPTS,
    LOCKOUT,
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    Account,
    Clock,
    Entry,
    LockedOut,
    LoginRefused,
)
from serving.permissions import Role, Scope
from serving.store.audit import append, take_turn
from serving.store.database import Database, UtcTime, metadata

ACCOUNTS = Table(
    "accounts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("password_hash", String(255), nullable=False),
    Column("role", String(32), nullable=False),
    Column("schools", JSON, nullable=False),
    Column("classes", JSON, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("created_at", UtcTime(), nullable=False),
)
#: Keyed by a hash of the name as typed: names that do not exist are locked just the same.
ATTEMPTS_MADE = Table(
    "login_attempts",
    metadata,
    Column("name_hash", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("since", UtcTime(), nullable=False),
)


class StoredAccounts:
    """Accounts in the database; fulfils ``serving.accounts.Accounts``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """``clock`` gives aware UTC moments."""
        self._database = database
        self._clock = clock

    def add(
        self, name: str, password: str, scope: Scope, *, demo: bool = False, by: Entry | None = None
    ) -> Account:
        """Make an account; refuses a taken name, a bad name and a weak password.

        ``by``, here and below: the audit's entry of it, written in the same transaction.
        """
        name = check_name(name)
        check_password(name, password)
        kept = _hasher().hash(password)
        account = Account(
            name, scope, active=True, demo=demo, created_at=self._clock(), proof=_proof(kept)
        )
        row = {
            "name": name,
            "password_hash": kept,
            "role": scope.role.value,
            "schools": sorted(scope.schools),
            "classes": sorted(scope.classes),
            "active": True,
            "demo": demo,
            "created_at": account.created_at,
        }
        try:
            with self._database.write() as connection:
                take_turn(connection)
                connection.execute(insert(ACCOUNTS).values(row))
                self._said(connection, by)
        except IntegrityError as error:
            raise Refusal(
                "该用户名已存在，请换一个。", "That name is taken; choose another."
            ) from error
        return account

    def disable(self, name: str, *, by: Entry | None = None) -> None:
        """Close an account: its sessions answer no more; refuses an unknown name."""
        self._change(name, by, active=False)

    def enable(self, name: str, *, by: Entry | None = None) -> None:
        """Open a closed account again; refuses an unknown name."""
        self._change(name, by, active=True)

    def set_password(self, name: str, password: str, *, by: Entry | None = None) -> None:
        """Another password: whoever was logged in is not any more, and attempts begin to count anew.

        Refuses an unknown name and a weak password.
        """
        check_password(name.strip().casefold(), password)
        self._change(name, by, password_hash=_hasher().hash(password))

    def assign(self, name: str, scope: Scope, *, by: Entry | None = None) -> None:
        """Another role or other schools and classes, from the next request on; refuses an unknown name."""
        self._change(
            name,
            by,
            role=scope.role.value,
            schools=sorted(scope.schools),
            classes=sorted(scope.classes),
        )

    def _said(self, connection: Connection, by: Entry | None) -> None:
        if by is not None:
            append(connection, [by], self._clock)

    def _change(self, name: str, by: Entry | None, **values: object) -> None:
        name = name.strip().casefold()
        with self._database.write() as connection:
            take_turn(connection)
            one = ACCOUNTS.c.name == name
            if connection.execute(update(ACCOUNTS).where(one).values(**values)).rowcount == 0:
                raise Refusal(
                    "没有这个用户；可用 baoxue user list 查看。",
                    "No such user; see baoxue user list.",
                )
            if "password_hash" in values or "active" in values:
                sessions = metadata.tables["sessions"]
                connection.execute(delete(sessions).where(sessions.c.account == name))
                attempts = ATTEMPTS_MADE.c.name_hash == _name_hash(name)
                connection.execute(delete(ATTEMPTS_MADE).where(attempts))
            self._said(connection, by)

    def remove_demo(self) -> None:
        """Forget the demonstration's logins; their sessions go with them."""
        with self._database.write() as connection:
            take_turn(connection)
            connection.execute(delete(ACCOUNTS).where(ACCOUNTS.c.demo))

    def every(self) -> Sequence[Account]:
        """All accounts by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.name)).all()
        return [account_of(row) for row in rows]

    def check(self, name: str, password: str, *, demo: bool) -> Account:
        """The account behind name and password.

        Does the same work, in the same order, whether the name exists, is closed, or belongs to the
        demonstration while ``demo`` is false. Raises ``LoginRefused`` or ``LockedOut``.
        """
        key, now = name.strip().casefold(), self._clock()
        with self._database.write() as connection:
            _check_open(connection, key, now)
            _count(connection, key, now)  # committed before the slow check: parallel tries count
            row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.name == key)).one_or_none()
        if not _verified(row, password) or row is None or not _usable(row, demo=demo):
            raise LoginRefused
        with self._database.write() as connection:
            connection.execute(
                delete(ATTEMPTS_MADE).where(ATTEMPTS_MADE.c.name_hash == _name_hash(key))
            )
        return account_of(row)


def check_name(name: str) -> str:
    """The name as it is kept; refuses what cannot be one."""
    kept = name.strip().casefold()
    if not kept or len(kept) > 64 or any(c.isspace() or not c.isprintable() for c in kept):
        raise Refusal(
            "用户名须为 1–64 个可见字符，不含空格。",
            "A user name has 1-64 visible characters and no space.",
        )
    return kept


def check_password(name: str, password: str) -> None:
    """Refuse a password that is short, enormous, or the name itself."""
    fits = SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD
    if not fits or name in password.casefold() or len(set(password)) < 4:
        raise Refusal(
            f"密码须有 {SHORTEST_PASSWORD}–{LONGEST_PASSWORD} 个字符，不含用户名，"
            "且不能只重复少数几个字符。",
            f"A password has {SHORTEST_PASSWORD}-{LONGEST_PASSWORD} characters, does not hold the "
            "user name and does not repeat a few characters.",
        )


def account_of(row: Row[tuple[object, ...]]) -> Account:
    """The account in a row of ``ACCOUNTS``."""
    return Account(
        row.name, scope_of(row), row.active, row.demo, row.created_at, _proof(row.password_hash)
    )


def check_proof(connection: Connection, name: str, proof: str) -> None:
    """Raise ``LoginRefused`` unless the account is open and has the password that ``proof`` came from.

    Checking a password takes long enough for another to be set meanwhile; whoever changes the account holds
    its row, so this waits for them.
    """
    one = select(ACCOUNTS).where(ACCOUNTS.c.name == name, ACCOUNTS.c.active).with_for_update()
    row = connection.execute(one).one_or_none()
    if row is None or _proof(row.password_hash) != proof:
        raise LoginRefused


def _proof(password_hash: str) -> str:
    return hashlib.sha256(password_hash.encode()).hexdigest()


def scope_of(row: Row[tuple[object, ...]]) -> Scope:
    """The scope in a row that holds role, schools and classes."""
    return Scope(Role(row.role), frozenset(row.schools), frozenset(row.classes))


def _usable(row: Row[tuple[object, ...]], *, demo: bool) -> bool:
    return bool(row.active) and (demo or not row.demo)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2id with RFC 9106's low-memory profile


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("nobody has this password")


def _verified(row: Row[tuple[object, ...]] | None, password: str) -> bool:
    """Whether the password fits; an unknown name costs the same time."""
    kept = _nobodys_hash() if row is None else row.password_hash
    try:
        return _hasher().verify(kept, password[:LONGEST_PASSWORD]) and row is not None
    except (VerificationError, InvalidHashError):
        return False


def _name_hash(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def _check_open(connection: Connection, name: str, now: datetime) -> None:
    """Raise ``LockedOut`` where this name was tried too often; forget attempts that are over."""
    connection.execute(delete(ATTEMPTS_MADE).where(ATTEMPTS_MADE.c.since <= now - LOCKOUT))
    made = connection.execute(
        select(ATTEMPTS_MADE).where(ATTEMPTS_MADE.c.name_hash == _name_hash(name))
    ).one_or_none()
    if made is not None and made.failures >= ATTEMPTS:
        raise LockedOut(max(1, math.ceil((made.since + LOCKOUT - now).total_seconds())))


def _count(connection: Connection, name: str, now: datetime) -> None:
    """One more attempt; the window runs from the last of them."""
    key = _name_hash(name)
    counted = connection.execute(
        update(ATTEMPTS_MADE)
        .where(ATTEMPTS_MADE.c.name_hash == key)
        .values(failures=ATTEMPTS_MADE.c.failures + 1, since=now)
    )
    if counted.rowcount == 0:
        connection.execute(insert(ATTEMPTS_MADE).values(name_hash=key, failures=1, since=now))

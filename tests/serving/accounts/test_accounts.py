"""Accounts: who may log in, and what nobody learns from trying."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from features.refusal import Refusal
from serving.accounts import ATTEMPTS, LOCKOUT, Entry, LockedOut, LoginRefused
from serving.permissions import Role, Scope, check_account
from serving.store.accounts import StoredAccounts
from serving.store.audit import StoredAudit
from serving.store.database import Database, open_database
from serving.store.sessions import StoredSessions
from tests.serving.factories import HERE, PASSWORD, SCOPES, Clock

CLERK = Scope(Role.CLERK, frozenset({HERE}))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(database: Database, clock: Clock) -> StoredAccounts:
    return StoredAccounts(database, clock)


def test_the_right_password_gives_the_account(accounts: StoredAccounts) -> None:
    """Name (in any case) and password give the account with its scope."""
    accounts.add("Wang", PASSWORD, CLERK)
    assert accounts.check(" WANG ", PASSWORD, demo=False).scope == CLERK


@pytest.mark.parametrize("name", ["wang", "nobody"])
def test_a_wrong_password_and_an_unknown_name_are_refused_alike(
    accounts: StoredAccounts, name: str
) -> None:
    """The refusal says nothing about which names exist."""
    accounts.add("wang", PASSWORD, CLERK)
    with pytest.raises(LoginRefused) as refused:
        accounts.check(name, "wrong horse 7", demo=False)
    assert refused.value.zh == LoginRefused().zh


@pytest.mark.parametrize("name", ["wang", "nobody"])
def test_too_many_attempts_lock_any_name(accounts: StoredAccounts, clock: Clock, name: str) -> None:
    """After five wrong passwords a name is closed for a quarter of an hour, existing or not."""
    accounts.add("wang", PASSWORD, CLERK)
    for _ in range(ATTEMPTS):
        with pytest.raises(LoginRefused):
            accounts.check(name, "wrong horse 7", demo=False)
    with pytest.raises(LockedOut) as locked:
        accounts.check(name, PASSWORD, demo=False)
    assert 0 < locked.value.seconds <= LOCKOUT.total_seconds()


def test_another_password_ends_what_was_open(
    accounts: StoredAccounts, database: Database, clock: Clock
) -> None:
    """With a new password the old one is wrong, sessions have ended, and a locked name may log in again."""
    accounts.add("wang", PASSWORD, CLERK)
    sessions = StoredSessions(database, clock)
    token = sessions.open("wang")
    for _ in range(ATTEMPTS):
        with pytest.raises(LoginRefused):
            accounts.check("wang", "wrong horse 7", demo=False)
    with pytest.raises(Refusal):
        accounts.set_password("wang", "short")
    assert sessions.actor(token, demo=False) is not None
    accounts.set_password(" Wang ", "another staple 9")
    assert sessions.actor(token, demo=False) is None
    assert accounts.check("wang", "another staple 9", demo=False).name == "wang"
    with pytest.raises(LoginRefused):
        accounts.check("wang", PASSWORD, demo=False)


def test_a_login_under_way_meets_the_change(
    accounts: StoredAccounts, database: Database, clock: Clock
) -> None:
    """Whose password was right opens no session once it is another, or the account closed; else it does."""
    sessions = StoredSessions(database, clock)
    accounts.add("wang", PASSWORD, CLERK)
    before = accounts.check("wang", PASSWORD, demo=False)
    assert sessions.open("wang", before.proof)
    accounts.assign("wang", SCOPES[Role.PRINCIPAL])
    assert sessions.open("wang", before.proof)
    accounts.set_password("wang", "another staple 9")
    with pytest.raises(LoginRefused):
        sessions.open("wang", before.proof)
    after = accounts.check("wang", "another staple 9", demo=False)
    assert sessions.open("wang", after.proof)
    accounts.disable("wang")
    with pytest.raises(LoginRefused):
        sessions.open("wang", after.proof)


def test_the_audit_tells_what_was_done_to_an_account(
    accounts: StoredAccounts, database: Database, clock: Clock
) -> None:
    """What was done is in the chain once, in its order; what was refused is not; no password is."""
    audit = StoredAudit(database, clock)

    def by(what: str) -> Entry:
        return Entry("cli:li", "operator", "account", "account:wang", {"what": what})

    accounts.add("wang", PASSWORD, CLERK, by=by("add"))
    for refused in (
        lambda: accounts.add("wang", PASSWORD, CLERK, by=by("twice")),
        lambda: accounts.set_password("wang", "short", by=by("short")),
        lambda: accounts.disable("nobody", by=by("nobody")),
    ):
        with pytest.raises(Refusal):
            refused()
    accounts.set_password("wang", "another staple 9", by=by("password"))
    accounts.assign("wang", CLERK, by=by("assign"))
    accounts.disable("wang", by=by("disable"))
    accounts.enable("wang", by=by("enable"))
    told = [entry.detail["what"] for _, _, entry in reversed(audit.tail(99))]
    assert told == ["add", "password", "assign", "disable", "enable"]
    assert not audit.problems()


def test_another_class_counts_at_once(
    accounts: StoredAccounts, database: Database, clock: Clock
) -> None:
    """Name, password and session stay; what may be seen is another's from the next request on."""
    accounts.add(
        "wang", PASSWORD, Scope(Role.CLASS_TEACHER, frozenset({HERE}), frozenset({"0802"}))
    )
    sessions = StoredSessions(database, clock)
    token = sessions.open("wang")
    accounts.assign("wang", CLERK)
    actor = sessions.actor(token, demo=False)
    assert actor is not None
    assert actor.scope == CLERK
    assert accounts.check("wang", PASSWORD, demo=False).scope == CLERK


def test_a_closed_account_opens_again(
    accounts: StoredAccounts, database: Database, clock: Clock
) -> None:
    """Closed, nobody logs in; opened again, the same password does, and no old session; an unknown name is
    refused."""
    accounts.add("wang", PASSWORD, CLERK)
    token = StoredSessions(database, clock).open("wang")
    accounts.disable("wang")
    with pytest.raises(LoginRefused):
        accounts.check("wang", PASSWORD, demo=False)
    accounts.enable("wang")
    assert StoredSessions(database, clock).actor(token, demo=False) is None
    assert accounts.check("wang", PASSWORD, demo=False).active
    for change in (accounts.enable, accounts.disable):
        with pytest.raises(Refusal, match="baoxue user list"):
            change("nobody")


def test_the_lock_opens_with_time(accounts: StoredAccounts, clock: Clock) -> None:
    """When the time is over the right password is heard again."""
    accounts.add("wang", PASSWORD, CLERK)
    for _ in range(ATTEMPTS):
        with pytest.raises(LoginRefused):
            accounts.check("wang", "wrong horse 7", demo=False)
    clock.pass_(LOCKOUT + timedelta(seconds=1))
    assert accounts.check("wang", PASSWORD, demo=False).name == "wang"


def test_a_success_clears_the_count(accounts: StoredAccounts) -> None:
    """Wrong attempts before a right one do not add up with later ones."""
    accounts.add("wang", PASSWORD, CLERK)
    for _ in range(2):
        for _ in range(ATTEMPTS - 1):
            with pytest.raises(LoginRefused):
                accounts.check("wang", "wrong horse 7", demo=False)
        accounts.check("wang", PASSWORD, demo=False)


def test_a_closed_account_is_refused_like_an_unknown_one(accounts: StoredAccounts) -> None:
    """Disabling an account leaves no way in and no other words."""
    accounts.add("wang", PASSWORD, CLERK)
    accounts.disable("Wang")
    with pytest.raises(LoginRefused):
        accounts.check("wang", PASSWORD, demo=False)
    assert [a.active for a in accounts.every()] == [False]


def test_demo_logins_are_nobody_outside_demo_mode(accounts: StoredAccounts) -> None:
    """The published password of the demonstration opens nothing elsewhere."""
    accounts.add("guest", PASSWORD, CLERK, demo=True)
    assert accounts.check("guest", PASSWORD, demo=True).demo
    with pytest.raises(LoginRefused):
        accounts.check("guest", PASSWORD, demo=False)


def test_demo_logins_can_be_forgotten(accounts: StoredAccounts) -> None:
    """Forgetting the demonstration leaves the real accounts."""
    accounts.add("guest", PASSWORD, CLERK, demo=True)
    accounts.add("wang", PASSWORD, CLERK)
    accounts.remove_demo()
    assert [a.name for a in accounts.every()] == ["wang"]


def test_only_argon2_hashes_are_kept(tmp_path: Path, clock: Clock) -> None:
    """The password itself is nowhere in the database's files."""
    accounts = StoredAccounts(open_database(f"sqlite:///{tmp_path / 'a.db'}"), clock)
    accounts.add("wang", PASSWORD, CLERK)
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("a.db*"))
    assert PASSWORD.encode() not in kept
    assert b"$argon2id$" in kept


@pytest.mark.parametrize("password", ["short", "x" * 300, "aaaaaaaaaaaa", "my-wang-password-1"])
def test_weak_passwords_are_refused(accounts: StoredAccounts, password: str) -> None:
    """Short, enormous, monotonous passwords and those with the name are refused with the rule."""
    with pytest.raises(Refusal, match="密码须有"):
        accounts.add("wang", password, CLERK)


@pytest.mark.parametrize("name", ["", "two words", "x" * 65, "tab\tname", "nul\0"])
def test_names_that_cannot_be_are_refused(accounts: StoredAccounts, name: str) -> None:
    """A name is 1-64 visible characters."""
    with pytest.raises(Refusal, match="用户名须为"):
        accounts.add(name, PASSWORD, CLERK)


def test_a_taken_name_is_refused(accounts: StoredAccounts) -> None:
    """Two accounts never share a name, whatever the case."""
    accounts.add("wang", PASSWORD, CLERK)
    with pytest.raises(Refusal, match="已存在"):
        accounts.add("WANG", PASSWORD, CLERK)


def test_disabling_nobody_is_refused(accounts: StoredAccounts) -> None:
    """An unknown name is named as such to the administrator."""
    with pytest.raises(Refusal, match="没有这个用户"):
        accounts.disable("nobody")


@pytest.mark.parametrize("role", [Role.PRINCIPAL, Role.COUNSELOR, Role.CLERK, Role.CLASS_TEACHER])
def test_roles_of_a_school_need_one(role: Role) -> None:
    """An account that sees children names its school."""
    with pytest.raises(Refusal, match="--school"):
        check_account(role, frozenset(), frozenset({"0801"}))


def test_a_class_teacher_needs_a_class() -> None:
    """A class teacher without a class would see nobody, or everybody."""
    with pytest.raises(Refusal, match="--class"):
        check_account(Role.CLASS_TEACHER, frozenset({HERE}), frozenset())

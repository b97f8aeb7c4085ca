"""Sessions: opened, seen, ended; only hashes are kept."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from serving.accounts import ABSOLUTE, IDLE
from serving.permissions import Role
from serving.store.sessions import StoredSessions
from tests.serving.factories import PASSWORD, SCOPES, House, house


@pytest.fixture
def home(tmp_path: Path) -> House:
    return house(tmp_path)


def test_a_token_gives_its_actor(home: House) -> None:
    """An open session says whose it is, with the scope."""
    token = home.doors.sessions.open("counselor")
    actor = home.doors.sessions.actor(token, demo=False)
    assert actor is not None
    assert actor.scope == SCOPES[Role.COUNSELOR]


@pytest.mark.parametrize("token", ["", "nonsense", "'; drop table sessions", "\ud800", "x" * 9999])
def test_what_is_no_token_is_nobody(home: House, token: str) -> None:
    """Anything else gives nobody and no error."""
    assert home.doors.sessions.actor(token, demo=True) is None


def test_idleness_ends_a_session(home: House) -> None:
    """Half an hour without a request ends it; requests in between keep it."""
    sessions = home.doors.sessions
    token = sessions.open("counselor")
    for _ in range(4):
        home.clock.pass_(IDLE - timedelta(minutes=1))
        assert sessions.actor(token, demo=False) is not None
    home.clock.pass_(IDLE)
    assert sessions.actor(token, demo=False) is None


def test_age_ends_a_session(home: House) -> None:
    """Twelve hours end it however busy it was."""
    sessions = home.doors.sessions
    token = sessions.open("counselor")
    start = home.clock.now
    while home.clock.now - start < ABSOLUTE - timedelta(minutes=20):
        assert sessions.actor(token, demo=False) is not None
        home.clock.pass_(timedelta(minutes=20))
    home.clock.pass_(timedelta(minutes=20))
    assert sessions.actor(token, demo=False) is None


def test_logout_ends_one_session_only(home: House) -> None:
    """Closing a session revokes it at once and leaves the others."""
    sessions = home.doors.sessions
    one, two = sessions.open("counselor"), sessions.open("counselor")
    sessions.close(one)
    assert sessions.actor(one, demo=False) is None
    assert sessions.actor(two, demo=False) is not None


def test_a_closed_account_has_no_sessions(home: House) -> None:
    """Disabling an account ends what is open."""
    token = home.doors.sessions.open("counselor")
    home.doors.accounts.disable("counselor")
    assert home.doors.sessions.actor(token, demo=False) is None


def test_a_demo_session_is_nobody_outside_demo_mode(home: House) -> None:
    """A token of the demonstration opens nothing when the demonstration is over."""
    home.doors.accounts.add("guest", PASSWORD, SCOPES[Role.CLERK], demo=True)
    token = home.doors.sessions.open("guest")
    assert home.doors.sessions.actor(token, demo=True) is not None
    assert home.doors.sessions.actor(token, demo=False) is None


def test_tokens_are_kept_as_hashes(tmp_path: Path) -> None:
    """Who steals the database cannot log in with what it holds."""
    home = house(tmp_path)
    token = home.doors.sessions.open("counselor")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("baoxue.db*"))
    assert token.encode() not in kept
    assert sha256(token.encode()).hexdigest().encode() in kept


def test_ended_sessions_are_forgotten(home: House) -> None:
    """Opening a session clears those that have ended."""
    sessions = home.doors.sessions
    assert isinstance(sessions, StoredSessions)
    token = sessions.open("counselor")
    home.clock.pass_(ABSOLUTE)
    sessions.open("principal")
    home.clock.now -= ABSOLUTE
    assert sessions.actor(token, demo=False) is None

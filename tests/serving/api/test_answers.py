"""What the API says: contents, pages, tags, refusals."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.accounts import ATTEMPTS
from serving.permissions import Role
from serving.scoring.words import no_estimate
from tests.serving.factories import (
    CANARY_ID,
    ELSEWHERE,
    HERE,
    PASSWORD,
    House,
    Published,
    county,
    house,
)

PUPIL = "p0000000000000000002"
SNAPSHOT = Path(__file__).parent / "openapi.json"


@pytest.fixture
def counselor(shared: House) -> TestClient:
    return shared.client(Role.COUNSELOR)


@pytest.fixture
def analyst(shared: House) -> TestClient:
    client = shared.client()
    said = client.post("/v1/login", json={"name": "analyst", "password": PASSWORD}).json()
    client.headers["Authorization"] = f"Bearer {said['token']}"
    return client


def test_the_contributions_add_up(counselor: TestClient) -> None:
    """bias + contributions + background is the margin that the probability comes from."""
    said = counselor.get(f"/v1/pupils/{PUPIL}/explanation").json()
    parts = [part["contribution"] for part in said["contributions"]]
    assert said["bias"] + sum(parts) + said["background_contribution"] == pytest.approx(
        said["margin"], abs=0.1
    )
    assert {part["family"] for part in said["contributions"]}.isdisjoint({"poverty", "disability"})


def test_without_an_estimate_the_explanation_says_why(home: House) -> None:
    """A pupil with duty alerts only is answered: the alerts, no factors, and a sentence why."""
    listed = "p0000000000000000001"
    zh, en = no_estimate("out")
    pages = dict(county().pages)
    bare = replace(
        pages[listed].explanation, factors=(), steps=(), bias=None, margin=None,
        verdict_zh=zh, verdict_en=en,
    )  # fmt: skip
    pages[listed] = replace(pages[listed], explanation=bare)
    home.app.state.doors = replace(home.doors, views=replace(county(), pages=pages))
    client = home.client(Role.COUNSELOR)
    answer = client.get(f"/v1/pupils/{listed}/explanation")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["contributions"], said["margin"]) == ([], None)
    assert [alert["code"] for alert in said["alerts"]] == ["unexplained"]
    assert "未作概率估计：" in said["verdict_zh"]
    assert said["alerts"] == client.get(f"/v1/pupils/{listed}/risk").json()["alerts"]


def test_the_interval_holds_its_point(counselor: TestClient) -> None:
    """The interval comes with the point and contains it."""
    said = counselor.get(f"/v1/pupils/{PUPIL}/risk").json()
    assert said["interval_low"] <= said["per_hundred"] <= said["interval_high"]


def test_history_is_oldest_first(counselor: TestClient) -> None:
    """Week by week in order."""
    weeks = [p["week"] for p in counselor.get(f"/v1/pupils/{PUPIL}/history").json()["weeks"]]
    assert weeks == sorted(weeks)
    assert len(weeks) == 5


def test_pages_of_a_list_make_the_whole(counselor: TestClient) -> None:
    """Following ``next`` gives every row once, in the order of the list."""
    path, got, cursor = f"/v1/schools/{HERE}/risk-list", [], ""
    while cursor is not None:
        said = counselor.get(path, params={"limit": 4, "cursor": cursor}).json()
        got += [row["pupil_id"] for row in said["rows"]]
        cursor = said["next"]
    assert got == [row.pupil_id for row in county().weeks[HERE].rows]


@pytest.mark.parametrize(
    "cursor", ["x", "%%%", "TDF8NQ", "中文", "\x00", "TDEyMzQ1Njc4OTBhYmNkZWZ8OTk5OTk5OTk5OTk"]
)
def test_a_strange_cursor_is_refused(counselor: TestClient, cursor: str) -> None:
    """A torn cursor, and one of another list, get a 4xx and no row."""
    answer = counselor.get(f"/v1/schools/{HERE}/risk-list", params={"cursor": cursor})
    assert 400 <= answer.status_code < 500


def test_an_unchanged_answer_is_304(counselor: TestClient) -> None:
    """The tag of an answer spares sending it again; another's tag does not."""
    path = f"/v1/pupils/{PUPIL}/risk"
    first = counselor.get(path)
    again = counselor.get(path, headers={"If-None-Match": f'W/"x", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert counselor.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [({"params": {"format": "csv"}}, "text/csv"), ({"headers": {"Accept": "text/csv"}}, "text/csv"),
     ({"params": {"format": "xlsx"}}, "application/vnd.openxmlformats")],
)  # fmt: skip
@pytest.mark.parametrize("what", ["risk-list", "alerts"])
def test_a_list_can_be_had_as_a_file(
    counselor: TestClient, wanted: dict[str, dict[str, str]], kind: str, what: str
) -> None:
    """By ``format`` or ``Accept``; the name is given in any script; the export is masked."""
    answer = counselor.get(f"/v1/schools/{HERE}/{what}", **wanted)  # type: ignore[arg-type]
    assert answer.headers["content-type"].startswith(kind)
    assert "filename*=UTF-8''%E9%9D%92" in answer.headers["content-disposition"]
    assert CANARY_ID.encode() not in answer.content


@pytest.mark.parametrize("what", ["risk-list", "alerts"])
def test_an_export_is_logged_as_such(home: House, what: str) -> None:
    """Taking a file away is another act than looking."""
    home.client(Role.COUNSELOR).get(f"/v1/schools/{HERE}/{what}?format=csv")
    assert [entry.action for _, _, entry in home.doors.audit.tail(1)] == ["export"]


def test_small_cells_are_hidden_from_afar(shared: House) -> None:
    """The county sees no count from one to four, the school its own counts."""
    far = shared.client(Role.COUNTY).get("/v1/schools").json()["schools"]
    assert [s["no_data"] for s in far] == [None, 0]
    near = shared.client(Role.PRINCIPAL).get("/v1/schools").json()["schools"]
    assert [s["no_data"] for s in near] == [3]


def test_a_class_teacher_is_told_no_school_counts(shared: House) -> None:
    """Counts of the school are not those of one class."""
    (said,) = shared.client(Role.CLASS_TEACHER).get("/v1/schools").json()["schools"]
    assert (said["listed"], said["cohort"], said["alerts"]) == (None, None, None)


def test_alerts_come_with_their_basis(counselor: TestClient) -> None:
    """Each alert says on what it stands and who must act."""
    said = counselor.get(f"/v1/schools/{HERE}/alerts").json()["alerts"]
    assert len(said) == 3
    assert all(alert["basis"] and alert["responsible"] for alert in said)


def test_score_answers_row_by_row(analyst: TestClient) -> None:
    """Rows in, probability, parts and grounds out; the parts add up."""
    rows = [{"absence_4w": 0.4, "level_change": None}, {"absence_4w": None, "level_change": 1.0}]
    said = analyst.post("/v1/score", json={"rows": rows}).json()
    assert said["model"] == "dropout-risk/3"
    for row in said["rows"]:
        whole = row["bias"] + sum(row["contributions"].values()) + row["background_contribution"]
        assert whole == pytest.approx(row["margin"], abs=1e-9)


@pytest.mark.parametrize(
    "body",
    [
        {"rows": [{"absence_4w": 0.4}]},
        {"rows": [{"absence_4w": 0.4, "level_change": 1, "canary_name_金丝雀": 1}]},
        {"rows": [{"absence_4w": "金丝雀", "level_change": 1}]},
        {"rows": [], "金丝雀": 1},
        {"rows": [{"absence_4w": 1, "level_change": 1}], "promote": "金丝雀"},
        {"rows": "金丝雀"},
        {"rows": [{"absence_4w": 1, "level_change": 1}] * 1001},
        {"rows": [{f"c{n}": 1 for n in range(501)}]},
        ["金丝雀"],
        "金丝雀",
    ],
)
def test_what_does_not_fit_is_422_and_not_repeated(analyst: TestClient, body: object) -> None:
    """Missing, strange, wrong and surplus fields are refused by place and rule, never echoed."""
    answer = analyst.post("/v1/score", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "金丝雀" not in answer.text
    assert "\\u91d1" not in answer.text


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{", b'{"rows": [{"a": NaN}]}', b"[" * 5000, b""])
def test_torn_json_is_the_callers_fault(analyst: TestClient, body: bytes) -> None:
    """What is no JSON is a client's fault, told without repeating it."""
    answer = analyst.post("/v1/score", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize(
    "sent", ["p%00", "%F0%9D", "..%2F..%2Fetc", "'%20or%201=1", "9" * 400, "G44010120130507123X"]
)
@pytest.mark.parametrize("what", ["risk", "explanation", "history"])
def test_strange_ids_are_404(counselor: TestClient, sent: str, what: str) -> None:
    """Injections, NUL, broken UTF-8 and register numbers find nobody; nothing fails."""
    answer = counselor.get(f"/v1/pupils/{sent}/{what}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("week", ["2026", "2026-W99", "2026-W1", "W47-2026", "' or 1"])
def test_a_week_without_a_list_is_4xx(counselor: TestClient, week: str) -> None:
    """A week is written 2026-W47; one without a list is not found."""
    answer = counselor.get(f"/v1/schools/{HERE}/risk-list", params={"week": week})
    assert answer.status_code in (404, 422)


def test_a_problem_has_the_five_parts(counselor: TestClient) -> None:
    """RFC 9457: type, title, status, detail, and its media type."""
    answer = counselor.get(f"/v1/schools/{ELSEWHERE}/alerts")
    said = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail"} <= set(said)
    assert said["status"] == answer.status_code == 404


def test_refusals_speak_english_on_request(counselor: TestClient) -> None:
    """``lang=en`` gives the same refusal in English."""
    said = counselor.get("/v1/pupils/x/risk", params={"lang": "en"}).json()
    assert said["detail"].startswith("Not found")


def test_an_unexpected_error_tells_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A failure inside is a 500 without a trace; the log holds its kind, not its text."""

    class Broken(Published):
        def week(self, school_id: str, week: str | None) -> None:
            raise RuntimeError(CANARY_ID)

    home = house(tmp_path, views=Broken(county().weeks, county().pages))
    client = home.client(Role.COUNSELOR, strict=False)
    with caplog.at_level(logging.ERROR, logger="baoxue.web"):
        answer = client.get(f"/v1/schools/{HERE}/alerts")
    assert answer.status_code == 500
    assert CANARY_ID not in answer.text
    assert CANARY_ID not in "".join(
        r.getMessage() for r in caplog.records if r.name == "baoxue.web"
    )


def test_login_gives_a_bearer_token_that_logout_ends(home: House) -> None:
    """Name and password for a token; after logout it is nobody's."""
    client = home.client()
    said = client.post("/v1/login", json={"name": "County", "password": PASSWORD}).json()
    headers = {"Authorization": f"Bearer {said['token']}"}
    assert client.get("/v1/schools", headers=headers).status_code == 200
    assert client.post("/v1/logout", headers=headers).status_code == 204
    answer = client.get("/v1/schools", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("name", ["county", "nobody"])
def test_lock_out_is_429_for_any_name(home: House, name: str) -> None:
    """The sixth attempt waits, whether the name exists or not, with Retry-After."""
    client = home.client()
    wrong = {"name": name, "password": "wrong horse 7"}
    said = [client.post("/v1/login", json=wrong) for _ in range(ATTEMPTS + 1)]
    assert [a.status_code for a in said] == [401] * ATTEMPTS + [429]
    assert 0 < int(said[-1].headers["retry-after"]) <= 900


def test_a_cookie_alone_changes_nothing(shared: House) -> None:
    """Another site can make a browser post with its cookie, but not with the form's token."""
    client = shared.client(Role.ANALYST)
    body = {"rows": [{"absence_4w": 0.4, "level_change": None}]}
    assert client.post("/v1/score", json=body).status_code == 403
    assert client.post("/v1/score", json=body, headers={"X-Form-Token": b"\xe9"}).status_code == 403


def test_a_large_body_is_not_read(analyst: TestClient) -> None:
    """Eight megabytes are the end, said beforehand or not."""
    big = b"[" + b" " * (9 * 1024 * 1024)
    assert analyst.post("/v1/score", content=big).status_code == 413


def test_liveness_and_readiness(tmp_path: Path) -> None:
    """Alive as soon as it answers; ready only when nothing is missing, in codes."""
    client = house(tmp_path, unready=lambda: ["champion"]).client()
    assert client.get("/livez").json() == {"status": "ok", "missing": []}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["champion"])


def test_before_the_first_list(tmp_path: Path) -> None:
    """Nothing published is an empty answer and a 404, never an error."""
    client = house(tmp_path, views=Published()).client(Role.PRINCIPAL)
    assert client.get("/v1/schools").json() == {"head": None, "schools": [], "next": None}
    assert client.get(f"/v1/schools/{HERE}/risk-list").status_code == 404


def test_the_openapi_is_the_one_agreed(shared: House) -> None:
    """The contract changes only on purpose: compare, and write the snapshot anew if it was meant.

    ``python -m tests.serving.api.test_answers`` writes it.
    """
    assert json.loads(SNAPSHOT.read_text("utf-8")) == shared.app.openapi()


def test_the_openapi_says_who_may_call(counselor: TestClient) -> None:
    """Each operation names its right."""
    paths = counselor.get("/openapi.json").json()["paths"]
    assert all(op["x-right"] for methods in paths.values() for op in methods.values())


if __name__ == "__main__":
    import tempfile

    said = house(Path(tempfile.mkdtemp())).app.openapi()
    SNAPSHOT.write_text(
        json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8"
    )

"""What people see: words, forms, headers, states; every page in both languages."""

from __future__ import annotations

import dataclasses
import inspect
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.pages import contexts
from serving.pages.render import TEMPLATE_OF, TEMPLATES
from serving.pages.words import ACTIONS
from serving.permissions import Role
from serving.web.guard import form_token
from serving.web.headers import CSP
from tests.serving.factories import (
    CANARY_ID,
    CANARY_NAME,
    HERE,
    PASSWORD,
    House,
    Published,
    alert,
    county,
    head,
    health_report,
    house,
    page,
    pupil,
)

PUPIL = "p0000000000000000001"
FORBIDDEN_ZH = (
    "高危",
    "问题学生",
    "原因：",
    "主要原因",
    "导致",
    "因为",
    "差生",
    "预测辍学",
    "排名",
    "名次表",
    "倒数",
    "后进生",
)
FORBIDDEN_EN = (
    "high-risk",
    "high risk",
    "at-risk student",
    "problem student",
    "because",
    " caused",
    "causes",
    "rank",
    "worst",
    "bad student",
    "predicted dropout",
    "blame",
)
PAGES: list[tuple[Role | None, str]] = [
    (None, "/login"),
    *((role, "/") for role in Role),
    (Role.COUNSELOR, f"/schools/{HERE}"),
    (Role.COUNSELOR, f"/schools/{HERE}?band=priority"),
    (Role.CLASS_TEACHER, f"/schools/{HERE}"),
    (Role.COUNSELOR, f"/pupils/{PUPIL}"),
    (Role.COUNSELOR, "/pupils/p0000000000000000005"),
    (Role.CLASS_TEACHER, f"/pupils/{PUPIL}"),
    (Role.COUNTY, f"/pupils/{PUPIL}"),
    (Role.ANALYST, "/models"),
    (Role.COUNTY, "/health"),
    (Role.ADMINISTRATOR, "/audit"),
    (Role.ANALYST, "/docs"),
    (Role.ANALYST, "/nowhere"),
]
VOID = {"meta", "link", "input", "br", "img", "hr"}


class Tags(HTMLParser):
    """Follows opening and closing tags; ``problems`` says what does not close."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.problems: list[str] = []
        self.inputs: list[dict[str, str | None]] = []
        self.labels: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if named.get("id"):
            self.ids.append(str(named["id"]))
        if tag == "label":
            self.labels.add(str(named.get("for")))
        if tag in ("input", "select"):
            self.inputs.append(named)
        if len(attrs) != len(named):
            self.problems.append(f"{tag} repeats an attribute")
        if tag == "script" or "style" in named or any(n.startswith("on") for n in named):
            self.problems.append(f"{tag} runs or styles inline")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")


def read(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    tags.close()
    return tags


def text_of(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", html)


def open_page(home: House, role: Role | None, path: str, lang: str) -> str:
    mark = "&" if "?" in path else "?"
    return home.client(role).get(f"{path}{mark}lang={lang}").text


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("role", "path"), PAGES)
class TestEveryPage:
    """Laws that hold on every page in both languages."""

    def test_tags_close(self, shared: House, role: Role | None, path: str, lang: str) -> None:
        """Nothing is left open, no id stands twice, nothing runs or styles inline."""
        tags = read(open_page(shared, role, path, lang))
        assert (tags.problems, tags.open) == ([], [])
        assert len(tags.ids) == len(set(tags.ids))

    def test_words(self, shared: House, role: Role | None, path: str, lang: str) -> None:
        """No label, blame, cause or standing; no half-width comma inside Chinese text."""
        said = text_of(open_page(shared, role, path, lang))
        forbidden = FORBIDDEN_EN if lang == "en" else FORBIDDEN_ZH
        assert [word for word in forbidden if word in said.lower()] == []
        assert re.findall(r"[一-鿿][,;!?]", said) == []

    def test_nothing_comes_from_elsewhere(
        self, shared: House, role: Role | None, path: str, lang: str
    ) -> None:
        """Every address on a page is of this site."""
        html = open_page(shared, role, path, lang)
        assert not re.search(r"""(?:src|href|action)=["'](?!/|#)""", html)
        assert "http://" not in html
        assert "https://" not in html

    def test_the_language_is_the_one_asked(
        self, shared: House, role: Role | None, path: str, lang: str
    ) -> None:
        """The page says its language, and offers the other."""
        html = open_page(shared, role, path, lang)
        assert f'<html lang="{"en" if lang == "en" else "zh-CN"}">' in html
        assert f"lang={'zh' if lang == 'en' else 'en'}" in html

    def test_inputs_have_labels(
        self, shared: House, role: Role | None, path: str, lang: str
    ) -> None:
        """Every visible field is labelled."""
        tags = read(open_page(shared, role, path, lang))
        visible = [i for i in tags.inputs if i.get("type") != "hidden"]
        assert all(i.get("id") in tags.labels for i in visible)


@pytest.mark.parametrize(
    "path", ["/login", "/livez", "/static/baoxue.css", "/nowhere", "/v1/schools"]
)
def test_every_answer_carries_the_headers(shared: House, path: str) -> None:
    """Content policy, no sniffing, no framing, no referrer, on whatever answers."""
    headers = shared.client().get(path).headers
    assert headers["content-security-policy"] == CSP
    assert "unsafe" not in CSP
    assert "script-src" not in CSP  # default-src 'none' forbids scripts
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"


def test_pages_are_not_kept(shared: House) -> None:
    """A pupil's page leaves no copy in caches."""
    answer = shared.client(Role.COUNSELOR).get(f"/pupils/{PUPIL}")
    assert answer.headers["cache-control"] == "no-store"


# --- login ------------------------------------------------------------------------------------


def login(client: TestClient, **more: str) -> tuple[int, str, str]:
    """Log in as a person does: open the page, send its form. Status, text, where to."""
    html = client.get("/login").text
    token = re.search(r'name="form_token" value="(\w+)"', html)
    assert token is not None
    form = {"form_token": token[1], "name": "counselor", "password": PASSWORD} | more
    answer = client.post("/login", data=form)
    return answer.status_code, answer.text, answer.headers.get("location", "")


def test_login_and_logout(home: House) -> None:
    """A person logs in, sees the first page, logs out, and sees nothing."""
    client = home.client()
    assert client.get("/").headers["location"].startswith("/login")
    assert login(client) == (303, "", "/")
    html = client.get("/").text
    token = re.search(r'name="form_token" value="(\w+)"', html)
    assert token is not None
    old = client.cookies["baoxue_session"]
    assert client.post("/logout", data={"form_token": token[1]}).status_code == 303
    client.cookies.set("baoxue_session", old, domain="testserver.local")
    assert client.get("/").status_code == 303


def test_the_session_cookie_is_out_of_reach(home: House) -> None:
    """HttpOnly, SameSite, and Secure where the connection is."""
    for base, secure in [("http://testserver", False), ("https://testserver", True)]:
        client = home.client()
        client.base_url = base  # type: ignore[assignment]
        html = client.get("/login").text
        token = re.search(r'name="form_token" value="(\w+)"', html)
        assert token is not None
        form = {"form_token": token[1], "name": "counselor", "password": PASSWORD}
        said = client.post("/login", data=form).headers.get_list("set-cookie")
        (cookie,) = [c for c in said if c.startswith("baoxue_session=")]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert ("Secure" in cookie) is secure


def test_login_ends_the_session_before_it(home: House) -> None:
    """A token planted before the login is worth nothing after it."""
    client = home.client(Role.COUNTY)
    planted = client.cookies["baoxue_session"]
    assert login(client)[0] == 303
    assert client.cookies["baoxue_session"] != planted
    assert home.doors.sessions.actor(planted, demo=False) is None


@pytest.mark.parametrize(
    "going",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:1", "x", "/\n/evil"],
)
def test_login_leads_nowhere_else(home: House, going: str) -> None:
    """After a login one goes to a page of this site, whatever the form says."""
    status, _, location = login(home.client(), going=going)
    assert (status, location) == (303, "/")


def test_login_leads_to_the_page_asked_for(home: House) -> None:
    """Who followed a link sees that page after the login."""
    client = home.client()
    location = client.get(f"/pupils/{PUPIL}").headers["location"]
    assert location == f"/login?going=/pupils/{PUPIL}"
    assert f'value="/pupils/{PUPIL}"' in client.get(location).text
    assert login(client, going=f"/pupils/{PUPIL}")[2] == f"/pupils/{PUPIL}"


def test_a_refused_login_says_the_same_for_all(home: House) -> None:
    """Wrong password and unknown name look alike; what was typed is not shown again."""
    wrong = login(home.client(), password="wrong horse 7")
    unknown = login(home.client(), name="canaryname", password="wrong horse 7")
    said = re.compile(r'role="alert">([^<]+)<')
    assert wrong[0] == unknown[0] == 401
    assert said.findall(wrong[1]) == said.findall(unknown[1])
    assert "canaryname" not in unknown[1]


@pytest.mark.parametrize("token", ["", "0" * 64, None])
def test_a_forged_login_is_refused(home: House, token: str | None) -> None:
    """A login form that did not come from the login page is not heard."""
    client = home.client()
    client.get("/login")
    form = {"name": "counselor", "password": PASSWORD} | ({"form_token": token} if token else {})
    assert client.post("/login", data=form).status_code == 403
    assert "baoxue_session" not in client.cookies


def test_demo_logins_are_shown_in_demo_mode_only(tmp_path: Path) -> None:
    """The login page shows passwords nowhere but in a demonstration."""
    (tmp_path / "demo").mkdir()
    shown = house(tmp_path / "demo", demo=True).client().get("/login").text
    hidden = house(tmp_path).client().get("/login").text
    assert PASSWORD in shown
    assert PASSWORD not in hidden


# --- the pupil ----------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "0" * 64])
def test_a_forged_reveal_reveals_nothing(home: House, token: str) -> None:
    """Without the form's own token nothing is revealed and nothing logged."""
    client = home.client(Role.COUNSELOR)
    form = {"reason": "visit", "form_token": token}
    answer = client.post(f"/pupils/{PUPIL}/reveal", data=form)
    assert answer.status_code == 403
    assert CANARY_ID not in answer.text
    assert home.doors.audit.tail(1) == []


def test_a_reveal_is_for_a_reason_and_for_once(home: House) -> None:
    """With a reason: shown and logged with it; the next look is masked again."""
    client = home.client(Role.COUNSELOR)
    form = {"reason": "visit", "form_token": form_token(client.cookies["baoxue_session"])}
    html = client.post(f"/pupils/{PUPIL}/reveal", data=form).text
    assert CANARY_NAME in html
    assert CANARY_ID in html
    ((_, _, entry),) = home.doors.audit.tail(1)
    assert (entry.action, entry.detail["reason"]) == ("reveal", "visit")
    assert CANARY_ID not in client.get(f"/pupils/{PUPIL}").text


@pytest.mark.parametrize("reason", ["", "curiosity"])
def test_without_a_reason_nothing_is_revealed(home: House, reason: str) -> None:
    """A missing or made-up reason gives the masked page and a sentence."""
    client = home.client(Role.COUNSELOR)
    form = {"reason": reason, "form_token": form_token(client.cookies["baoxue_session"])}
    answer = client.post(f"/pupils/{PUPIL}/reveal", data=form)
    assert answer.status_code == 422
    assert "请选择事由" in answer.text
    assert CANARY_ID not in answer.text


def test_the_pupils_page_says_what_words_fix(shared: House) -> None:
    """Verdict, interval, base rate, disclaimer, headings, footer, all from the fixed words."""
    said = text_of(shared.client(Role.COUNSELOR).get(f"/pupils/{PUPIL}").text)
    flat = re.sub(r"\s+", "", said)
    for words in (
        "每100名记录相近的学生中，约28名", "区间21–36名；全县约2.9名", "这不是对该生的判断",
        "主要依据", "估计依据", "背景信息合计", "与上周相比", "缺少的数据", "本学期考勤", "必查提醒",
        "本页是核实线索，不是结论", "背景信息只用于安排帮扶，不表示学生或家庭有过错", "演示数据，不反映真实学生",
        "查看已记录", "dropout-risk/3", "L1234567890", "请勿转发至微信群、QQ群", "□属实□有误", "考勤未报（不等于到校）",
    ):  # fmt: skip
        assert words in flat, words


def test_what_moved_is_for_those_who_may_see_the_estimate(shared: House) -> None:
    """A counselor reads which records moved it, on the page and from the interface; a class teacher nowhere."""
    moved = "使估计升高最多"
    said = {
        role: shared.client(role).get(f"/pupils/{PUPIL}").text
        for role in (Role.COUNSELOR, Role.CLASS_TEACHER)
    }
    assert moved in said[Role.COUNSELOR]
    assert "与上周相比" in said[Role.COUNSELOR]
    assert moved not in said[Role.CLASS_TEACHER]
    told = shared.client(Role.COUNSELOR).get(f"/v1/pupils/{PUPIL}/explanation").json()
    assert moved in told["since_zh"]
    assert told["since_en"].startswith("Since last week")


def test_background_is_not_printed(shared: House) -> None:
    """Its line and its bar carry the class that paper leaves out."""
    html = shared.client(Role.COUNSELOR).get(f"/pupils/{PUPIL}").text
    for found in re.finditer("背景信息合计", html):
        assert "noprint" in html[max(0, found.start() - 120) : found.start()]


def test_without_an_estimate_the_page_says_so(shared: House) -> None:
    """No data is a state of its own: no number, no picture, what to do."""
    who = pupil(PUPIL, band="no_data", probability=None, per_hundred=None, reasons=(), background_contribution=None)  # fmt: skip
    bare = page(who, verdict_zh="", verdict_en="", factors=(), steps=(), bias=None, margin=None, protective=(), days=())  # fmt: skip
    html = shown(bare)
    assert "数据不足" in html
    assert "waterfall" not in html
    assert "calendar" not in html


def test_a_rule_is_named_as_such() -> None:
    """Where no model passed, every page says that the list follows the attendance rule."""
    html = shown(page(pupil(PUPIL), head=head(model_kind="rule")))
    assert "模型未通过检验，本名单按出勤规则生成" in html


def test_real_data_carry_no_demo_banner() -> None:
    """The banner is for synthetic data only."""
    assert "演示数据" not in shown(page(pupil(PUPIL), head=head(synthetic=False)))


def test_what_came_in_is_text() -> None:
    """Markup in names, sentences or notes is shown, never run."""
    evil = "<script>alert(1)</script>"
    who = pupil(PUPIL, name=evil, class_name=evil, alerts=(alert(PUPIL, zh=evil, reference=evil),))
    html = shown(page(who, school_name=evil, verdict_zh=f"约28名{evil}"))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def shown(one: object) -> str:
    """The page of one pupil in a house that holds nobody else."""
    import tempfile

    views = Published(county().weeks, {PUPIL: one})  # type: ignore[dict-item]
    home = house(Path(tempfile.mkdtemp()), views=views)
    return home.client(Role.COUNSELOR).get(f"/pupils/{PUPIL}").text


# --- a school's week, the first page ---------------------------------------------------------------


def test_a_week_has_all_its_parts(shared: House) -> None:
    """Classes, bands, alerts with basis, change, capacity, freshness, the silent class, downloads."""
    said = re.sub(r"\s+", "", text_of(shared.client(Role.COUNSELOR).get(f"/schools/{HERE}").text))
    for words in ("八年级(2)班", "建议优先核实", "依据：国家文件", "新列入", "关注下调", "每周可核实25人",
                  "数据截至2026-11-20（1天前）", "九年级(1)班已连续2个上课日未报考勤", "移出名单", "下载CSV"):  # fmt: skip
        assert words in said, words


def test_a_week_can_be_narrowed_to_a_band(shared: House) -> None:
    """One band shows its rows; a band that is none shows all."""
    client = shared.client(Role.COUNSELOR)
    rows = [
        len(re.findall(r'scope="row"><a', client.get(f"/schools/{HERE}?band={b}").text))
        for b in ("", "priority", "nonsense")
    ]
    assert rows == [6, 2, 6]


def test_stale_data_are_named(home: House) -> None:
    """A list older than a week says so and what to do."""
    from datetime import timedelta

    home.clock.pass_(timedelta(days=30))
    html = home.client(Role.COUNSELOR).get(f"/schools/{HERE}").text
    assert "请先导入新数据" in html


def test_an_empty_week_says_what_to_do(tmp_path: Path) -> None:
    """Nobody listed is a sentence, not an empty table."""
    from dataclasses import replace

    week = replace(county().weeks[HERE], rows=(), left=(), tasks=(), class_alerts=())
    client = house(tmp_path, views=Published({HERE: week})).client(Role.COUNSELOR)
    assert "本周没有列入的学生" in client.get(f"/schools/{HERE}").text
    assert "本周没有需要您核实的事项" in client.get("/").text


def test_before_the_first_list_the_first_page_says_what_to_do(tmp_path: Path) -> None:
    """An empty home names the next command."""
    client = house(tmp_path, views=Published()).client(Role.ADMINISTRATOR)
    assert "baoxue import" in client.get("/").text


def test_the_first_page_counts_the_work(shared: House) -> None:
    """Each role is told how many and where; a class teacher nothing of the estimate."""
    said = re.sub(r"\s+", "", text_of(shared.client(Role.COUNSELOR).get("/").text))
    assert "1名学生须立即核查" in said
    assert "2名学生建议优先核实" in said
    teacher = text_of(shared.client(Role.CLASS_TEACHER).get("/").text)
    assert "建议优先核实" not in teacher


def test_the_language_is_remembered(home: House) -> None:
    """Having asked for English once, the next page is English."""
    client = home.client(Role.COUNSELOR)
    client.get("/?lang=en")
    assert '<html lang="en">' in client.get("/").text


# --- contexts ---------------------------------------------------------------------------------------

CONTEXTS = [c for _, c in inspect.getmembers(contexts, dataclasses.is_dataclass) if c.__module__ == contexts.__name__]  # fmt: skip


@pytest.mark.parametrize("context", CONTEXTS, ids=lambda c: c.__name__)
def test_every_field_of_a_context_is_documented(context: type) -> None:
    """A template's author reads in the docstring what every name holds."""
    undocumented = [
        f.name
        for f in dataclasses.fields(context)
        if f"``{f.name}``" not in (context.__doc__ or "")
    ]
    assert undocumented == []


def test_every_template_has_its_context() -> None:
    """Each page template is drawn from one context, and each context has its template."""
    files = {p.name for p in TEMPLATES.glob("*.html")} - {"base.html", "parts.html"}
    assert files == set(TEMPLATE_OF.values())
    assert set(TEMPLATE_OF) <= {c.__name__ for c in CONTEXTS}


def test_a_long_table_is_cut_on_paper_only() -> None:
    """All records stand in the table; paper gets the largest and the sum of the rest."""
    from dataclasses import replace

    from tests.serving.factories import factors

    many = tuple(replace(factors()[0], code=f"c{n}", contribution=0.01 * n) for n in range(1, 21))
    html = shown(page(pupil(PUPIL), factors=many))
    table = html[html.index('class="factors"') :]
    table = table[: table.index("</table>")]
    assert table.count('<tr class="noprint">') == 8
    assert "其余8项合计" in table
    assert "+0.360" in table


def test_a_record_without_a_value_is_named() -> None:
    """'Not recorded' says what was not recorded."""
    from dataclasses import replace

    from tests.serving.factories import factors

    bare = replace(factors()[0], label_zh="家校联系次数", value=None, zh="未登记（不等于没有）。")
    assert "家校联系次数：未登记（不等于没有）。" in shown(page(pupil(PUPIL), factors=(bare,)))


def test_days_missed_are_counted_from_a_day_that_is_said() -> None:
    """'Since' only follows a last day at school; without one that is said instead."""
    known = shown(page(pupil(PUPIL)))
    assert "此后已缺 5 个上课日" in known
    never = shown(page(pupil(PUPIL, last_attended_on=None)))
    assert "此后" not in never
    assert "没有到校记录，已缺 5 个上课日" in never


def test_past_deadlines_are_named_on_every_page(tmp_path: Path) -> None:
    """Once the day after has come, a deadline reads 已逾期 on the list and on the pupil's page."""
    home = house(tmp_path)
    client = home.client(Role.COUNSELOR)
    for address in (f"/schools/{HERE}", "/pupils/p0000000000000000001"):
        assert "已逾期" not in client.get(address).text
    home.clock.pass_(timedelta(days=1))
    client = home.client(Role.COUNSELOR)
    for address in (f"/schools/{HERE}", "/pupils/p0000000000000000001"):
        assert "已逾期" in client.get(address).text


def test_health_without_a_report_says_what_comes_next(tmp_path: Path) -> None:
    """The empty state names the command, in both languages."""
    empty = house(tmp_path, health=[])
    for lang in ("zh", "en"):
        assert "baoxue health" in empty.client(Role.COUNTY).get(f"/health?lang={lang}").text


def test_health_shows_what_needs_a_person_first_and_is_logged(home: House) -> None:
    """Findings stand in their order, each line has its newest figure, and the look is on record."""
    text = home.client(Role.COUNTY).get("/health").text
    findings = [f.zh for f in health_report().findings]
    assert [text.index(f) for f in findings] == sorted(text.index(f) for f in findings)
    assert "1项须有人处理" in text
    assert text.count('<svg viewBox="0 0 100 100"') == 4
    ((_, _, entry),) = home.doors.audit.tail(9)
    assert (entry.action, entry.subject) == ("health", "area:440100")


def test_a_sound_week_says_so(tmp_path: Path) -> None:
    """Where nothing needs a person that is the first sentence; lines without a figure say so."""
    quiet = house(tmp_path, health=[health_report(findings=(), points=())])
    text = quiet.client(Role.ANALYST).get("/health?lang=en").text
    assert "Nothing needs a person this week." in text
    assert text.count("Nothing to show yet.") == 4


def test_one_number_for_those_to_check_now(tmp_path: Path) -> None:
    """Whoever looks counts the same pupils to check now: a task lists nobody, also for those without estimates,
    and a listed pupil's task is no task beside the list for those who see the list."""
    made = county()
    week = made.weeks[HERE]
    own = alert("p0000000000000000002", listed=False, due_on=week.head.as_of)
    rows = tuple(
        dataclasses.replace(row, alerts=(own,)) if row.pupil_id == own.pupil_id else row
        for row in week.rows
    )
    week = dataclasses.replace(week, rows=rows, tasks=(*week.tasks, own))
    home = house(tmp_path, views=dataclasses.replace(made, weeks={**made.weeks, HERE: week}))
    said = {
        role: text_of(open_page(home, role, "/", "zh")) for role in (Role.COUNSELOR, Role.CLERK)
    }
    for text in said.values():
        assert re.search(r"\b1\s+名学生须立即核查", text)
    school = {role: open_page(home, role, f"/schools/{HERE}", "zh") for role in said}
    beside = {role: text.partition('id="tasks"')[2] for role, text in school.items()}
    assert [own.pupil_id in beside[role] for role in said] == [False, True]


def test_the_page_holds_every_reason_and_says_its_order(tmp_path: Path) -> None:
    """A pupil with an alert keeps all three reasons, as in the exports; the footer says the order that is."""
    html = open_page(house(tmp_path), Role.COUNSELOR, f"/schools/{HERE}", "zh")
    row = html.partition(f'href="/pupils/{PUPIL}"')[2].partition("</tr>")[0]
    assert all(reason.zh in row for reason in county().weeks[HERE].rows[0].reasons)
    assert "名单按班级分列，班内按建议和期限排列，不是名次" in html


def test_a_class_has_one_name(tmp_path: Path) -> None:
    """A class is named alike in the list and beside it, also where none of its pupils is listed."""
    made = county()
    task = alert("p8", listed=False, class_id="0401", grade=4, class_name="四年级1班")
    week = dataclasses.replace(made.weeks[HERE], tasks=(task,))
    home = house(tmp_path, views=dataclasses.replace(made, weeks={HERE: week}))
    text = open_page(home, Role.COUNSELOR, f"/schools/{HERE}", "zh")
    assert "四年级1班" in text
    assert "0401班" not in text


def test_models_and_audit_speak_the_language_of_the_page(tmp_path: Path) -> None:
    """No code stands where a word is known, in Chinese no English one; whole numbers are whole."""
    home = house(tmp_path)
    card = dataclasses.replace(
        home.doors.models.cards()[0],
        kind="model",
        checks={"rows": 203324.0, "pupils": 6608.0, "auc": 0.71234},
    )
    home.doors.models.cards = lambda: [card]  # type: ignore[method-assign]
    text = text_of(open_page(home, Role.ANALYST, "/models", "zh"))
    assert not re.search(r"champion|\bmodel\b|\brows\b|\bpupils\b|e\+0", text)
    assert all(word in text for word in ("训练所得的模型", "正在使用", "203324", "6608", "0.7123"))
    home.client(Role.COUNSELOR).get(f"/schools/{HERE}")
    home.client(Role.COUNSELOR).get(f"/pupils/{PUPIL}")
    text = text_of(open_page(home, Role.ADMINISTRATOR, "/audit", "zh"))
    assert all(word in text for word in ("查看名单", "查看学生"))
    assert not re.search(r"\s(list|pupil|home)\s", text)


def test_every_action_of_the_audit_has_a_word() -> None:
    """Whatever the program writes into the audit is read in words."""
    found = set()
    for path in Path("serving").rglob("*.py"):
        said = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'action(?:: str)? ?= ?"([a-z]+)"', said))
        found |= set(re.findall(r'\b_?(?:entry|log)\((?:actor, )?"([a-z]+)"', said))
    assert (
        {"list", "reveal", "home", "risk", "account", "withdraw", "export"} <= found <= set(ACTIONS)
    )


@pytest.mark.parametrize(
    ("lang", "said"), [("zh", "请填写用户名和密码。"), ("en", "Give a user name and a password.")]
)
def test_an_empty_login_is_told_in_a_sentence(tmp_path: Path, lang: str, said: str) -> None:
    """Nothing filled in: the form again, with what is missing in words for people."""
    answer = house(tmp_path).client().post(f"/login?lang={lang}", data={})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'name="password"' in answer.text

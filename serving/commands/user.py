"""``baoxue user add|list|password|assign|disable|enable``: who may log in, and what they see."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from serving.accounts import Entry
    from serving.permissions import Scope
    from serving.store.accounts import StoredAccounts

#: So many classes are named where another is given.
CLASSES_NAMED = 8
Name = Annotated[str, typer.Argument(help="用户名 / user name")]


def register(app: typer.Typer) -> None:
    """Mount the commands."""
    user = typer.Typer(no_args_is_help=True, help="账号。/ Accounts.")
    user.command("add", help="新建账号。/ Make an account.")(add)
    user.command("list", help="列出账号。/ List accounts.")(list_)
    user.command("password", help="重设密码，立即退出。/ Another password.")(password)
    user.command("assign", help="更换角色、学校或班级。/ Another role, school or class.")(assign)
    user.command("disable", help="停用账号，立即退出。/ Close an account at once.")(disable)
    user.command("enable", help="恢复停用的账号。/ Open a closed account again.")(enable)
    app.add_typer(user, name="user")


RoleName = Annotated[
    str, typer.Option(help="administrator|principal|counselor|class_teacher|clerk|county|analyst")
]
Schools = Annotated[list[str] | None, typer.Option(help="学校标识码 / school id")]
Classes = Annotated[list[str] | None, typer.Option("--class", help="班级 / class id")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="从标准输入读密码 / read it from stdin")
]


def add(
    name: Name,
    role: RoleName,
    school: Schools = None,
    class_: Classes = None,
    password_stdin: FromStdin = False,
) -> None:
    """Make an account; the password is asked for twice on a terminal."""
    scope = _scope(role, school or (), class_ or ())
    said = _password(from_stdin=password_stdin)
    account = _accounts().add(name, said, scope, by=_entry(name, "add", role=role))
    print(f"已建账号：{account.name}（{role}）。/ Account made.")


def assign(name: Name, role: RoleName, school: Schools = None, class_: Classes = None) -> None:
    """Another role or other schools and classes: a class teacher in September keeps name and password."""
    scope = _scope(role, school or (), class_ or ())
    _accounts().assign(name, scope, by=_entry(name, "assign", role=role))
    where = " ".join([*sorted(scope.schools), *sorted(scope.classes)]) or "*"
    print(f"已更换：{name}（{role}，{where}），下一次操作起生效。/ Assigned.")


def password(name: Name, password_stdin: FromStdin = False) -> None:
    """Another password, asked for twice on a terminal; whoever was logged in has to log in again."""
    said = _password(from_stdin=password_stdin)
    _accounts().set_password(name, said, by=_entry(name, "password"))
    print(f"已重设密码：{name}，请本人用新密码登录。/ Password set.")


def _scope(role: str, schools: Sequence[str], classes: Sequence[str]) -> Scope:
    from features.refusal import Refusal
    from serving.permissions import Role, check_account

    if role not in set(Role):
        known = "、".join(Role)
        raise Refusal(f"没有这个角色，可用：{known}。", f"No such role; there are: {known}.")
    scope = check_account(Role(role), frozenset(schools), frozenset(classes))
    check_schools(schools)
    check_classes(schools, classes)
    return scope


def _entry(name: str, what: str, **detail: str) -> Entry:
    from serving.commands._audit import entry

    return entry("account", f"account:{name.strip().casefold()}", {"what": what, **detail})


def check_schools(given: Sequence[str]) -> None:
    """Refuse a school that no published list holds; before the first list nothing is known of schools."""
    from features.refusal import Refusal
    from serving.commands import open_desk
    from serving.services.rosters import known_schools
    from serving.settings import ServingSettings

    known = known_schools(open_desk(ServingSettings())) if given else frozenset()
    strange = sorted(set(given) - known) if known else []
    if strange:
        names = "、".join(strange)
        raise Refusal(
            f"已发布的名单中没有学校 {names}，没有改动任何账号。请核对学校标识码：见数据文件夹 "
            "schools（学校）表的 school_id 列。",
            f"No published list holds the school {names.replace('、', ', ')}; no account was changed. Look "
            "the id up in the column school_id of the table `schools` of the extract.",
        )


def check_classes(schools: Sequence[str], given: Sequence[str]) -> None:
    """Refuse a class that none of the schools has in the newest list; of others nothing is known."""
    from features.refusal import Refusal
    from serving.commands import open_desk
    from serving.services.rosters import known_classes
    from serving.settings import ServingSettings

    known = known_classes(open_desk(ServingSettings()), schools) if given and schools else []
    strange = sorted(set(given) - set(known)) if known else []
    if strange:
        names, some, all_ = "、".join(strange), known[:CLASSES_NAMED], len(known)
        raise Refusal(
            f"学校 {'、'.join(schools)} 没有班级 {names}，没有改动任何账号。现有班级（共{all_}个）："
            f"{'、'.join(some)}{'等' if all_ > len(some) else ''}。请核对 --class；新设的班级请先导入数据、"
            "生成一期名单，再试。",
            f"The school {', '.join(schools)} has no class {names.replace('、', ', ')}; no account was "
            f"changed. There are {all_}: {', '.join(some)}{' ...' if all_ > len(some) else ''}. Mend "
            "--class; for a class that is new import the data and make a list first.",
        )


def list_() -> None:
    """List accounts with role and scope; no passwords."""
    every = _accounts().every()
    if not every:
        print("还没有账号。请运行：baoxue user add 用户名 --role administrator")
        print("There is no account yet. Make one: baoxue user add NAME --role administrator")
    for account in every:
        scope = account.scope
        where = " ".join([*sorted(scope.schools), *sorted(scope.classes)]) or "*"
        state = "" if account.active else "  已停用 disabled"
        print(f"{account.name:20} {scope.role:14} {where}{'  demo' if account.demo else ''}{state}")


def disable(name: Name) -> None:
    """Close an account; its sessions answer no more."""
    _accounts().disable(name, by=_entry(name, "disable"))
    print(f"已停用：{name}。/ Disabled.")


def enable(name: Name) -> None:
    """Open a closed account again, with the password it had."""
    _accounts().enable(name, by=_entry(name, "enable"))
    print(f"已恢复：{name}。/ Enabled.")


def _accounts() -> StoredAccounts:
    from datetime import UTC, datetime

    from serving.settings import ServingSettings
    from serving.store.accounts import StoredAccounts
    from serving.store.database import open_database

    return StoredAccounts(open_database(ServingSettings().database), lambda: datetime.now(UTC))


def _password(*, from_stdin: bool) -> str:
    from features.refusal import Refusal

    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Refusal(
            "没有终端可以输入密码；请加 --password-stdin 从标准输入读取。",
            "There is no terminal to ask for a password; add --password-stdin.",
        )
    password: str = typer.prompt("密码 / password", hide_input=True, confirmation_prompt=True)
    return password

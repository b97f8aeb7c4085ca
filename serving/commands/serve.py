"""``baoxue serve``: the API and the pages."""

from __future__ import annotations

import errno
import socket
from typing import Annotated

import typer

from features.refusal import Refusal


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("serve", help="启动网页与接口。/ Serve the pages and the API.")(serve)


def check_free(host: str, port: int) -> None:
    """Refuse an address that cannot be listened on, before anything is opened.

    Raises ``Refusal`` naming a port that is free, or for a host that is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        _bind(family, host, port)
    except PermissionError as error:
        raise Refusal(
            f"没有权限使用端口 {port}（小于1024的端口须管理员权限）。请换一个：baoxue serve --port 8000。",
            f"The port {port} is not allowed here. Choose another: baoxue serve --port 8000.",
        ) from error
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise Refusal(
                f"不能在地址 {host} 上启动。请核对 --host，本机使用 127.0.0.1。",
                f"Cannot listen on {host}. Check --host; this machine alone is 127.0.0.1.",
            ) from error
        other = _bind(family, host, 0)
        raise Refusal(
            f"端口 {port} 已被占用，可能 baoxue serve 已在运行。请先停止它，或换一个端口："
            f"baoxue serve --port {other}。",
            f"The port {port} is taken; perhaps baoxue serve is running already. Stop it, or choose "
            f"another: baoxue serve --port {other}.",
        ) from error


def _bind(family: int, host: str, port: int) -> int:
    """Listen for a moment as the server will; the port that was given."""
    with socket.socket(family, socket.SOCK_STREAM) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        own.bind((host, port))
        return int(own.getsockname()[1])


def check_workers(*, demo: bool) -> None:
    """Refuse several processes over a SQLite file, and in a demonstration."""
    from serving.settings import ServingSettings

    if demo:
        raise Refusal(
            "演示模式只用一个进程，请去掉 --workers。",
            "A demonstration has one process; leave --workers out.",
        )
    if ServingSettings().database.startswith("sqlite"):
        raise Refusal(
            "SQLite 只用一个进程。请去掉 --workers，或设置 BAOXUE_DATABASE_URL 使用 PostgreSQL。",
            "SQLite has one process. Leave --workers out, or set BAOXUE_DATABASE_URL to PostgreSQL.",
        )


def serve(
    host: Annotated[str, typer.Option(help="地址 / address")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 / port", min=1, max=65535)] = 8000,
    demo: Annotated[
        bool | None, typer.Option("--demo/--no-demo", help="演示账号 / demonstration logins")
    ] = None,
    workers: Annotated[
        int, typer.Option(help="进程数，须PostgreSQL / processes, needs PostgreSQL", min=1, max=64)
    ] = 1,
) -> None:
    """Answer until stopped."""
    import uvicorn

    from serving.app import create_app, settle

    check_free(host, port)
    application = create_app(demo=demo)
    if workers > 1:
        check_workers(demo=application.state.doors.demo)
    doors = application.state.doors
    shown = f"[{host}]" if ":" in host else host
    print(f"保学 Baoxue  http://{shown}:{port}/")
    for login in doors.demo_logins():
        print(f"  {login.name:14} {login.password}  {login.about_zh}")
    if not doors.demo and not doors.accounts.every():
        print("还没有账号。请先运行：baoxue user add 用户名 --role administrator")
    # addresses hold opaque ids, but whose page was opened belongs in the audit, not in a log
    if workers > 1:
        uvicorn.run(
            "serving.app:worker",
            factory=True,
            workers=workers,
            host=host,
            port=port,
            access_log=False,
            log_level="warning",
        )
        return
    settle()
    uvicorn.run(application, host=host, port=port, access_log=False, log_level="warning")

"""``baoxue serve``: the API and the pages."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("serve", help="启动网页与接口。/ Serve the pages and the API.")(serve)


def serve(
    host: Annotated[str, typer.Option(help="地址 / address")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 / port", min=1, max=65535)] = 8000,
    demo: Annotated[
        bool | None, typer.Option("--demo/--no-demo", help="演示账号 / demonstration logins")
    ] = None,
) -> None:
    """Answer until stopped."""
    import uvicorn

    from serving.app import create_app

    application = create_app(demo=demo)
    doors = application.state.doors
    shown = f"[{host}]" if ":" in host else host
    print(f"保学 Baoxue  http://{shown}:{port}/")
    for login in doors.demo_logins():
        print(f"  {login.name:14} {login.password}  {login.about_zh}")
    if not doors.demo and not doors.accounts.every():
        print("还没有账号。请先运行：baoxue user add 用户名 --role administrator")
    # addresses hold opaque ids, but whose page was opened belongs in the audit, not in a log
    uvicorn.run(application, host=host, port=port, access_log=False, log_level="warning")

"""The composition root of the web: settings, stores and services become one application.

The clock is read here and in commands, nowhere else. ``application`` is pure wiring and takes any
doors; ``create_app`` opens the real ones.
"""

from __future__ import annotations

import gc
import hashlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from serving.accounts import Clock
from serving.api.front import Front
from serving.api.routes import health
from serving.api.routes import routes as api
from serving.pages.routes import error_page
from serving.pages.routes import routes as pages
from serving.permissions import Actor, Right
from serving.services.champion import Champion
from serving.services.desk import Desk
from serving.services.files import Exports
from serving.services.health import newest
from serving.services.models import ChampionModels
from serving.services.reading import Reading
from serving.settings import ServingSettings
from serving.store.accounts import StoredAccounts
from serving.store.audit import StoredAudit
from serving.store.database import Database, open_database
from serving.store.health import FolderReports
from serving.store.lists import SqlLists
from serving.store.reception import BatchReception
from serving.store.runs import FolderRuns
from serving.store.sessions import StoredSessions
from serving.store.shelf import FolderShelf
from serving.web import demonstration, problem
from serving.web.doors import Doors, Quick
from serving.web.guard import May, check_guarded, guards
from serving.web.headers import Headers

STATIC = Path(__file__).parent / "pages" / "static"
#: Written by ``baoxue demo`` into its home folder.
DEMO_MARK = "demo.json"
ABOUT = (
    "控辍保学预警。评分只作核实线索，由具名人员决定。"
    "The score advises, a named person decides; answers hold masked names and opaque ids."
)


class Application(FastAPI):
    """FastAPI without its script-laden docs; its OpenAPI says which right a route needs."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: what is ready leaves at once, the rest goes to the routes."""
        front: Front | None = getattr(self.state, "front", None)
        if front is None or not await front.answered(self.state.doors, scope, send):
            await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = self._documented()
        return self.openapi_schema

    def _documented(self) -> dict[str, Any]:
        said = get_openapi(title="Baoxue", version="v1", description=ABOUT, routes=_in_schema(self))
        for route in _in_schema(self):
            guard = guards(route)[0]
            for method in route.methods or ():
                operation = said["paths"][route.path_format][method.lower()]
                operation["x-right"] = guard.right.value if isinstance(guard, May) else "anyone"
        return said


def application(doors: Doors, database: Database | None = None) -> FastAPI:
    """The application over ``doors``; refuses to start with an unguarded route.

    ``database`` is closed after the last request.
    """
    around = None if database is None else partial(_around, database)
    app = Application(docs_url=None, redoc_url=None, openapi_url=None, lifespan=around)
    app.state.doors = doors
    app.state.error_page = error_page
    for router in (api, health, pages):
        app.router.routes.extend(router.routes)
    app.add_api_route("/openapi.json", _openapi, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    problem.install(app)
    app.add_middleware(Headers)
    check_guarded(app)
    app.state.front = Front(app.routes)
    return app


@asynccontextmanager
async def _around(database: Database, _: FastAPI) -> AsyncIterator[None]:
    yield
    # what is in SQLite's log goes into the database, so that its file may be copied and moved as it lies
    await run_in_threadpool(database.close)


def utc_now() -> datetime:
    """The moment now, aware."""
    return datetime.now(UTC)


def _openapi(request: Request, _: Annotated[Actor, Depends(May(Right.ENTER))]) -> JSONResponse:
    return JSONResponse(request.app.openapi())


def _in_schema(app: FastAPI) -> list[APIRoute]:
    return [r for r in app.routes if isinstance(r, APIRoute) and r.include_in_schema]


def create_app(
    settings: ServingSettings | None = None, *, demo: bool | None = None, clock: Clock = utc_now
) -> FastAPI:
    """The application of a home folder; its database is brought to the newest revision.

    ``demo`` None means: where the home folder was made by ``baoxue demo``. In demo mode the
    demonstration's logins exist and are shown on the login page; outside it they are nobody.
    Raises ``Refusal`` for a demonstration on data that are not synthetic.
    """
    settings = settings or ServingSettings()
    database = open_database(settings.database)
    lists = SqlLists(database)
    desk = Desk(lists, FolderRuns(settings.home / "runs"))
    accounts = StoredAccounts(database, clock)
    demo = (settings.home / DEMO_MARK).is_file() if demo is None else demo
    logins = demonstration.logins(desk, accounts) if demo else ()
    champion = Champion(settings.home)
    return application(
        Doors(
            accounts=accounts,
            sessions=StoredSessions(database, clock),
            audit=StoredAudit(database, clock),
            views=Reading(desk),
            models=ChampionModels(champion, champion.catalogue),
            exports=Exports(),
            clock=clock,
            demo=demo,
            health=lambda: newest(FolderReports(settings.home / "health")),
            demo_logins=lambda: logins,
            unready=lambda: [
                *([] if database.at_head() else ["database"]),
                *([] if champion.intact() else ["champion"]),
            ],
            quick=Quick(
                reception=BatchReception(database, clock, lists),
                shelf=FolderShelf(settings.home / "served", program()),
                mark=lists.mark,
            ),
        ),
        database,
    )


def settle() -> None:
    """Once, before the first request: what is loaded stays, and threads change places quickly.

    The collector need not walk a hundred thousand objects of libraries in the middle of an answer;
    and the thread that commits is not kept waiting 5 ms (the default) by the one that answers.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(0.0005)


def worker() -> FastAPI:
    """One of several processes: the application of the home folder, never a demonstration."""
    app = create_app(demo=False)
    settle()
    return app


def program() -> str:
    """Names this program by its sources: an answer worded by another one is not taken."""
    said = hashlib.sha256()
    root = Path(__file__).parents[1]
    for package in ("features", "training/bundle", "serving"):
        for path in sorted((root / package).rglob("*")):
            if path.suffix in (".py", ".toml", ".json"):
                said.update(path.read_bytes())
    return said.hexdigest()

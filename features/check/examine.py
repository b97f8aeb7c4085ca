"""The course of a check: files, headers, values, rows, tables, settlement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from features.batch import Batch
from features.check import blank, intake, settle
from features.check.big import BigTable, Outcome
from features.check.digest import Sums, digest, table_words, words_of
from features.check.findings import Group
from features.check.hits import Hits
from features.check.intake import Finding
from features.check.judge import STAGES, Judged, judged, values
from features.check.keeping import Keeper
from features.check.report import Report
from features.check.scatter import scatter
from features.check.settle import Tally
from features.check.sheet import Extract, Sheet
from features.refusal import Refusal
from features.sources import OLD, Raw, Source, Unreadable, list_sources
from features.sources.workbook import EXPLANATIONS
from features.tables import NEVER_IMPORTED, TABLES, Table

#: Without these a full extract says nothing about anybody.
NEEDED = ("schools", "classes", "students", "enrolments")
NEEDED_ANY = ("students", "enrolments")
EXPECTED = ("attendance", "calendar")
#: The earliest day: what a batch without any dated row was received on.
NO_DAY = date(1970, 1, 1)


#: Tables that may be too large to hold; no rule about another table looks at them.
BIG = ("attendance", "roll_calls", "grades", "activity")


@dataclass(frozen=True)
class Large:
    """What becomes of a table too large to hold.

    ``most``: rows of a table that are held at once; one of ``BIG`` with more is checked part by part.
    ``keep``: a folder for its accepted rows, None where nobody wants them.
    """

    keep: Path | None = None
    most: int = 1 << 22


@dataclass(frozen=True)
class Room:
    """Where the parts of large tables lie while they are checked, and what becomes of them."""

    aside: Path
    large: Large


class Examination:
    """One check of one folder."""

    def __init__(
        self,
        folder: Path,
        share: float,
        progress: Callable[[str], None],
        known: Mapping[str, pl.Series] | None = None,
        *,
        room: Room,
    ) -> None:
        """``share``: the largest share of faulty rows at which a table is accepted."""
        self.folder, self.share, self.progress, self.known = folder, share, progress, known
        self.room = room
        self.findings: list[tuple[Finding, str | None]] = []
        self.hits: list[Judged] = []
        self.sheets: dict[str, Sheet] = {}
        self.big: dict[str, BigTable] = {}
        self.files: dict[str, Path] = {}
        self.ragged: dict[str, int] = {}
        self.refused: list[str] = []
        self.batch = Batch()

    def run(self) -> tuple[Report, dict[str, pl.DataFrame], Batch, str]:
        """Report, accepted tables, batch, digest."""
        self._read_batch()
        for name, sources in self._by_table().items():
            self._read_table(TABLES[name], sources)
        self._missing_tables()
        self._blank_tables()
        latest = [settle.latest_day(self.sheets), *(big.latest() for big in self.big.values())]
        received = self.batch.received_on or max((d for d in latest if d), default=NO_DAY)
        extract = Extract(self.batch, received, self.sheets, self.known)
        self._apply_rules(extract)
        return self._settle(received, self._judge_big(extract))

    def _find(self, finding: Finding, file: str | None) -> None:
        self.findings.append((finding, file))
        name = finding.table or file or "."
        if finding.refuses and name not in self.refused:
            self.refused.append(name)

    def _read_batch(self) -> None:
        try:
            self.batch = Batch.read(self.folder)
        except Refusal as refusal:
            words: dict[str, object] = {"said_zh": refusal.zh, "said_en": refusal.en}
            self._find(Finding("batch", words=words, refuses=True), "batch.toml")

    def _by_table(self) -> dict[str, list[Source]]:
        """The folder's files by table, in contract order; strangers are named."""
        found: dict[str, list[Source]] = {}
        sources = [s for s in list_sources(self.folder) if s.name not in EXPLANATIONS]
        for source in sources:
            table = intake.table_named(source.name)
            if table is not None:
                found.setdefault(table.name, []).append(source)
            elif source.path.suffix.lower() not in OLD:
                self._stranger(source)
        if not found and not sources:
            self._find(Finding("no_tables", refuses=True), None)
        return {name: found[name] for name in TABLES if name in found}

    def _stranger(self, source: Source) -> None:
        near = intake.nearest_table(source.name)
        words: dict[str, object] = {"name": source.name}
        if any(word in source.name.lower() for word in NEVER_IMPORTED):
            words = {"header": source.name}
            self._find(Finding("never_imported", words=words, refuses=True), source.path.name)
        elif near is None:
            self._find(Finding("unknown_table", words=words), source.path.name)
        else:
            words["nearest"] = near.name if source.name.isascii() else near.zh
            self._find(Finding("near_table", words=words, refuses=True), source.path.name)

    def _missing_tables(self) -> None:
        if self.batch.mode == "delta" or any(f.rule == "no_tables" for f, _ in self.findings):
            return
        seen = {*self.sheets, *self.big, *self.refused}
        for name in NEEDED if self.batch.population == "compulsory" else NEEDED_ANY:
            if name not in seen:
                self._find(Finding("missing_table", name, words={"name": name}, refuses=True), None)
        for name in EXPECTED:
            if name not in seen:
                self._find(Finding("expected_table", name, words={"name": name}), None)

    def _blank_tables(self) -> None:
        empty = blank.blank(self.sheets, self.ragged)
        others = {*self.big, *self.refused}
        if len(empty) < len(self.sheets) or self.big:  # blank templates are told by a note
            for finding in blank.findings(self.batch, self.sheets, empty, others):
                sheet = self.sheets.get(finding.table or "")
                self._find(finding, None if sheet is None else sheet.file)

    def _read_table(self, table: Table, sources: list[Source]) -> None:
        source = sources[0]
        file = source.path.name
        if len(sources) > 1:
            files = "、".join(s.path.name for s in sources)
            words: dict[str, object] = {"files": files, "name": table.name}
            self._find(Finding("two_files", table.name, words=words, refuses=True), file)
            return
        self.progress(file)
        before = len(self.findings)
        try:
            self._read_source(table, source)
        except Unreadable as error:
            if error.rule == "torn":
                del self.findings[before:]  # what a text seemed to say until then
            words = {"row": error.row, "ending": source.path.suffix}
            finding = Finding(error.rule, table.name, None, error.row, words, refuses=True)
            self._find(finding, file)

    def _read_source(self, table: Table, source: Source) -> None:
        file, raw = source.path.name, source.read()
        matched = intake.match_headers(table, raw.headers, self.batch.population)
        for finding in matched.findings:
            self._find(finding, file)
        if raw.further:
            sheets = "、".join(raw.further)
            self._find(Finding("further_sheets", table.name, words={"sheets": sheets}), file)
        if matched.refused:
            return
        for row, fields in raw.ragged:
            words: dict[str, object] = {"fields": fields, "expected": len(raw.headers)}
            self._find(Finding("fields", table.name, None, row, words), file)
        self.ragged[table.name] = len(raw.ragged)
        if table.name in BIG and raw.height > self.room.large.most:
            self._lay_aside(table, file, raw, matched.places)
            return
        sheet, breaches = intake.build_sheet(table, file, raw, matched.places, self.batch)
        self.sheets[table.name] = sheet
        self.hits += values(sheet, breaches)

    def _lay_aside(self, table: Table, file: str, raw: Raw, places: dict[str, int]) -> None:
        """A table too large to hold: laid in parts, to be judged when all others are read."""
        columns = {name: str(place) for name, place in places.items()}
        try:
            parts = scatter(table, self.batch, raw.turns, columns, room=self.room.aside)
        except (pl.exceptions.PolarsError, OSError):
            raise Unreadable("broken_parquet") from None
        headers = {name: raw.headers[place] for name, place in places.items()}
        self.big[table.name] = BigTable(table, file, headers, raw.gaps, parts)
        self.big[table.name].read(self.batch)

    def _apply_rules(self, extract: Extract) -> None:
        for stage in STAGES:
            for sheet in self.sheets.values():
                if stage == 2:  # rules within a row see the cells as they were given
                    settle.fill_clocks(sheet, self.batch, extract.received_on)
                self.hits += judged(sheet, extract, stage)

    def _judge_big(self, extract: Extract) -> dict[str, Outcome]:
        """Tables laid in parts: their rules look at other tables, which are held."""

        def judge(sheet: Sheet) -> Iterator[Judged]:
            for stage in STAGES:
                if stage == 2:
                    settle.fill_clocks(sheet, self.batch, extract.received_on)
                yield from judged(sheet, extract, stage)

        found = {}
        for name, big in self.big.items():
            keep = self.room.large.keep
            keeper = None if keep is None else Keeper(name, keep / f"{name}.parquet")
            found[name] = big.run(judge, keeper, self.ragged.get(name, 0))
            self.hits += found[name].hits
            if keeper is not None:
                keeper.close()
                self.files[name] = keeper.path
        return found

    def _settle(
        self, received: date, big: dict[str, Outcome]
    ) -> tuple[Report, dict[str, pl.DataFrame], Batch, str]:
        tables: dict[str, pl.DataFrame] = {}
        words: dict[str, Sums] = {}
        tallies: list[Tally] = []
        for name in (name for name in TABLES if name in self.sheets or name in big):
            if name in big:
                tally, words[name] = big[name].tally, big[name].sums
            else:
                frame, encoded, tally = settle.settle(self.sheets[name], self.ragged.get(name, 0))
                tables[name] = frame
                words[name] = table_words(frame.columns, frame, encoded, words_of(encoded))
            tallies.append(tally)
            if tally.bad > self.share * tally.rows:
                self._refuse(tally)
                del words[name]
                tables.pop(name, None)
                if name in self.files:
                    self.files.pop(name).unlink()
        batch = self.batch.model_copy(update={"received_on": received})
        notes = self._notes(tallies)
        report = Report(self._groups(), tuple(tallies), tuple(self.refused), notes)
        return report, tables, batch, digest(words, batch)

    def _refuse(self, tally: Tally) -> None:
        words: dict[str, object] = {
            "bad": tally.bad, "percent": f"{100 * tally.bad / tally.rows:.1f}%",
            "limit": f"{100 * self.share:g}%",
        }  # fmt: skip
        finding = Finding("too_many_faults", tally.table, words=words, refuses=True)
        self._find(finding, tally.file)

    def _notes(self, tallies: list[Tally]) -> tuple[tuple[str, str], ...]:
        notes = []
        nothing = [t.table for t in tallies if not t.rows]
        if tallies and len(nothing) == len(tallies):
            return ((
                "各表都只有表头，还没有填写任何数据。请填好后重新检查。",
                "All tables have a header alone; nothing is filled in yet. Fill them in and check again.",
            ),)  # fmt: skip
        if nothing:
            notes.append((
                f"只有表头、没有数据的表：{'、'.join(nothing)}。如应有记录，请补上；确实没有的可以不交。",
                f"Tables with a header and no row: {', '.join(nothing)}. Add the rows if there should be any; "
                "what does not exist need not be sent.",
            ))  # fmt: skip
        students = self.sheets.get("students")
        if students is not None and not students.frame.height and not self.ragged.get("students"):
            notes.append((
                "没有学生记录：可以导入，但还没有任何名单；请在开学报到后补上学生、在读和考勤各表。",
                "There are no pupils: it can be imported, but no list can be made yet; add students, "
                "enrolments and attendance once the term has begun.",
            ))  # fmt: skip
        if self.batch.mode == "delta" and self.known is None:
            notes.append((
                "这是补充数据：引用的学生、学校是否存在，导入时再核对。",
                "These are additions: whether pupils and schools exist is seen at import.",
            ))  # fmt: skip
        if self.batch.received_on is None and any(t.rows for t in tallies):
            notes.append((
                "batch.toml 没有写 received_on，按数据中最晚的日期处理。",
                "batch.toml gives no received_on: the latest day in the data stands for it.",
            ))  # fmt: skip
        return tuple(notes)

    def _groups(self) -> tuple[Group, ...]:
        """Findings about files and tables, then rows; faults before warnings, larger first."""
        about = [self._finding_group(finding, file) for finding, file in self.findings]
        hits = sorted(self.hits, key=lambda judged: judged[0])
        rows = [self._hits_group(rule, one) for _, rule, one in hits]
        rows.sort(key=lambda group: -group.count)
        return (*about, *rows)

    def _finding_group(self, finding: Finding, file: str | None) -> Group:
        rows = None if finding.row is None else (finding.row,)
        header = None
        if finding.column is not None and finding.table is not None:
            header = TABLES[finding.table].column(finding.column).name
        return Group(finding.rule, finding.table, file, finding.column, header, rows, None,
                     finding.words)  # fmt: skip

    def _hits_group(self, rule: str, hits: Hits) -> Group:
        sheet = self.big.get(hits.table) or self.sheets[hits.table]
        rows: np.ndarray = sheet.row_numbers(hits.index)
        header = None if hits.column is None else sheet.headers.get(hits.column, hits.column)
        return Group(
            rule, hits.table, sheet.file, hits.column, header, rows, hits.shown, hits.words
        )

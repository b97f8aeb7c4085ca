"""The course of a check: files, headers, values, rows, tables, settlement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import partial
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
from features.check.judge import STAGES, Judged, judged
from features.check.keeping import Keeper
from features.check.reading import BIG, Read, Room, read_table
from features.check.report import Report
from features.check.settle import Tally
from features.check.sheet import Extract, Sheet
from features.refusal import Refusal
from features.sources import OLD, Source, list_sources
from features.sources.turns import in_turn
from features.sources.workbook import EXPLANATIONS
from features.tables import NEVER_IMPORTED, TABLES

#: Without these a full extract says nothing about anybody.
NEEDED = ("schools", "classes", "students", "enrolments")
NEEDED_ANY = ("students", "enrolments")
EXPECTED = ("attendance", "calendar")
#: The earliest day: what a batch without any dated row was received on.
NO_DAY = date(1970, 1, 1)


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
        self._read_tables()
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

    def _read_tables(self) -> None:
        """Every table, two at a time; those that may be too large to hold one by one, after the others."""
        sources = self._by_table()
        small = [name for name in sources if name not in BIG]

        def read(name: str) -> Read:
            return read_table(TABLES[name], sources[name], self.batch, self.room)

        def begun(names: Iterable[str]) -> Iterator[str]:
            for name in names:
                if len(sources[name]) == 1:
                    self.progress(sources[name][0].path.name)
                yield name

        every = {one.name: one for one in in_turn(read, begun(small))}
        every |= {one.name: one for one in map(read, begun(n for n in sources if n in BIG))}
        for one in (every[name] for name in sources):
            for finding, file in one.findings:
                self._find(finding, file)
            self.hits += one.hits
            if one.ragged is not None:
                self.ragged[one.name] = one.ragged
            if one.sheet is not None:
                self.sheets[one.name] = one.sheet
            if one.big is not None:
                self.big[one.name] = one.big

    def _apply_rules(self, extract: Extract) -> None:
        for stage in STAGES:
            found = partial(self._rules_of, extract=extract, stage=stage)
            # between tables one after the other: what is found out for one is found for those after it
            go_through = map if stage == STAGES[-1] else in_turn
            for hits in go_through(found, self.sheets.values()):
                self.hits += hits

    def _rules_of(self, sheet: Sheet, *, extract: Extract, stage: int) -> list[Judged]:
        if stage == 2:  # rules within a row see the cells as they were given
            settle.fill_clocks(sheet, self.batch, extract.received_on)
        return list(judged(sheet, extract, stage))

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
        held = dict(in_turn(self._settled, self.sheets))
        for name in (name for name in TABLES if name in self.sheets or name in big):
            if name in big:
                tally, words[name] = big[name].tally, big[name].sums
            else:
                tables[name], tally, words[name] = held[name]
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

    def _settled(self, name: str) -> tuple[str, tuple[pl.DataFrame, Tally, Sums]]:
        frame, encoded, tally = settle.settle(self.sheets[name], self.ragged.get(name, 0))
        return name, (frame, tally, table_words(frame.columns, frame, encoded, words_of(encoded)))

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
        # of a batch.toml that cannot be read nothing is known, also not what it leaves out
        said = not any(finding.rule == "batch" for finding, _ in self.findings)
        if said and self.batch.received_on is None and any(t.rows for t in tallies):
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

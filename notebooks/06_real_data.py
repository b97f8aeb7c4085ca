# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 六 真实数据
#
# 虚构的县只能说明程序跑得通。两份公开的真实数据说得更多：开放大学（每日活动，谁中途退课）和 UCI 697
# （一所理工学院，没有日期）。它们是**类比，不是中小学生**。文件不在时跳过，并说明放在哪里。
#
# Two public data sets, analogues and not school children; skipped in a sentence where the files are absent.
#
# Kuzilek, Hlosta, Zdrahal, *Sci Data* 4:170171 (2017); Realinho et al., *Data* 7:146 (2022); both CC BY 4.0.

# %%
import sys
from pathlib import Path

import polars as pl

from features.settings import Settings

root = Path.cwd().parent if Path.cwd().name == "notebooks" else Path.cwd()
sys.path.insert(0, str(root))
oulad = root.parent / "shared" / "data" / "oulad"
uci = root.parent / "shared" / "data" / "uci697" / "uci697.parquet"
home = Settings().home
for path in (oulad, uci):
    print(f"{path.name}：{'在' if path.exists() else '不在，跳过；请放到 ../shared/data'}")

# %% [markdown]
# ## 开放大学：一门课
#
# 只取 2013 年 2 月开课的一门（DDD），用程序自己的转换，截至第4、8、12、16周，看之后四周谁退课。
# 一门课太小，下不了结论；全部三期的结果在 `docs/evidence.md`。
#
# One module only, to be quick: conclusions are in docs/evidence.md.

# %%
import json
from datetime import date, timedelta

from features.build import build
from features.converters.oulad import convert
from features.facts import open_facts
from training.answers import answers, line
from training.bundle.format import REPORT
from training.evaluate.page import name_of
from training.figures import differences
from training.recipe import Recipe
from training.rows import Order, gather
from training.run import material_of, train

oulad_figure = None
if oulad.is_dir():
    few, extract = home / "oulad-few", home / "oulad-extract"
    few.mkdir(parents=True, exist_ok=True)
    for file in sorted(oulad.glob("*.parquet")):
        table = pl.scan_parquet(file)
        if "code_module" in table.collect_schema().names():
            table = table.filter(pl.col("code_module") == "DDD")
        table.collect().write_parquet(few / file.name)
    converted = convert(few, extract, ["2013B"], overwrite=True)
    facts = open_facts([extract], home)
    days = tuple(date(2013, 2, 1) + timedelta(weeks=week) for week in (4, 8, 12, 16))
    order = Order(
        facts.batch.received_on, 4, name="oulad", days=days, recipe=Recipe.read(Path("quick.toml"))
    )
    trained = train([facts], order)
    report = json.loads(trained.challenger.files[REPORT])
    for system, figures in report["systems"].items():
        print(
            f"{name_of(system):8} AUC {figures['auc']:.3f}  平均精确率 {figures['average_precision']:.3f}"
        )
    oulad_figure = differences(report)
    for one in answers(report):
        print(line(one)[0])
oulad_figure

# %% [markdown]
# ## 真实记录上，依据稳不稳
#
# 与 **03** 同样的问法：换种子、换学生，名单上的学生第一位依据类别还在不在。
#
# As in notebook 03, on real records: do the first reasons stand?

# %%
from training.explanation import breaches, by_bag, by_seed, compared

if oulad.is_dir():
    model, last = trained.challenger, build(facts, days[-1])
    order_of_margin = (-model.score(last).margin).argsort(kind="stable")
    on_list = last[order_of_margin[: round(0.03 * last.height)].tolist()]
    material = material_of([facts], gather([facts], order), order)
    for title, grow in (("换种子", by_seed), ("换学生", by_bag)):
        held = compared(model, grow(material, model, range(1, 6)), on_list)
        print(
            f"{title}：第一位不变 {held.first_stays:.0%}，仍在前三 {held.first_among_three:.0%}，"
            f"各类次序相关 {held.ranks:.2f}（{held.pupils} 名学生，{held.models} 次）"
        )
    print(f"违反方向的指标：{len(breaches(model, last))} 个")

# %% [markdown]
# ## UCI 697：别的列，同一套代码
#
# 没有日期，也没有周：只问同一套拟合、校准、对照和分组在别的数据上站不站得住。
# 不用性别、国籍、父母情况和婚姻状况。
#
# The same fitting, calibration, baselines and groups on other columns; without sex, nationality and parents.

# %%
from training.evaluate.report import by_column
from training.metrics import measure

uci_figure = None
if uci.is_file():
    from benchmarks import uci697
    from training.figures import reliability

    students = uci697.table(uci)
    wanted = uci697.SETS[1]
    judged = uci697.judged(students, wanted.columns(students), seed=0)
    for system, predictions in judged.items():
        figures = measure(predictions)
        print(
            f"{name_of(system):8} AUC {figures['auc']:.3f}  平均精确率 {figures['average_precision']:.3f}"
        )
    for group in by_column(judged["model"], "gender", uci697.SHARE):
        print(
            f"性别 {group['value']:.0f}：查全率 {group['recall']:.2f}，命中率 {group['precision']:.2f}"
        )
    uci_figure = reliability(judged["model"])
uci_figure

# %% [markdown]
# 女生 0、男生 1。名单一样长，两组的查全率不同，而两组退学的多少本来就不同。怎样算公平，见 **04**。
#
# Lists of equal length find different shares where the outcome is differently common; see notebook 04.

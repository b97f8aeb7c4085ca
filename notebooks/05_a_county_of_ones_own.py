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
# # 五 自己的县：自己的指标，自己的预测期
#
# 县里有一列合同之外的数据（这里是虚构的“乘车单程分钟数”），想知道它有没有用；预测期也想从八周改成四周。
# 两件事都不用改程序。**演示数据，不反映真实学生。**
#
# A number of one's own and another horizon, without touching the program. Needs notebook 01.

# %%
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from features.batch import Attribute, Batch
from features.settings import Settings
from features.synthetic.county import LAST_DAY

home = Settings().home
folder = home / "own"
shutil.rmtree(folder, ignore_errors=True)
shutil.copytree(home / "county", folder)

# %% [markdown]
# ## 一、在 `batch.toml` 里申明
#
# 合同之外的数据放在 `attributes` 表里：学生、名称、值、何时得知。不申明，模型就看不到它。方向 `+1` 的意思是：
# 多了不会使估计降低。`in_class` 再加一个“在本班的位置”。性别、民族、户口一类的名称，申明时就会被拒绝。
#
# What is not declared is not read. Restricted names are refused.

# %%
students = pl.read_parquet(folder / "students.parquet")
lot = np.random.default_rng(5)
minutes = (
    5
    + 3 * students["distance_km"].cast(pl.Float64).fill_null(2.0)
    + lot.exponential(5, students.height)
)
attributes = students.select(
    "student_id",
    pl.lit("bus_minutes").alias("name"),
    minutes.round(0).cast(pl.Int64).cast(pl.String).alias("value"),
    pl.lit(date(2025, 9, 1)).alias("known_on"),
)
attributes.write_parquet(folder / "attributes.parquet")

own = Attribute(direction=1, in_class=True, zh="乘车单程分钟数", en="minutes by bus, one way")
batch = Batch.read(folder).model_copy(
    update={"area": "own-county", "attributes": {"bus_minutes": own}}
)
batch.write(folder)
print((folder / "batch.toml").read_text(encoding="utf-8"))

# %%
from pydantic import ValidationError

try:
    Batch(attributes={"hukou_code": own})
except ValidationError as refused:
    print("被拒绝：", refused.errors()[0]["msg"])

# %% [markdown]
# ## 二、它成了两个指标
#
# 目录按名称排列；申明变了，目录的指纹也变，旧模型不会拿新数据来评分。这类指标属于“班级与时段”：
# 参加估计，但不列为对一名学生的依据。
#
# Two indicators more, and another fingerprint: an old model will not score under new definitions.

# %%
from features.build import build
from features.catalogue import load
from features.facts import open_facts

facts = open_facts([folder], home)
catalogue = load(facts.batch.attributes)
added = [name for name in catalogue.names if name not in load().names]
for name in added:
    print(f"{name}：{catalogue[name].label_zh}，类别 {catalogue[name].family}")
print("指纹不同：", catalogue.fingerprint != load().fingerprint)
build(facts, LAST_DAY).select(added).describe()

# %% [markdown]
# ## 三、四周的预测期，有它和没有它
#
# `own.toml` 里有两种设置，只差这两个指标。每个时段都两种各试一遍，看谁的遗憾（与该时段最好的差距）小。
# 打平时取先写的那一种，也就是没有它的那一种。一个指标要凭这张表留下来，不凭愿望。
#
# Two settings that differ by the indicator alone: regret over later periods decides, a tie goes to the simpler.

# %%
from training.recipe import Recipe
from training.rows import Order
from training.run import train

order = Order(LAST_DAY, 4, name="own", every_weeks=8, recipe=Recipe.read(Path("own.toml")))
said = []
trained = train([facts], order, lambda zh, en: said.append(zh))
print("\n".join(line for line in said if not line.startswith("样本 ")))
manifest = trained.challenger.manifest
print(f"预测期 {manifest.horizon_weeks} 周，选定 {manifest.recipe.get('chosen', '规则')}")
for setting in manifest.checks.get("search", []):
    print(f"  {setting['setting']:12} {setting['rounds']:>3} 轮  平均遗憾 {setting['regret']:.3f}")

# %% [markdown]
# ## 四、它移动了多少估计
#
# 这一列是随机造的，与谁离校无关。若它仍占去一截影响，那是小样本里的巧合，这正是要有检验的理由。
#
# The column is random here; any weight it gets is chance, which is what gates are for.

# %%
if trained.challenger.booster is not None:
    frame = build(facts, LAST_DAY)
    parts = np.abs(trained.challenger.score(frame).contributions).mean(axis=0)
    for name in added:
        at = trained.challenger.indicators.index(name)
        print(f"{name}：平均影响 {parts[at]:.3f}（各指标中最大的 {parts.max():.3f}）")

# %% [markdown]
# ## 五、想用现有的表算一个新指标
#
# 那就在 `features/indicators/` 放一个文件：一张小表在前，应得的数在后，例子就是检验，也印进手册。
# 下面是现成的一个；照着写，`pytest tests/features/test_every_indicator.py` 会逐条检查：明天才知道的不起作用、
# 行的次序不起作用、没有记录就是空、句子读得通。
#
# For an indicator from the tables there are, add one file; its examples are its tests and its documentation.

# %%
shown = load()["absence_4w"]
print(shown.label_zh, "｜", shown.zh, "｜ 方向", shown.direction, "｜ 可改变", shown.changeable)
for example in shown.examples[:2]:
    print(f"截至 {example.as_of}，应得 {dict(example.expect)}")

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
# # 三 依据：一名学生的估计由什么组成
#
# 每一项依据是一个指标（或一类指标）使估计升高或降低了多少，单位是对数几率；各项相加正好等于估计。
# 依据是**相关**，不说明为什么，更不说明谁做错了什么。**演示数据，不反映真实学生。**
#
# Parts of an estimate: exact, additive, correlational. Needs notebook 01.

# %%
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl

from features.build import build, build_details
from features.catalogue import load
from features.facts import open_facts
from features.settings import Settings
from features.synthetic.county import LAST_DAY
from training.bundle import Bundle
from training.bundle.reasons import family_word
from training.bundle.registry import bundle_folder

home = Settings().home
bundle = Bundle.load(bundle_folder(home, "example", 1))
facts = open_facts([home / "county"], home)
frame, details = build_details(facts, LAST_DAY)
scored = bundle.score(frame)
listed = np.argsort(-scored.margin, kind="stable")[: round(0.03 * frame.height)]
on_list = frame[listed.tolist()]
print(f"{frame.height} 名学生，看其中估计最高的 {on_list.height} 名")

# %% [markdown]
# ## 全县：哪些指标移动了估计
#
# `shap.Explanation` 里的数值就是名单所用的精确分解，没有另算一遍。每个点是一名学生；
# 颜色是指标值的高低，灰色是没有记录。
#
# The bundle's own parts, drawn by shap. A dot is a pupil, the colour the value, grey nothing recorded.

# %%
from training.explanation import beeswarm, explanation

told = explanation(bundle, frame)
gap = np.abs(told.values.sum(axis=1) + told.base_values - scored.margin).max()
print(f"各项之和与估计最多相差 {gap:.1e}")
beeswarm_figure = beeswarm(told, synthetic=True)
beeswarm_figure

# %% [markdown]
# ## 一个指标：值与影响
#
# 单调约束看得见：缺勤多的一侧，影响不会反而更低（同一个值上下散开，是其他指标不同）。
# 左边缘的短线是没有记录的学生。
#
# Directions are constraints; the spread at one value is the company it keeps.

# %%
from training.explanation import dependence

attendance = [n for n, c in enumerate(bundle.manifest.columns) if c.family == "attendance"]
most = max(attendance, key=lambda n: np.abs(told.values[:, n]).mean())
print(bundle.manifest.columns[most].label_zh)
dependence_figure = dependence(told, most, synthetic=True)
dependence_figure

# %% [markdown]
# ## 一名学生：按类相加
#
# 给学校看的是类别和句子，不是一百多根柱子。家庭经济、照护、残疾登记合成一项“背景信息合计”，只用于安排帮扶。
#
# By family; background registrations are one sum and never a listed reason.

# %%
from training.explanation import family_explanation, waterfall

by_family = family_explanation(bundle, on_list)
waterfall_figure = waterfall(by_family[0], synthetic=True)
waterfall_figure

# %%
words = bundle.reasons(
    scored.take(listed[:3]), details[listed[:3].tolist()].join(frame, on="student_id", how="left"),
    catalogue=load(facts.batch.attributes),
)  # fmt: skip
for pupil in words:
    print("主要依据")
    print("\n".join(f"  · {family_word(r.family)}：{r.sentence}" for r in pupil.listed))

# %% [markdown]
# ## 与上周相比，哪一类记录变了
#
# 用同一个模型看两周的记录，变化只来自记录，不来自模型。变化很小的不提。
#
# One model asked about both weeks: what moved is the records.

# %%
from training.explanation import since

moved = since(bundle, on_list, build(facts, LAST_DAY - timedelta(weeks=1)))
print("\n".join(moved["sentence"].to_list()[:6]))
moved["rose"].value_counts(sort=True)

# %% [markdown]
# ## 换个种子、换一批学生，依据还在吗
#
# 同样的行、别的随机种子；或者把学生放回去重抽（像换了一届）。第一位的依据若是随便就变，就不该倚重它。
# 这个县小、轮数少，不稳是应当的，也应当看得见。
#
# Trees grown again by seed and by bag. On a county this small reasons wander, and it shows.

# %%
from training.explanation import by_bag, by_seed, compared, stays
from training.recipe import Recipe
from training.rows import Order, gather
from training.run import material_of

order = Order(LAST_DAY, 8, name="example", every_weeks=4, recipe=Recipe.read(Path("quick.toml")))
material = material_of([facts], gather([facts], order), order)
seeds = compared(bundle, by_seed(material, bundle, range(1, 6)), on_list)
bags = compared(bundle, by_bag(material, bundle, range(1, 6)), on_list)
for title, one in (("换种子", seeds), ("换学生", bags)):
    print(
        f"{title}：第一位不变 {one.first_stays:.0%}，仍在前三 {one.first_among_three:.0%}，"
        f"各类次序相关 {one.ranks:.2f}（{one.pupils} 名学生，{one.models} 次）"
    )
stability_figure = stays({"换种子": seeds, "换学生": bags}, synthetic=True)
stability_figure

# %% [markdown]
# ## 换一种问法，说的是同一类吗
#
# 一种把指标拆开、逐个换成别人的值；一种把整类指标在学生之间打乱。单个指标可以不同（它们本来就说差不多的事），
# 类别应当大体一致。
#
# Interventional parts, and whole families shuffled: single indicators may differ, families should not.

# %%
from training.explanation import by_permutation, interventional

apart = interventional(bundle, on_list, frame, most=60)
shuffled = by_permutation(bundle, frame, times=3)
print(f"拆开换值：第一位类别相同 {apart.first_same:.0%}，各类大小的次序相关 {apart.ranks:.2f}")
print(f"整类打乱：各类大小的次序相关 {shuffled.ranks:.2f}")

# %% [markdown]
# ## 如果这一项不同
#
# 把可以改变的一项换成同龄人的中间值，其余不动，看**模型的算术**怎么变。这不是干预效果的估计：
# 记录变了不等于孩子的处境变了。方向是约束：往好的方向移动，估计从不升高。
#
# The model's arithmetic, not an effect. Moving along a direction never raises the estimate.

# %%
from training.explanation import breaches, lines, what_if

moves = what_if(bundle, on_list.head(1), frame.filter(pl.col("grade") == on_list["grade"][0]))
print(f"违反方向的指标：{len(breaches(bundle, frame))} 个")
what_if_figure = lines(moves, synthetic=True)
what_if_figure

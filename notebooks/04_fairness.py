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
# # 四 各类学生是否同等受到关注
#
# 问的是：在后来出现约定结果的学生里，每一类学生被事先列入名单的比例，与其余学生是否相近。性别、民族等
# **只用于这项检查**，从不是模型的输入。**演示数据，不反映真实学生。**
#
# Of those who left, does a list find about as many in every group? Groups judge a model, they never make one.

# %%
from pathlib import Path

from features.facts import open_facts
from features.settings import Settings
from features.synthetic.county import LAST_DAY
from training.bundle import Bundle
from training.bundle.registry import bundle_folder
from training.commands.evaluate import stored
from training.groups import NAMES
from training.report_tables import FEWEST

home = Settings().home
report = stored(home, "example", 1)
bundle = Bundle.load(bundle_folder(home, "example", 1))
print(
    "模型的输入里有没有这些列：", {"sex", "ethnicity", "migrant"} & set(bundle.indicators) or "没有"
)

# %% [markdown]
# ## 谁算在哪一组
#
# 组别按截至当天已知的登记来算。没有登记的，不算在组内，也不算在“其余”里。
#
# Groups as the registers were known on the day; what is not recorded belongs to neither side.

# %%
from training.groups import groups_of

facts = open_facts([home / "county"], home)
belonging = groups_of([facts], [LAST_DAY])
for name in NAMES:
    column = belonging[name]
    inside, rest = column.sum() or 0, (~column).sum() or 0
    told = ("不足5", "—") if 0 < min(inside, rest) < FEWEST else (inside, rest)
    print(f"{name:12} 在组内 {told[0]:>4}，其余 {told[1]:>4}，未登记 {column.null_count():>4}")

# %% [markdown]
# ## 每一组的数字
#
# 查全率之比1表示同样受到关注；绿色一带（0.8至1.25）是一般允许的范围，人数少则区间很宽。
#
# Recall in the group over recall in the rest, with intervals.

# %%
from training.figures import recall_ratios

ratios_figure = recall_ratios(report)
ratios_figure

# %% [markdown]
# ## 检验怎么判
#
# 一组被判“超出”，须点估计和**整个区间**都在范围之外，或者白白列入的比例比其余学生高出太多。
# 人数不足就回答“不足以判断”：在六百人的县里，多数组都是如此。不足以判断不等于公平。
#
# Too few is an answer, and it is not the same as fair.

# %%
from training.answers import answers, line

words = {
    "within": "范围内",
    "outside": "超出",
    "by_frequency": "与结果出现的多少相称",
    "unclear": "需继续观察",
    "insufficient": "人数不足",
}
fair = next(one for one in answers(report) if one["name"] == "fair")
for one in report["by_group"]:
    if one["group"] in NAMES:
        few = min(one["outcomes"], one["outcomes_rest"]) < FEWEST  # one side would tell the other
        left, others = ("不足5", "—") if few else (one["outcomes"], one["outcomes_rest"])
        print(
            f"{one['group']:12} 出现结果 {left:>3} / 其余 {others:>3}"
            f"   {words[fair['figures']['standing'][one['group']]]}"
        )
print(line(fair)[0])

# %% [markdown]
# ## 人数够的时候会怎样
#
# 同样的数字，假设人数够用：把人数的下限放低再判一次，就看得见检验会怎样说。这只是为了读懂规则，不是结论：
# 一组里一个也没有找到时，重抽样的区间会缩成一点，看上去很确定，其实只是人少。下限正是为此而设。
#
# A lower bar for counts, only to see how the gate speaks: with none found an interval shrinks to a point,
# which looks certain and is only few. That is what the bar is for.

# %%
from training.gates.fair import standing
from training.recipe import Recipe

recipe = Recipe.read(Path("quick.toml"))
small = {**recipe.gates["fair"], "fewest_outcomes": 5, "fewest_listed": 5}
for one in report["by_group"]:
    if one["group"] in NAMES and standing(one, small) != "insufficient":
        ratio = one["recall_ratio"]
        print(
            f"{one['group']:12} 之比 {ratio['point']:.2f}（{ratio['low']:.2f}–{ratio['high']:.2f}）"
            f"  {words[standing(one, small)]}"
        )

# %% [markdown]
# ## 去掉登记类指标，得失如何
#
# 困难、留守、残疾登记该不该作输入？把它们一类一类拿掉，在同样的时段上重新长树，看总体和**被描述的那一组**
# 是得是失。区间跨过0，就是看不出差别；看不出差别的敏感信息，没有理由保留。
#
# Without poverty, care and disability: what is lost or gained, over all and in the very groups described.

# %%
from training.ablation import ablate
from training.assemble import folds
from training.rows import Order, gather
from training.run import material_of, with_groups

order = Order(LAST_DAY, 8, name="example", every_weeks=4, recipe=recipe)
material = with_groups([facts], material_of([facts], gather([facts], order), order))
for one in ablate(material, folds(material), bundle):
    change = one["average_precision"]
    print(
        f"去掉 {one['without']:12} {len(one['indicators']):>2} 个指标：平均精确率 {change['point']:+.4f}"
        f"（{change['low']:+.4f} 至 {change['high']:+.4f}）"
    )

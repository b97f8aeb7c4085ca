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
# # 二 读懂一份检验报告
#
# 报告随版本保存，不重新计算：`baoxue evaluate --version 1` 显示的就是它。这里读 **01** 训练的那一版。
# **演示数据，不反映真实学生。**
#
# The report kept with a version: what was said before the fact, beside five baselines. Needs notebook 01.

# %%
from features.settings import Settings
from training.commands.evaluate import stored
from training.evaluate.page import name_of
from training.report_tables import counted

home = Settings().home
report = stored(home, "example", 1)
print(
    f"{report['rows']:,} 行，{report['pupils']} 名学生，其中 {report['outcomes']} 名出现约定结果；"
    f"学到 {report['trained_until']}，预测 {report['horizon_weeks']} 周"
)

# %% [markdown]
# ## 样本去了哪里
#
# 合法离校（转学、休学……）不算“没有离校”，也不算“离校”；去向未明的不参加训练，但每一个都数到。
#
# Lawful exits compete and are censored; unresolved leaves are counted, never hidden.

# %%
for standing, count in sorted(report["counts"].items()):
    print(f"{standing:24} {count:>7,}")

# %% [markdown]
# ## 同样的行，同样的长度
#
# 只和“什么都不做”比不算数。五种对照说的是同样的学生、同样的日子，名单一样长：出勤规则、ABC规则、学校平均、
# 逻辑回归、上周名单。平均精确率看排序，查全率看每所学校自己的名单找到了多少。
#
# Same pupils, same days, lists of equal length.

# %%
shown = ("average_precision", "auc", "recall_at_capacity", "recall_at_10", "brier")
print(f"{'':30}" + "".join(f"{name:>20}" for name in shown))
for system, figures in report["systems"].items():
    print(
        f"{name_of(system, 'en', back=report['list_before_weeks']):30}"
        + "".join(f"{figures.get(n, float('nan')):>20.4f}" for n in shown)
    )

# %% [markdown]
# ## 差多少，有多确定
#
# 学生（学校够多时按学校）成对重抽样。横线是95%区间：跨过0，就还不能说谁更好。并列时模型按最不利排列，
# 对照按抽签排列，没有谁靠并列取胜。
#
# Paired bootstrap; an interval across zero cannot tell who is ahead.

# %%
from training.figures import differences

differences_figure = differences(report)
differences_figure

# %% [markdown]
# ## 说的和看到的
#
# 说“2%”的那些学生里，后来是不是真有约2%？点在虚线上就是一致。点少、区间宽的时候，离开一点不奇怪。
#
# Stated against observed, ten bins of equal count.

# %%
from training.figures import reliability_of

reliability_figure = reliability_of(report["reliability"], synthetic=report["synthetic"])
reliability_figure

# %% [markdown]
# ## 逐周，逐年级
#
# 平均数会藏住坏的一周。灰柱是之后出现结果的学生数：三四个人的一周，一个人就是三成。
#
# An average hides a bad week; a week with four who left is one pupil away from another figure.

# %%
from training.figures import weekly

weekly_figure = weekly(report)
weekly_figure

# %%
for grade in report["by_grade"]:
    told = f"查全率 {grade['recall']:.2f}" if grade["enough"] else "人数过少，不作统计"
    print(
        f"{grade['value']} 年级：{grade['rows']:>5} 行，{counted(grade['outcomes']):>4} 例；{told}"
    )

# %% [markdown]
# ## 能不能用：逐道检验
#
# “不足以判断”也是一种回答：它不拦住模型，但必须写出来。“未通过”会拦住。
#
# "Cannot be told" is an answer, and it is said. "Not passed" blocks.

# %%
from training.answers import answers, line

for one in answers(report):
    print(line(one)[0])

# %% [markdown]
# ## 同一份报告，给人看的一页
#
# The same as a page; `baoxue evaluate --version 1 --out report.md` writes it.

# %%
from training.evaluate.page import page

print(page(report)[:1500])

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
# # 一 从数据到名单
#
# 造一个虚构的小县，检查、存入、算指标、训练、出一周的名单，最后读一所学校的名单。每一步都是程序自己的函数，
# 与命令 `baoxue sample / check / import / features / train / weekly / list` 做的是同一件事。
# **演示数据，不反映真实学生。**
#
# From an extract to one school's list, on a synthetic county: the same functions as the commands. The other
# notebooks go on from here.

# %%
from datetime import UTC, datetime
from pathlib import Path

from features.build import build
from features.catalogue import load
from features.check import check_extract
from features.check.report_text import text
from features.facts import import_extract, open_facts
from features.settings import Settings
from features.synthetic.county import LAST_DAY, County, write_county

home = Settings().home
county = County(students=600, seed=11)
folder = home / "county"

# %% [markdown]
# ## 数据从哪里来
#
# 一个文件夹就是一份数据：学籍、考勤、成绩、登记各一张表，`batch.toml` 说明地区和收到日期。系数出自公开文献，
# 写在 `features/synthetic/effects.toml` 里。
#
# One folder is one extract: a table each for the roll, attendance, grades and registers.

# %%
rows = write_county(folder, county)
print("\n".join(f"{name:20} {count:>7,}" for name, count in rows.items()))

# %% [markdown]
# ## 先检查，再存入
#
# 检查逐行指出哪里不对、怎么改。有问题的行另放并写明，不会悄悄丢掉。
#
# The check names every fault and its remedy; nothing is dropped in silence.

# %%
checked = check_extract(folder)
print(text(checked.report, "zh"))
imported = import_extract(folder, home)

# %% [markdown]
# ## 一名学生一天一行
#
# 指标只用截至当天**已知**的记录。空白表示没有记录，不等于零。
#
# Indicators use what was known by the day. Empty means not recorded, which is not zero.

# %%
facts = open_facts([folder], home)
frame = build(facts, LAST_DAY)
catalogue = load(facts.batch.attributes)
print(f"{frame.height} 名学生，{len(catalogue)} 个指标")
for indicator in list(catalogue)[:5]:
    print(f"- {indicator.name}：{indicator.label_zh}（{indicator.label_en}）")
frame.select("absence_4w", "unexplained_run", "exam_standing").describe()

# %% [markdown]
# ## 训练
#
# 每个截止日取一次样本，只用那一天以前已知的记录；此后八周里是否出现约定结果，是要学的答案。检验逐段向前：
# 用前面的时段学，用后面的时段考。这里用 `quick.toml`（轮数少、每四周取一次），只为跑得快。
#
# Walk-forward: learn from earlier periods, judge on later ones. `quick.toml` is small for speed.

# %%
from training.publish import publish
from training.recipe import Recipe
from training.rows import Order
from training.run import train

recipe = Recipe.read(Path("quick.toml"))
order = Order(LAST_DAY, 8, name="example", every_weeks=4, recipe=recipe)
told = []
trained = train([facts], order, lambda zh, en: told.append(zh))
print("\n".join(line for line in told if not line.startswith("样本 ")))

# %% [markdown]
# ## 登记、检验、启用
#
# 模型登记为一个版本。启用之前要过几道检验；有一道没过，就由出勤规则出名单，并在每一页上写明。六百人的县里
# 出现结果的学生只有二十来名，通常不足以证明模型优于规则。这正是要看到的：**证明不了，就不用。**
#
# A model that cannot be shown to beat the attendance rule does not serve; the rule does, and says so.

# %%
said = []
done = publish(trained, home, promote=True, say=lambda zh, en: said.append(zh))
print("\n".join(said))

# %% [markdown]
# ## 一周的名单
#
# 全县一次算完，写好后一步发布；同样的数据再跑一次，什么也不会变。
#
# Made for the whole county, published in one step; the same data give the same list.

# %%
from serving.commands import open_desk
from serving.commands.weekly import order_of
from serving.services.weekly import publish_week
from serving.settings import ServingSettings

settings = ServingSettings()
desk = open_desk(settings)
day = datetime.combine(LAST_DAY, datetime.min.time())
week = order_of(folder, day, settings, model="example@champion")
published = publish_week(
    week, desk, clock=lambda: datetime.now(UTC), say=lambda stage, seconds: None
)
counts = published.publication.counts
print({name: counts[name] for name in ("schools", "cohort", "listed", "alerts")})

# %% [markdown]
# ## 读一所学校的名单
#
# 每人一段：列入的类别、依据的句子、必查提醒和期限。没有名次。姓名和学籍号按导出的样子遮住一部分。
#
# One block a pupil: band, sentences, duty alerts and deadlines. Nobody is ranked; identities are masked.

# %%
from rich.console import Console

from serving.commands._print import print_week
from serving.services.rosters import school_week, schools

fullest = max(
    schools(desk, area=facts.batch.area), key=lambda one: (one.listed, one.school_id)
).school_id
roster = school_week(desk, fullest, area=facts.batch.area).masked()
print_week(Console(width=100, no_color=True), roster, today=LAST_DAY)

# %% [markdown]
# 名单是核实线索，不是结论。接下来：**02** 读懂检验报告，**03** 看依据，**04** 看各类学生是否同等受到关注。
#
# A list says whom to look in on. Next: the report (02), the reasons (03), the groups (04).

"""Invented names, common ones and some with characters that many systems lose."""

from __future__ import annotations

import numpy as np

from features.synthetic.draws import Array, pick

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任"
    "卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃"
)
DOUBLE_SURNAMES = ("欧阳", "上官", "司马", "皇甫", "尉迟")
GIVEN = (
    "明华建国文军杰涛磊强勇超鹏飞宇浩然博轩睿泽梓涵子欣怡佳雨婷雪梅兰芳丽娜静敏颖琳慧玲珊思诗语桐晨曦"
    "志伟俊豪天翔一诺嘉懿书瑶可心若彤远航景行安宁乐晓春秋冬阳月星河山川林森海波云霞清源立新红平贵福寿康健"
)
#: In GB 18030 and Unicode, but lost by older fonts, GBK systems and input methods.
RARE = "喆堃翀犇骉彧旸昉珺琨玥瑄璟祎禤翊茜赟郃鑫韫頔馨㛃㑇䶮𬱖𬍛𫖯𠅤"
#: Names of other languages in two parts: a given name, and a father's name or a second given name.
FAR_DOTTED = (
    "阿依古丽",
    "古丽米热",
    "努尔兰",
    "玛合木提",
    "热依扎",
    "阿卜杜拉",
    "叶尔江",
    "迪丽娜尔",
    "吐尔逊",
    "阿丽米热",
)
FAR_FATHERS = (
    "艾山",
    "买买提",
    "赛力克",
    "依明",
    "加尼",
    "卡德尔",
    "吾守尔",
    "木拉提",
    "哈力克",
    "肉孜",
)
FAR_PLAIN = ("卓玛", "次仁", "扎西", "桑吉", "格桑", "罗布", "吉克", "阿苦", "巴特尔", "其其格")
FAR_SECOND = ("央金", "多吉", "平措", "卓嘎", "梅朵", "旺堆", "阿牛", "沙玛", "拉毛", "尼玛")
TEACHERS = "王李张刘陈杨黄赵吴周"


def pupil_names(rng: np.random.Generator, size: int, far: Array) -> Array:
    """``size`` names (object array of str); ``far``: which rows have names of other languages."""
    weights = 1 / (3.0 + np.arange(len(SURNAMES)))
    surnames = pick(rng, tuple(SURNAMES), size, weights)
    double = rng.random(size) < 0.004
    surnames[double] = pick(rng, DOUBLE_SURNAMES, int(double.sum()))
    first, second = pick(rng, tuple(GIVEN), size), pick(rng, tuple(GIVEN), size)
    rare = rng.random(size) < 0.02
    second[rare] = pick(rng, tuple(RARE), int(rare.sum()))
    second[rng.random(size) < 0.12] = ""
    out = surnames + first + second
    out[far] = _far_names(rng, int(far.sum()))
    return out


def _far_names(rng: np.random.Generator, size: int) -> Array:
    dotted = pick(rng, FAR_DOTTED, size) + "·" + pick(rng, FAR_FATHERS, size)
    plain = pick(rng, FAR_PLAIN, size) + pick(rng, FAR_SECOND, size)
    return np.where(rng.random(size) < 0.5, dotted, plain).astype(object)


def adult_names(rng: np.random.Generator, of: Array) -> Array:
    """Names of guardians of the pupils named ``of``: mostly the same first character."""
    first = np.array([name[0] for name in of], dtype=object)
    other = rng.random(len(of)) < 0.45
    first[other] = pick(rng, tuple(SURNAMES), int(other.sum()))
    return first + pick(rng, tuple(GIVEN), len(of)) + pick(rng, tuple(GIVEN), len(of))

"""Code lists of the contract: each code with the Chinese words that are read for it."""

from __future__ import annotations

Codes = dict[str, tuple[str, ...]]

STAGE: Codes = {
    "primary": ("小学",),
    "junior": ("初中", "初级中学"),
    "nine_year": ("九年一贯", "九年一贯制", "九年一贯制学校"),
    "complete": ("完全中学",),
    "twelve_year": ("十二年一贯", "十二年一贯制", "十二年一贯制学校"),
    "teaching_point": ("教学点",),
    "special": ("特殊教育", "特殊教育学校"),
    "specialised": ("专门学校", "工读学校"),
}
SETTING: Codes = {"urban": ("城区",), "town": ("镇区",), "rural": ("乡村",)}
_PRIMARY = "一二三四五六"
_JUNIOR = "七八九"
GRADE: Codes = {
    **{str(n): (f"{w}年级", f"小学{w}年级") for n, w in enumerate(_PRIMARY, 1)},
    **{
        str(n): (f"{w}年级", f"初{_PRIMARY[n - 7]}", f"初中{_PRIMARY[n - 7]}年级")
        for n, w in enumerate(_JUNIOR, 7)
    },
}
BOARDING: Codes = {"1": ("走读",), "2": ("住校", "寄宿")}
SEX: Codes = {"1": ("男",), "2": ("女",)}
STATUS_KIND: Codes = {
    "transfer_out": ("转出",),
    "transfer_in": ("转入",),
    "suspended": ("休学",),
    "resumed": ("复学",),
    "reinstated": ("恢复入学资格",),
    "deferred": ("延缓入学", "缓学"),
    "suspected_dropout": ("疑似辍学",),
    "suspicion_cleared": ("解除疑似", "解除疑似辍学"),
    "dropped_out": ("辍学",),
    "returned": ("劝返复学", "劝返"),
    "grade_skip": ("跳级",),
    "abroad": ("出国",),
    "back_from_abroad": ("回国复学",),
    "missing": ("失踪",),
    "deceased": ("死亡",),
    "primary_completed": ("小学毕业待升学",),
    "graduated": ("初中毕业",),
    "other_leave": ("其他离校",),
}
ARRIVAL: Codes = {"arrived": ("已报到",), "not_arrived": ("未报到",), "on_leave": ("已请假",)}
SESSION: Codes = {"day": ("全天", "整天"), "am": ("上午",), "pm": ("下午",)}
ATTENDANCE: Codes = {
    "present": ("出勤", "到校"),
    "late": ("迟到",),
    "early_leave": ("早退",),
    "sick": ("病假",),
    "personal": ("事假",),
    "official": ("公假",),
    "excluded": ("停课",),
    "closed": ("集体停课",),
    "unexcused": ("旷课",),
    "unexplained": ("缺勤待查",),
    "absent": ("缺勤未分类", "缺勤"),
}
EXAM: Codes = {
    "midterm": ("期中", "期中考试"),
    "final": ("期末", "期末考试"),
    "mock": ("模拟", "模拟考试"),
    "assignment": ("作业",),
    # against the rules of 2021 and 2025: read so that it can be named, never used
    "monthly": ("月考", "周考", "周测", "单元考试", "weekly"),
}
#: Letters and words are two scales and stay apart, as the contract names them.
LEVEL: Codes = {
    **{letter: (f"{letter}等", f"{letter}级") for letter in "ABCDE"},
    "优": ("优秀",),
    "良": ("良好",),
    "合格": ("及格",),
    "待合格": ("不合格", "不及格", "待及格"),
}
ACTIVITY: Codes = {
    "homework": ("作业",),
    "platform": ("平台", "学习平台"),
    "canteen": ("食堂",),
    "dormitory": ("宿舍",),
    "library": ("图书馆",),
}
#: A dated list (names changed in 2026). The contract gives Chinese words only: they are the codes.
POVERTY: Codes = {
    "防止返贫致贫对象": ("防返贫监测对象", "防止返贫监测对象"),
    "低保": ("农村低保", "城镇低保", "低保户"),
    "低保边缘": ("低保边缘家庭", "低保边缘户"),
    "特困": ("特困供养", "特困人员", "城乡特困人员"),
    "刚性支出困难": ("刚性支出困难家庭",),
    "脱贫户": ("其他脱贫户",),
    "脱贫不稳定户": (),
    "边缘易致贫户": (),
    "突发严重困难户": ("严重困难户",),
    "建档立卡": ("建档立卡户", "建档立卡贫困户"),
}
RISK: Codes = {"open": ("未消除", "风险未消除"), "resolved": ("已消除", "风险已消除")}
LEFT_STANDARD: Codes = {"register": ("学籍",), "civil": ("民政",)}
LEFT_KIND: Codes = {
    "1": ("父母一方外出", "一方外出", "单亲留守"),
    "2": ("双方外出", "父母双方外出", "双亲留守"),
}
CARER: Codes = {
    "grandparents": ("祖父母", "外祖父母", "祖辈", "隔代"),
    "relatives": ("亲属", "亲戚"),
    "parent": ("父母", "父亲", "母亲", "父母一方"),
    "entrusted": ("其他受托人", "受托人"),
    "none": ("无", "无人照护"),
}
DISABILITY: Codes = {
    str(n): (word, f"{word}残疾") for n, word in enumerate(
        ("视力", "听力", "言语", "肢体", "智力", "精神", "多重"), 1
    )
}  # fmt: skip
DISABILITY_LEVEL: Codes = {
    "0": ("未定级",),
    **{str(n): (f"{w}级", f"{n}级") for n, w in enumerate("一二三四", 1)},
}
PLACEMENT: Codes = {
    "ordinary": ("普通班", "普通学校普通班"),
    "inclusive": ("随班就读", "普通学校随班就读"),
    "special_class": ("特教班", "普通学校特教班"),
    "special_school": ("特校", "特教学校", "特殊教育学校"),
    "home_teaching": ("送教上门",),
    "distance": ("远程", "远程教育"),
    "rehab": ("康复或福利机构", "康复机构特教办学点", "福利机构特教办学点"),
    "waiting": ("待安置",),
}
AID: Codes = {
    "due": ("应发", "应享受"),
    "granted": ("已批准", "已认定"),
    "paid": ("已发放", "已发"),
    "refused": ("未批准", "不予资助"),
}
CHANNEL: Codes = {
    "phone": ("电话",),
    "visit": ("家访", "上门", "入户"),
    "letter": ("书面", "信函", "通知书"),
    "online": ("线上", "网络", "微信"),
}
REGISTRY: Codes = {
    "registered": ("正常", "在册"),
    "empty": ("空挂", "空挂户"),
    "duplicate": ("重复", "双重户籍"),
    "deceased": ("死亡",),
    "moved": ("迁出",),
}
#: Never read from anybody, in any table (criminal cases, sentences, pregnancy, expert assessments).
NEVER_IMPORTED = (
    "涉案", "涉罪", "犯罪", "服刑", "吸毒", "戒毒", "社区矫正", "怀孕", "妊娠", "生育史",
    "专家评估", "专家评审", "入学评估结果",
    "criminal", "crime", "prison", "sentence_served", "pregnan", "expert_assessment",
)  # fmt: skip

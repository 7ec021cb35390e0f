"""Names for invented people: each syllable with its reading, so that pictures need no font."""

from __future__ import annotations

import random
from dataclasses import dataclass

from sameboat.rules.documents import Sex


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it stands on a document, and how it is read."""

    hanzi: str
    latin: str


def _pairs(table: str) -> tuple[Name, ...]:
    words = table.split()
    return tuple(Name(a, b) for a, b in zip(words[::2], words[1::2], strict=True))


# About as frequent as they are in China: the first ones are drawn most often.
_SURNAMES = _pairs(
    "王 Wang 李 Li 张 Zhang 刘 Liu 陈 Chen 杨 Yang 赵 Zhao 黄 Huang 周 Zhou 吴 Wu 徐 Xu 孙 Sun "
    "胡 Hu 朱 Zhu 高 Gao 林 Lin 何 He 郭 Guo 马 Ma 罗 Luo 梁 Liang 宋 Song 郑 Zheng 谢 Xie "
    "韩 Han 唐 Tang 冯 Feng 于 Yu 董 Dong 萧 Xiao 程 Cheng 曹 Cao 袁 Yuan 邓 Deng 许 Xu 傅 Fu "
    "沈 Shen 曾 Zeng 彭 Peng 吕 Lü 苏 Su 卢 Lu 蒋 Jiang 蔡 Cai 贾 Jia 丁 Ding 魏 Wei 薛 Xue"
)
_WOMEN = _pairs(
    "芳 fang 敏 min 静 jing 丽 li 艳 yan 娟 juan 秀 xiu 英 ying 霞 xia 玲 ling 桂 gui 兰 lan "
    "梅 mei 雪 xue 婷 ting 欣 xin 怡 yi 佳 jia 慧 hui 琳 lin 莹 ying 月 yue 春 chun 燕 yan"
)
_MEN = _pairs(
    "伟 wei 强 qiang 磊 lei 军 jun 洋 yang 勇 yong 杰 jie 涛 tao 超 chao 明 ming 刚 gang 平 ping "
    "辉 hui 鹏 peng 华 hua 飞 fei 宇 yu 浩 hao 凯 kai 健 jian 斌 bin 波 bo 峰 feng 志 zhi"
)
_CHILDREN = _pairs(
    "梓 zi 涵 han 子 zi 轩 xuan 一 yi 诺 nuo 欣 xin 妍 yan 浩 hao 宸 chen 可 ke 乐 le 思 si 睿 rui"
)


def surname(rng: random.Random) -> Name:
    """A surname, the common ones more often."""
    weights = [1 / (rank + 4) for rank in range(len(_SURNAMES))]
    return rng.choices(_SURNAMES, weights)[0]


def full_name(rng: random.Random, family: Name, *, sex: Sex, is_child: bool) -> Name:
    """A given name behind the surname: one syllable or two."""
    table = _CHILDREN if is_child else _WOMEN if sex == "f" else _MEN
    given = rng.sample(table, k=1 if rng.random() < 0.2 else 2)
    hanzi = "".join(one.hanzi for one in given)
    latin = "".join(one.latin for one in given).capitalize()
    return Name(family.hanzi + hanzi, f"{family.latin} {latin}")

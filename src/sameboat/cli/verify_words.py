"""What `sameboat verify` says: each check, each failure and each verdict, in zh and en."""

from __future__ import annotations

from typing import NamedTuple

from sameboat.proof.receipt import StepName
from sameboat.runtime.refusals import Language


class Words(NamedTuple):
    """One sentence in both languages; `{name}` is filled in from the facts of a check."""

    zh: str
    en: str

    def say(self, language: Language, **facts: object) -> str:
        """The sentence in the reader's language."""
        sentence = self.zh if language == "zh" else self.en
        return sentence.format_map(facts)


PASSED: dict[StepName, Words] = {
    "entry": Words(
        "条目格式正确，提交方签名全部有效：{type}，叶哈希 {leaf}",
        "The entry is well formed and its submitters' signatures are good: {type}, leaf {leaf}",
    ),
    "proof": Words("存证证明格式正确，条目序号 {index}", "The proof is well formed, entry {index}"),
    "checkpoint": Words(
        "树头已按所给信任策略核验：{origin}，{size} 条，{says}",
        "The tree head satisfies the given policy: {origin}, {size} entries, {says}",
    ),
    "inclusion": Words(
        "条目在该树中：第 {index} 条，共 {size} 条",
        "The entry is in that tree, at {index} of {size}",
    ),
    "submitters": Words("签名者符合策略：{names}", "The signers are those of the policy: {names}"),
    "opening": Words(
        "承诺可由开启文件还原：原件 SHA-256 {file}，{length} 字节",
        "The commitment opens: original SHA-256 {file}, {length} bytes",
    ),
    "document": Words("所给文件就是当时承诺的原件", "The given file is the one committed to"),
    "join": Words(
        "加入记录在当日名册中：{plan}，{day} 加入，当日共 {count} 人，年龄到期日 {until}",
        "The join is in its day's tree: {plan}, joined {day} with {count} in all, until {until}",
    ),
    "share": Words(
        "分摊在其类别中：{plan} {period} 期，{status}，{amount} 分，同类 {count} 人。"
        "请与实际扣款比较",
        "The share is in its class: {plan}, period {period}, {status}, {amount} fen, head count"
        " {count}. Compare it with what was really debited",
    ),
    "holder": Words("证件号码与本证明相符（{kind}）", "It opens to your own document ({kind})"),
}
SKIPPED: dict[StepName, Words] = {
    "document": Words(
        "未核对原件：请用 --document 给出文件", "The file itself was not given: --document FILE"
    ),
}
AT: dict[StepName, Words] = {
    "entry": Words("条目", "entry"),
    "proof": Words("存证证明", "proof"),
    "checkpoint": Words("树头", "tree head"),
    "inclusion": Words("包含证明", "inclusion"),
    "submitters": Words("签名者", "signers"),
    "opening": Words("开启文件", "opening"),
    "document": Words("原件", "document"),
    "join": Words("加入记录", "join"),
    "share": Words("分摊", "share"),
    "holder": Words("本人证件", "own document"),
}
FAILED_ZH: dict[str, str] = {
    "bad_json": "不是规范允许的 JSON",
    "not_canonical": "不是该对象的规范写法",
    "too_long": "超过允许的长度",
    "bad_entry": "不是存证条目：字段不符",
    "bad_entry_signature": "提交方签名无效，条目可能被改动",
    "bad_tlog_proof": "不是有效的存证证明文件",
    "bad_note": "不是有效的签名文本",
    "bad_key": "公钥写法无效",
    "bad_signature": "已知公钥的签名无效，整份树头作废",
    "no_known_signature": "没有策略所列公钥的签名",
    "bad_checkpoint": "不是有效的树头",
    "bad_policy": "信任策略无效",
    "unknown_origin": "策略中没有这份日志",
    "no_log_signature": "缺少日志自己的签名",
    "no_quorum": "见证数量不足，尚不能视为最终",
    "not_included": "证明路径不成立，内容可能被改动",
    "unknown_submitter": "策略中没有该签名者；旧证明需要当时版本的策略",
    "bad_opening": "不是有效的开启文件",
    "no_opening": "缺少开启文件，无法核对原件",
    "wrong_opening": "条目承诺的不是这份内容",
    "wrong_document": "所给文件不是当时承诺的原件",
    "bad_certificate": "不是有效的个人证明文件",
    "bad_leaf": "名册或分摊叶子的字段不符",
    "not_sorted": "叶子没有严格递增",
    "wrong_entry": "所附条目不是这份证明需要的条目",
    "wrong_class": "条目中没有这一类别",
    "wrong_join": "这份分摊属于另一位成员",
    "no_holder": "需要本人证件号码才能确认属于本人：请用 --holder 给出证件种类",
    "wrong_holder": "这份证明属于另一个证件号码",
    "bad_ticket": "不是有效的受理回执",
}
GOOD = Words("已核验：{says}", "VERIFIED: {says}")
BAD = Words("未能核验", "NOT VERIFIED")
WITNESS = Words("  见证：{name}，{time}", "  witness {name} at {time}")
POLICY = Words(
    "信任策略第 {version} 版，指纹 {fingerprint}（请与条款上印的指纹比较）",
    "Policy version {version}, fingerprint {fingerprint} (compare it with the one in your terms)",
)
NO_POLICY = Words(
    "需要 --policy 文件：证明不能自带信任策略。请使用加入时保存的策略文件，或从任一联盟机构"
    "（不是从给你证明的人）获取，并核对条款上印的指纹",
    "--policy FILE is needed: a receipt never brings its own policy. Use the file you kept when"
    " joining, or get it from any organisation of the consortium, not from whoever gave you the"
    " receipt, and compare its fingerprint with the one printed in your terms",
)
BAD_POLICY = Words("不能使用该信任策略：{why}", "That policy cannot be used: {why}")
NOT_A_RECEIPT = Words(
    "证明文件名应以 .tlog-proof 结尾：{path}", "A receipt's name ends in .tlog-proof: {path}"
)
MISSING = Words("没有或不能读取文件：{path}", "No such file, or not readable: {path}")
ONE_DOCUMENT = Words("--document 一次只能核对一份证明", "--document goes with exactly one receipt")
ASK_NUMBER = Words("证件号码（不显示）：", "Document number (not shown): ")

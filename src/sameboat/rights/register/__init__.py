"""The register: every table in which something stands about people, field by field.

A test reads the models: a field that is not described here fails it, and so does one that is
described and does not exist. Who adds a field says here what it is, and what erasure does to it.
"""

from __future__ import annotations

from sameboat.rights.items import Table
from sameboat.rights.register.claims import CLAIMS
from sameboat.rights.register.members import MEMBERS
from sameboat.rights.register.money import MACHINE, MONEY
from sameboat.rights.register.people import PEOPLE
from sameboat.rights.register.rights import RIGHTS
from sameboat.rules.terms import Text

REGISTER: tuple[Table, ...] = (*PEOPLE, *MEMBERS, *CLAIMS, *MONEY, *RIGHTS, *MACHINE)

_NOBODY = """
account.EmailAddress account.EmailConfirmation auth.Group auth.Permission
contenttypes.ContentType books.Booking books.LedgerAccount books.Posting claims.NewsMark
gateways.SandboxDebit gateways.SandboxOutage gateways.SandboxRequest gateways.SandboxWallet
identity.AuditDay members.EndsTold members.MembersDay members.News members.ProposedRulebook
members.WindDown
payments.ClosingRefund payments.DebitBatch payments.DebitNotice payments.Difference
payments.Reconciliation payments.RefundBatch plans.Rulebook procrastinate.ProcrastinateEvent
procrastinate.ProcrastinateJob
procrastinate.ProcrastinatePeriodicDefer procrastinate.ProcrastinateWorker record.Checkpoint
record.Entry record.Node runtime.Beat runtime.Rest settlement.GroupCount settlement.MoneyFact
settlement.Period settlement.PeriodClass settlement.StageMark webhooks.Delivery
webhooks.Endpoint webhooks.Event webhooks.Mark
"""
NOBODY: frozenset[str] = frozenset(_NOBODY.split())
"""Tables in which nothing stands about a person but opaque references, sums and hashes."""

ELSEWHERE: tuple[tuple[Text, Text], ...] = (
    (
        Text(zh="文件库", en="The file store"),
        Text(
            zh="材料的原件和查看版、以及您索取的副本，均以 AES-256-GCM 加密；"
            "删除时密钥销毁，文件删除。",
            en="Originals and viewing copies of documents, and the copies of data that were asked"
            " for, each sealed with AES-256-GCM; erasure destroys the key and deletes the file.",
        ),
    ),
    (
        Text(zh="密钥库", en="The key store"),
        Text(
            zh="每人、每个登录、每份申请各一把密钥，与数据库分开存放；备份最多保留 30 天，"
            "已销毁的密钥在恢复备份时会再次销毁。",
            en="A key for each person, login and claim, apart from the database; its backups are"
            " kept for 30 days at most, and what was destroyed is destroyed again when one is"
            " restored.",
        ),
    ),
    (
        Text(zh="分摊期文件", en="Files of the periods"),
        Text(
            zh="每期参与分摊的成员：编号、出生日期、加入日、分摊金额和存证叶；不含姓名和证件。",
            en="Who shared in each period: row numbers, birth date, joining day, the share and its"
            " leaf; no name and no document.",
        ),
    ),
    (
        Text(zh="存证", en="The record"),
        Text(
            zh="只有加盐的哈希和代号；密钥销毁后，任何人都无法再把它们与某个人对上。",
            en="Salted hashes and references only; once the key is destroyed, nobody can match"
            " them with a person.",
        ),
    ),
    (
        Text(zh="数据库备份", en="Backups of the database"),
        Text(
            zh="姓名、证件、电话和健康信息在备份中同样加密；密钥销毁后，备份中的也无法再读。",
            en="Names, documents, phones and everything about health are sealed there as well; once"
            " the key is destroyed, they cannot be read in a backup either.",
        ),
    ),
    (
        Text(zh="日志", en="Logs"),
        Text(
            zh="只有时间、地址、代号和错误类别，不写姓名、证件、电话或健康信息。",
            en="Times, addresses, references and kinds of errors; no name, document, phone or"
            " anything about health.",
        ),
    ),
)
"""What is kept outside of the tables."""

"""The texts of messages, in Chinese and English.

Only these texts are ever templates: what people wrote is a value in them and comes out as it went in (I13). The sandboxed
environment is the second fence. Messages are plain text, so nothing is escaped here; whoever shows one as HTML escapes it."""

from typing import Any

from jinja2 import ChainableUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from market.notify.gift_templates import GIFT_TEXTS
from market.notify.letting_templates import LETTING_TEXTS
from market.notify.space_templates import SPACE_TEXTS

_DECIMALS = {"JPY": 0, "KRW": 0, "VND": 0, "KWD": 3, "BHD": 3}
_SIGNS = {"CNY": "¥", "EUR": "€", "USD": "$", "GBP": "£"}


def money_text(value: Any) -> str:
    """`{"amount": 8000, "currency": "CNY"}` as ¥80.00; integers only."""
    if not isinstance(value, dict) or not isinstance(value.get("amount"), int):
        return ""
    currency = str(value.get("currency", ""))
    decimals = _DECIMALS.get(currency, 2)
    whole, rest = divmod(abs(value["amount"]), 10**decimals)
    digits = f"{whole}.{rest:0{decimals}d}" if decimals else str(whole)
    return f"{'-' if value['amount'] < 0 else ''}{_SIGNS.get(currency, currency + ' ')}{digits}"


_ENVIRONMENT = ImmutableSandboxedEnvironment(
    autoescape=False, undefined=ChainableUndefined, trim_blocks=True, lstrip_blocks=True
)
_ENVIRONMENT.filters["money"] = money_text

_RECEIPT_ZH = """{{ name }}，您好：

我们已收到您的付款 {{ payable|money }}。
{% for line in lines %}
- {{ line.title }}{% if line.when_zh_CN %}，{{ line.when_zh_CN }}{% endif %}
{% if line.quantity and line.quantity > 1 %} × {{ line.quantity }}{% endif %}：{{ line.payable|money }}
{% endfor %}
{% if shares %}

您的钱去了哪里：
{% for share in shares %}
- {{ share.label }}：{{ share.amount|money }}
{% endfor %}
{% endif %}

{% if url %}
订单与核销码：{{ url }}
{% endif %}
订单号：{{ order_id }}
"""
_RECEIPT_EN = """Hello {{ name }},

we have received your payment of {{ payable|money }}.
{% for line in lines %}
- {{ line.title_en or line.title }}{% if line.when_en %}, {{ line.when_en }}{% endif %}
{% if line.quantity and line.quantity > 1 %} × {{ line.quantity }}{% endif %}: {{ line.payable|money }}
{% endfor %}
{% if shares %}

Where your money went:
{% for share in shares %}
- {{ share.label_en or share.label }}: {{ share.amount|money }}
{% endfor %}
{% endif %}

{% if url %}
Order and codes: {{ url }}
{% endif %}
Order: {{ order_id }}
"""

# template -> locale -> (subject, body)
TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    **GIFT_TEXTS,
    **LETTING_TEXTS,
    **SPACE_TEXTS,
    "order_paid": {
        "zh-CN": ("付款成功：{{ payable|money }}", _RECEIPT_ZH),
        "en": ("Payment received: {{ payable|money }}", _RECEIPT_EN),
    },
    "late_payment_returned": {
        "zh-CN": (
            "付款已退回：{{ amount|money }}",
            "{{ name }}，您好：\n\n您的付款到达时，预留时间已过，名额或时段已被他人取得。我们没有收下这笔钱："
            "{{ amount|money }} 正在全额退回您的付款账户。\n\n{% if url %}订单：{{ url }}\n{% endif %}订单号：{{ order_id }}\n",
        ),
        "en": (
            "Payment returned: {{ amount|money }}",
            "Hello {{ name }},\n\nyour payment arrived after the hold had ended, and somebody else had taken the place. We have not kept "
            "it: {{ amount|money }} is on its way back to you in full.\n\n{% if url %}Order: {{ url }}\n{% endif %}Order: {{ order_id }}\n",
        ),
    },
    "refund_done": {
        "zh-CN": (
            "退款成功：{{ amount|money }}",
            "{{ name }}，您好：\n\n{{ amount|money }} 已退回您的付款账户，到账时间以您的银行为准。\n"
            "\n{% if url %}订单：{{ url }}\n{% endif %}订单号：{{ order_id }}\n",
        ),
        "en": (
            "Refund: {{ amount|money }}",
            "Hello {{ name }},\n\n{{ amount|money }} has been sent back to you; your bank decides when it arrives.\n"
            "\n{% if url %}Order: {{ url }}\n{% endif %}Order: {{ order_id }}\n",
        ),
    },
    "visit_reminder": {
        "zh-CN": (
            "就快到了：{{ title }}",
            "{{ name }}，您好：\n\n提醒您：{{ title }}\n时间：{{ when_zh_CN }}\n地点：{{ where_zh_CN }}\n\n"
            "{% if url %}到店出示订单里的二维码或券码：{{ url }}\n{% endif %}{% if phone %}有事请打社区电话 {{ phone }}。\n{% endif %}"
            "不想再收到提醒，可以在“我的账号”里关掉。\n",
        ),
        "en": (
            "Coming up: {{ title_en or title }}",
            "Hello {{ name }},\n\na reminder: {{ title_en or title }}\nWhen: {{ when_en }}\nWhere: {{ where_en }}\n\n"
            "{% if url %}Show the QR code or the code of your order there: {{ url }}\n{% endif %}"
            "{% if phone %}Questions? Call the community on {{ phone }}.\n{% endif %}"
            "You can switch these reminders off in your account.\n",
        ),
    },
    "booking_moved": {
        "zh-CN": (
            "预订已改到{{ when_zh_CN }}",
            "{{ name }}，您好：\n\n您的预订已经改好：{{ title }}\n原来：{{ before_zh_CN }}\n现在：{{ when_zh_CN }}\n券码不变。\n\n"
            "{% if url %}订单：{{ url }}\n{% endif %}{% if phone %}有事请打社区电话 {{ phone }}。\n{% endif %}",
        ),
        "en": (
            "Your booking is now {{ when_en }}",
            "Hello {{ name }},\n\nyour booking was moved: {{ title_en or title }}\nBefore: {{ before_en }}\nNow: {{ when_en }}\n"
            "The code stays the same.\n\n{% if url %}Order: {{ url }}\n{% endif %}"
            "{% if phone %}Questions? Call the community on {{ phone }}.\n{% endif %}",
        ),
    },
    "guest_code": {
        "zh-CN": (
            "{{ buyer }}为您订好了：{{ title }}",
            "{{ name }}，您好：\n\n{{ buyer }}为您订好了{{ title }}。\n{% if when_zh_CN %}时间：{{ when_zh_CN }}\n{% endif %}"
            "地点：{{ where_zh_CN }}\n券码：{{ code }}\n\n到店说出这个券码就行。{% if phone %}有事请打社区电话 {{ phone }}。{% endif %}\n",
        ),
        "en": (
            "{{ buyer }} booked for you: {{ title_en or title }}",
            "Hello {{ name }},\n\n{{ buyer }} has booked {{ title_en or title }} for you.\n"
            "{% if when_en %}When: {{ when_en }}\n{% endif %}Where: {{ where_en }}\nCode: {{ code }}\n\nSay this code at the door."
            "{% if phone %} Questions? Call the community on {{ phone }}.{% endif %}\n",
        ),
    },
    "guest_reminder": {
        "zh-CN": (
            "就快到了：{{ title }}",
            "{{ name }}，您好：\n\n提醒您：{{ title }}\n时间：{{ when_zh_CN }}\n地点：{{ where_zh_CN }}\n"
            "{% if phone %}有事请打社区电话 {{ phone }}。{% endif %}\n",
        ),
        "en": (
            "Coming up: {{ title_en or title }}",
            "Hello {{ name }},\n\na reminder: {{ title_en or title }}\nWhen: {{ when_en }}\nWhere: {{ where_en }}\n"
            "{% if phone %}Questions? Call the community on {{ phone }}.{% endif %}\n",
        ),
    },
    "family_invited": {
        "zh-CN": (
            "{{ buyer }}想替您买服务",
            "{{ name }}，您好：\n\n{{ buyer }}想替您购买课程、餐食和预订。您同意后：为您买的券码会出现在您的账号里，"
            "并按您的居民价和优惠资格计价，因此{{ buyer }}会知道您有没有这些资格。您随时可以取消。\n\n"
            "{% if url %}同意或拒绝：{{ url }}\n{% endif %}不认识这个人？不用理会，什么都不会发生。\n",
        ),
        "en": (
            "{{ buyer }} would like to buy for you",
            "Hello {{ name }},\n\n{{ buyer }} would like to buy classes, meals and bookings for you. If you agree, the codes bought for "
            "you appear in your account, and your residents' price and groups decide the price, so {{ buyer }} will learn whether you "
            "have them. You can end this at any time.\n\n{% if url %}Agree or not: {{ url }}\n{% endif %}"
            "You do not know them? Ignore this and nothing will happen.\n",
        ),
    },
    "residency_decided": {
        "zh-CN": (
            "居民认证{% if verified %}已通过{% else %}未通过{% endif %}",
            "{{ name }}，您好：\n\n{% if verified %}{{ community }}已确认您是本社区居民，您现在可以享受居民价。"
            "{% else %}{{ community }}未能确认您的居民身份。{% if reason %}原因：{{ reason }}{% endif %}{% endif %}\n",
        ),
        "en": (
            "Residency {% if verified %}confirmed{% else %}not confirmed{% endif %}",
            "Hello {{ name }},\n\n{% if verified %}{{ community_en or community }} has confirmed that you live there. You now "
            "pay the residents' price.{% else %}{{ community_en or community }} could not confirm that you live there."
            "{% if reason %} Reason: {{ reason }}{% endif %}{% endif %}\n",
        ),
    },
    "need_moved": {
        "zh-CN": (
            "您关心的“{{ title }}”有消息了",
            "{{ name }}，您好：\n\n{% if event == 'taken' %}{{ partner }} 愿意承接“{{ title }}”，正在准备。"
            "{% elif event == 'offered' %}“{{ title }}”已经有了：{{ partner }} 现在就提供，您可以去看看。"
            "{% else %}“{{ title }}”已关闭。{% endif %}{% if note %}\n\n{{ note }}{% endif %}\n\n{% if url %}查看：{{ url }}\n{% endif %}",
        ),
        "en": (
            "News about “{{ title }}”",
            "Hello {{ name }},\n\n{% if event == 'taken' %}{{ partner_en or partner }} will take care of “{{ title }}” and is preparing it."
            "{% elif event == 'offered' %}“{{ title }}” is here: {{ partner_en or partner }} offers it now."
            "{% else %}“{{ title }}” was closed.{% endif %}{% if note %}\n\n{{ note }}{% endif %}\n\n"
            "{% if url %}Look here: {{ url }}\n{% endif %}",
        ),
    },
    "saved_search_match": {
        "zh-CN": (
            "您关注的{% if query %}“{{ query }}”{% else %}搜索{% endif %}有新内容：{{ title }}",
            "{{ name }}，您好：\n\n{{ community }}新上架了“{{ title }}”，符合您保存的搜索{% if query %}“{{ query }}”{% endif %}。\n"
            "\n{% if url %}查看：{{ url }}\n{% endif %}{% if account_url %}不想再收到，可以在这里删除：{{ account_url }}\n{% endif %}",
        ),
        "en": (
            "New for your search{% if query %} “{{ query }}”{% endif %}: {{ title_en or title }}",
            "Hello {{ name }},\n\n“{{ title_en or title }}” in {{ community_en or community }} is new and matches the search "
            "{% if query %}“{{ query }}” {% endif %}that you keep.\n"
            "\n{% if url %}Look here: {{ url }}\n{% endif %}"
            "{% if account_url %}To hear no more of it, remove it here: {{ account_url }}\n{% endif %}",
        ),
    },
    "password_reset": {
        "zh-CN": (
            "设置新密码的验证码",
            "{{ name }}，您好：\n\n设置新密码的验证码是 {{ code }}，{{ minutes }} 分钟内有效。请在这里填写：{{ url }}\n\n"
            "工作人员不会向您索要验证码。如果不是您本人操作，请忽略本消息，密码没有改变。\n",
        ),
        "en": (
            "Your code for a new password",
            "Hello {{ name }},\n\nyour code for a new password is {{ code }}. It works for {{ minutes }} minutes, here: {{ url }}\n\n"
            "Nobody from the community will ever ask you for it. If it was not you, ignore this message: your password has not changed.\n",
        ),
    },
    "consent_voided": {
        "zh-CN": (
            "您同意的支出申请已被修改",
            "{{ name }}，您好：\n\n您同意过的申请“{{ title }}”已被修改，您的同意不再有效，请重新查看后决定。"
            "{% if account_changed %}\n请注意：收款人或收款账户变了，付款前请打电话向对方核实。{% endif %}\n",
        ),
        "en": (
            "A request you consented to was changed",
            "Hello {{ name }},\n\nthe request “{{ title }}” was changed after you had consented. Your consent no longer counts: please "
            "read it again and decide anew.{% if account_changed %}\nMind that the payee or the payee's account is another one: call them "
            "before anything is paid.{% endif %}\n",
        ),
    },
    "fund_question_answered": {
        "zh-CN": (
            "您对一笔账的提问有了{% if removed %}处理结果{% else %}答复{% endif %}",
            "{{ name }}，您好：\n\n您问“{{ label }}”这笔账：{{ question }}\n\n"
            "{% if removed %}提问没有公开，原因：{% else %}答复：{% endif %}{{ answer }}\n\n{% if url %}查看：{{ url }}\n{% endif %}",
        ),
        "en": (
            "Your question about an entry was {% if removed %}not published{% else %}answered{% endif %}",
            "Hello {{ name }},\n\nyou asked about “{{ label }}”: {{ question }}\n\n"
            "{% if removed %}It is not shown in public, because: {% endif %}{{ answer }}\n\n{% if url %}See: {{ url }}\n{% endif %}",
        ),
    },
    "account_exists": {
        "zh-CN": (
            "您已有账户",
            "{{ name }}，您好：\n\n有人用您的登录名再次注册。您已有账户，直接登录即可。如果不是您本人操作，请忽略本消息。\n",
        ),
        "en": (
            "You already have an account",
            "Hello {{ name }},\n\nsomebody tried to sign up with your login. You have an account already: just sign in. If it was not you, "
            "ignore this message.\n",
        ),
    },
}
_COMPILED = {
    (name, locale): tuple(_ENVIRONMENT.from_string(text) for text in texts)
    for name, by_locale in TEXTS.items()
    for locale, texts in by_locale.items()
}


def render(template: str, *, locale: str, context: dict[str, Any]) -> tuple[str, str]:
    """Subject (one line) and body in the person's language; raises KeyError for an unknown template."""
    subject, body = _COMPILED[(template, locale if (template, locale) in _COMPILED else "zh-CN")]
    return " ".join(subject.render(context).split()), body.render(context)

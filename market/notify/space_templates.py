"""The texts of messages about wishes for spaces, in Chinese and English; `templates` renders them."""

_HELLO_ZH = "{{ name }}，您好：\n\n"
_HELLO_EN = "Hello {{ name }},\n\n"
_WHAT_ZH = "{{ title }}，{{ when_zh_CN }}{% if dates and dates > 1 %}（共 {{ dates }} 次）{% endif %}。\n"
_WHAT_EN = "{{ title_en or title }}, {{ when_en }}{% if dates and dates > 1 %} ({{ dates }} dates){% endif %}.\n"
_MORE_ZH = "{% if url %}详情：{{ url }}\n{% endif %}{% if phone %}有事请打社区电话 {{ phone }}。\n{% endif %}"
_MORE_EN = "{% if url %}Details: {{ url }}\n{% endif %}{% if phone %}Questions? Call the community on {{ phone }}.\n{% endif %}"

SPACE_TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    "approval_approved": {
        "zh-CN": (
            "已同意：{{ title }} {{ when_zh_CN }}",
            f"{_HELLO_ZH}您申请的场地已经获得同意：{_WHAT_ZH}{{% if reason %}}社区留言：{{{{ reason }}}}\n{{% endif %}}\n"
            "{% if payable.amount %}请在 {{ until_zh_CN }} 前付款 {{ payable|money }}，过时不再保留。\n"
            "{% else %}不收费，已经订好。\n{% endif %}" + _MORE_ZH,
        ),
        "en": (
            "Agreed: {{ title_en or title }} {{ when_en }}",
            f"{_HELLO_EN}your request was agreed to: {_WHAT_EN}{{% if reason %}}The community says: {{{{ reason }}}}\n{{% endif %}}\n"
            "{% if payable.amount %}Please pay {{ payable|money }} before {{ until_en }}; after that it is not kept any longer.\n"
            "{% else %}It costs nothing and is booked.\n{% endif %}" + _MORE_EN,
        ),
    },
    "approval_refused": {
        "zh-CN": (
            "没有同意：{{ title }} {{ when_zh_CN }}",
            f"{_HELLO_ZH}很抱歉，您申请的场地没有获得同意：{_WHAT_ZH}原因：{{{{ reason }}}}\n没有扣款，时段已经放开。\n\n{_MORE_ZH}",
        ),
        "en": (
            "Not agreed: {{ title_en or title }} {{ when_en }}",
            f"{_HELLO_EN}we are sorry: your request was not agreed to: {_WHAT_EN}Why: {{{{ reason }}}}\n"
            f"You were not charged, and the time is free again.\n\n{_MORE_EN}",
        ),
    },
    "approval_expired": {
        "zh-CN": (
            "申请已过期：{{ title }} {{ when_zh_CN }}",
            f"{_HELLO_ZH}您申请的场地在期限内没有人审批，申请已经自动结束：{_WHAT_ZH}没有扣款，您可以重新申请。\n\n{_MORE_ZH}",
        ),
        "en": (
            "Request ended: {{ title_en or title }} {{ when_en }}",
            f"{_HELLO_EN}nobody decided about your request in time, so it has ended by itself: {_WHAT_EN}"
            f"You were not charged, and you can ask again.\n\n{_MORE_EN}",
        ),
    },
    "slot_offered": {
        "zh-CN": (
            "您等的时段空出来了：{{ title }} {{ when_zh_CN }}",
            f"{_HELLO_ZH}您候补的时段空出来了，先为您留着：{_WHAT_ZH}请在 {{{{ until_zh_CN }}}} 前预订，过时让给下一位。\n\n"
            "{% if url %}去预订：{{ url }}\n{% endif %}{% if phone %}有事请打社区电话 {{ phone }}。\n{% endif %}",
        ),
        "en": (
            "It is free now: {{ title_en or title }} {{ when_en }}",
            f"{_HELLO_EN}the time you wait for is free and kept for you: {_WHAT_EN}Please book it before {{{{ until_en }}}}; "
            "after that it goes to the next.\n\n{% if url %}Book it: {{ url }}\n{% endif %}"
            "{% if phone %}Questions? Call the community on {{ phone }}.\n{% endif %}",
        ),
    },
}

"""The texts of messages about tenders and leases, as templates.py renders them."""

LETTING_TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    "bid_received": {
        "zh-CN": (
            "报价已密封：{{ title }}",
            "{{ name }}，您好：\n\n“{{ title }}”的报价已收到并密封，开标前任何人都看不到内容。\n\n回执（请保存）：\n{{ receipt }}\n\n"
            "开标后，公示的记录里应有同样的回执。截止前可以改报或撤回。\n",
        ),
        "en": (
            "Your bid is sealed: {{ title_en }}",
            "Hello {{ name }},\n\nyour bid for “{{ title_en }}” came in and is sealed: nobody can read it before the opening.\n\nReceipt "
            "(please keep it):\n{{ receipt }}\n\nThe published protocol must show the same receipt. Until the deadline you may replace or "
            "withdraw your bid.\n",
        ),
    },
    "lease_statement": {
        "zh-CN": (
            "{{ month }} 租金账单：{{ due|money }}",
            "{{ name }}，您好：\n\n{{ space }} {{ month }} 的租金已结算：{{ due|money }}。\n当月营业额：{{ turnover|money }}\n"
            "从营业款中扣除：{{ netted|money }}\n{% if billed.amount %}还需转账：{{ billed|money }}（或从下次结算中扣除）\n{% endif %}"
            "明细见商户工作台的“租约”。\n",
        ),
        "en": (
            "Rent of {{ month }}: {{ due|money }}",
            "Hello {{ name }},\n\nthe rent of {{ space_en }} for {{ month }} is settled: {{ due|money }}.\nTurnover of the month: "
            "{{ turnover|money }}\nTaken from sales: {{ netted|money }}\n{% if billed.amount %}Still to be paid: {{ billed|money }} (or "
            "taken from the next payouts)\n{% endif %}See “Leases” in your workplace.\n",
        ),
    },
    "tender_decided": {
        "zh-CN": (
            "招租结果：{{ title }}",
            "{{ name }}，您好：\n\n{% if won %}恭喜，“{{ title }}”由您中标，租约已生成。{% elif winner %}“{{ title }}”已定标，"
            "由{{ winner }}中标。感谢您参与。{% else %}“{{ title }}”已取消，不再招租。{% endif %}\n\n"
            "您的回执：{{ receipt }}\n全部记录已公示，人人可查。\n",
        ),
        "en": (
            "Result of the tender: {{ title_en }}",
            "Hello {{ name }},\n\n{% if won %}“{{ title_en }}” goes to you; the lease is made.{% elif winner %}“{{ title_en }}” goes to "
            "{{ winner_en }}. Thank you for your bid.{% else %}“{{ title_en }}” was called off.{% endif %}\n\nYour receipt: {{ receipt }}\n"
            "The whole protocol is public.\n",
        ),
    },
}

"""The texts of messages about gifts; rendered by templates.py."""

GIFT_TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    "gift_received": {
        "zh-CN": (
            "感谢您的捐款：{{ payable|money }}",
            "{{ name }}，您好：\n\n您捐的 {{ payable|money }} 已全部进入{{ fund }}，没有扣除任何费用。\n"
            "{% if purpose %}只用于：{{ purpose }}\n{% endif %}\n公开账本里已有这一笔，不显示您的姓名。\n"
            "{% if url %}收据与凭证：{{ url }}\n{% endif %}订单号：{{ order_id }}\n",
        ),
        "en": (
            "Thank you for giving {{ payable|money }}",
            "Hello {{ name }},\n\nyour gift of {{ payable|money }} has reached {{ fund_en }} in full; nothing was taken off it.\n"
            "{% if purpose %}Only for: {{ purpose_en }}\n{% endif %}\nThe public books show it, without your name.\n"
            "{% if url %}Receipt and proof: {{ url }}\n{% endif %}Order: {{ order_id }}\n",
        ),
    },
    "gift_due": {
        "zh-CN": (
            "本月捐款：{{ amount|money }}",
            "{{ name }}，您好：\n\n您每月捐给{{ fund }} {{ amount|money }}，这个月的日子到了。\n"
            "{% if purpose %}只用于：{{ purpose }}\n{% endif %}{% if url %}\n点这里付款：{{ url }}\n{% endif %}"
            "\n请在{{ until_zh_CN }}前付款。不付也没关系，不会扣款，下个月再请您。不想再捐，可以在“我的捐款”里一键停止。\n",
        ),
        "en": (
            "Your gift of this month: {{ amount|money }}",
            "Hello {{ name }},\n\nit is the day of your monthly gift of {{ amount|money }} to {{ fund_en }}.\n"
            "{% if purpose %}Only for: {{ purpose }}\n{% endif %}{% if url %}\nPay here: {{ url }}\n{% endif %}"
            "\nPlease pay by {{ until_en }}. If you do not, nothing is charged, and we ask again next month. To stop, one tap under "
            "“My giving” is enough.\n",
        ),
    },
    "gift_purpose_gone": {
        "zh-CN": (
            "您的每月捐款已停止",
            "{{ name }}，您好：\n\n您每月捐给{{ fund }}、只用于“{{ purpose }}”。"
            "这个基金不再有这项用途，所以我们停止了您的每月捐款，没有扣款。"
            "\n{% if url %}\n想换一个用途继续捐：{{ url }}\n{% endif %}",
        ),
        "en": (
            "Your monthly gift has been stopped",
            "Hello {{ name }},\n\nyour monthly gift to {{ fund_en }} was only for {{ purpose }}. The fund no longer has this purpose, so "
            "your gift has been stopped; nothing was charged.\n{% if url %}\nTo give for something else: {{ url }}\n{% endif %}",
        ),
    },
}

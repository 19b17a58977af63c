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
}

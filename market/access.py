"""Who may call which route: one row per operation id, enforced by the app-wide guard (A01).

A row answers "may this kind of caller come in at all"; whether *this* listing, space or order is theirs is decided in the
service through the actor, and what is not theirs does not exist for them (404). A route without a row does not start."""

from dataclasses import dataclass

PERSON = "person"
MEMBER = "partner_member"
CLERK = "clerk"
DIRECTOR = "director"
STREET = "street"
OPERATOR = "operator"

STAFF = frozenset({CLERK, DIRECTOR, STREET, OPERATOR})
LEADS = frozenset({DIRECTOR, STREET, OPERATOR})


@dataclass(frozen=True, slots=True)
class Access:
    """`roles` empty = anyone, signed in or not. `scope` = what a bearer token must carry. `csrf` off only for signed webhooks
    and requests that carry no session."""

    roles: frozenset[str] = frozenset()
    scope: str = "read"
    csrf: bool = True


def _only(*roles: str, scope: str = "read") -> Access:
    return Access(roles=frozenset(roles), scope=scope)


ANYONE = Access()
SIGNED_IN = _only(PERSON)
# A browser session is needed, whatever scopes a token has.
SESSION = _only(PERSON, scope="")

ACCESS: dict[str, Access] = {
    # people
    "create_account": ANYONE,
    "sign_in": ANYONE,
    "ask_password_reset": ANYONE,
    "reset_password": ANYONE,
    "sign_out": SESSION,
    "get_me": SIGNED_IN,
    "change_me": SESSION,
    "export_me": SESSION,
    "delete_me": SESSION,
    "list_tokens": SESSION,
    "create_token": SESSION,
    "revoke_token": SESSION,
    "request_residency": SESSION,
    "list_family": SESSION,
    "invite_family": SESSION,
    "decide_family": SESSION,
    "end_family": SESSION,
    "list_residency_requests": Access(STAFF, scope=""),
    "decide_residency": Access(STAFF, scope=""),
    "list_staff": Access(STAFF, scope=""),
    "appoint_staff": Access(LEADS, scope=""),
    "dismiss_staff": Access(LEADS, scope=""),
    # communities
    "list_communities": ANYONE,
    "get_community": ANYONE,
    "get_utilisation": Access(STAFF, scope="spaces"),
    # partners
    "list_partners": ANYONE,
    "get_partner": ANYONE,
    "create_partner": Access(LEADS, scope=""),
    "list_members": Access(frozenset({MEMBER}), scope=""),
    "add_member": Access(frozenset({MEMBER}), scope=""),
    # search
    "search": ANYONE,
    "suggest": ANYONE,
    "note_search": ANYONE,
    "note_click": ANYONE,
    "search_statistics": Access(STAFF, scope=""),
    "list_synonyms": Access(STAFF, scope=""),
    "add_synonyms": Access(STAFF, scope=""),
    "remove_synonyms": Access(STAFF, scope=""),
    "restore_synonyms": Access(STAFF, scope=""),
    # listings
    "list_categories": ANYONE,
    "get_listing": ANYONE,
    "list_offers": ANYONE,
    "list_partner_listings": Access(frozenset({MEMBER}), scope="listings"),
    "get_partner_listing": Access(frozenset({MEMBER}), scope="listings"),
    "list_partner_offers": Access(frozenset({MEMBER}), scope="listings"),
    "create_listing": Access(frozenset({MEMBER}), scope="listings"),
    "change_listing": Access(frozenset({MEMBER}), scope="listings"),
    "add_listing_photo": Access(frozenset({MEMBER}), scope="listings"),
    "delete_listing_photo": Access(frozenset({MEMBER}), scope="listings"),
    "create_offers": Access(frozenset({MEMBER}), scope="listings"),
    "change_offer": Access(frozenset({MEMBER}), scope="listings"),
    "list_reviews": ANYONE,
    "write_review": _only(PERSON, scope=""),
    # spaces
    "list_spaces": ANYONE,
    "get_space": ANYONE,
    "get_availability": ANYONE,
    "get_space_calendar": ANYONE,
    "get_first_free": ANYONE,
    "list_alternatives": ANYONE,
    "list_tariffs": ANYONE,
    "create_tariff": Access(STAFF, scope="spaces"),
    "end_tariff": Access(STAFF, scope="spaces"),
    "list_special_days": ANYONE,
    "add_special_days": Access(STAFF, scope="spaces"),
    "drop_special_days": Access(STAFF, scope="spaces"),
    "list_holidays": ANYONE,
    "add_holidays": Access(STAFF, scope="spaces"),
    "drop_holidays": Access(STAFF, scope="spaces"),
    "create_space": Access(STAFF, scope="spaces"),
    "change_space": Access(STAFF, scope="spaces"),
    "add_space_photo": Access(STAFF, scope="spaces"),
    "list_occupancies": Access(STAFF, scope="spaces"),
    "create_closure": Access(STAFF, scope="spaces"),
    "create_lease": Access(LEADS, scope="spaces"),
    "release_occupancy": Access(STAFF, scope="spaces"),
    # needs
    "list_needs": ANYONE,
    "get_need": ANYONE,
    "ask_for": SESSION,
    "support_need": SESSION,
    "unsupport_need": SESSION,
    "offer_for_need": Access(frozenset({MEMBER}), scope=""),
    "release_need": Access(frozenset({MEMBER}) | STAFF, scope=""),
    "close_need": SESSION,
    "list_saved_searches": SESSION,
    "save_search": SESSION,
    "drop_saved_search": SESSION,
    # checkout
    "make_quote": ANYONE,
    "place_order": _only(PERSON, scope="orders"),
    "list_orders": _only(PERSON, scope="orders"),
    "get_order": _only(PERSON, scope="orders"),
    "get_receipt": _only(PERSON, scope="orders"),
    "cancel_order": _only(PERSON, scope="orders"),
    "refund_order": _only(PERSON, scope="orders"),
    "preview_move": _only(PERSON, scope="orders"),
    "move_booking": _only(PERSON, scope="orders"),
    "preview_give_back": _only(PERSON, scope="orders"),
    "get_payout_plan": Access(STAFF, scope=""),
    "set_payout_policy": Access(LEADS, scope=""),
    "get_payout_run": Access(STAFF, scope=""),
    "take_bank_file": Access(STAFF, scope=""),
    "confirm_payout_run": Access(LEADS, scope=""),
    "get_partner_money": Access(frozenset({MEMBER}), scope="orders"),
    "set_bank_account": Access(frozenset({MEMBER}), scope=""),
    "onboard_partner": Access(frozenset({MEMBER}), scope=""),
    "check_onboarding": Access(frozenset({MEMBER}), scope=""),
    "get_statement": Access(frozenset({MEMBER}), scope="orders"),
    "get_statement_csv": Access(frozenset({MEMBER}), scope="orders"),
    "get_statement_pdf": Access(frozenset({MEMBER}), scope="orders"),
    "list_community_sales": Access(STAFF, scope=""),
    "get_desk_day": Access(STAFF, scope=""),
    "count_desk": Access(STAFF, scope=""),
    "deposit_cash": Access(STAFF, scope=""),
    "import_bank_statement": Access(LEADS, scope=""),
    "list_reconciliations": Access(STAFF, scope=""),
    "list_cases": Access(STAFF, scope=""),
    "change_case": Access(STAFF, scope=""),
    "repay_failed_refund": Access(STAFF, scope=""),
    "pay_order_again": _only(PERSON, scope="orders"),
    "record_desk_payment": Access(STAFF, scope=""),
    "list_desk_orders": Access(STAFF, scope=""),
    "get_voucher_qr": _only(PERSON, scope="orders"),
    "list_my_vouchers": _only(PERSON, scope="orders"),
    "preview_refund": _only(PERSON, scope="orders"),
    "get_my_year": _only(PERSON, scope="orders"),
    "get_order_calendar": _only(PERSON, scope="orders"),
    "redeem_voucher": Access(frozenset({MEMBER}) | STAFF, scope="redeem"),
    "list_partner_orders": Access(frozenset({MEMBER}), scope="orders"),
    # funds: reading is public
    "list_funds": ANYONE,
    "get_fund": ANYONE,
    "list_entries": ANYONE,
    "get_books_csv": ANYONE,
    "get_books_journal": ANYONE,
    "get_books_beancount": ANYONE,
    "list_routing_rules": ANYONE,
    "create_routing_rule": Access(frozenset({DIRECTOR, OPERATOR}), scope=""),
    "list_rule_drafts": Access(STAFF, scope=""),
    "decide_rule_draft": Access(LEADS, scope=""),
    "preview_rule": Access(STAFF, scope=""),
    "record_donation": Access(STAFF, scope=""),
    "list_closes": ANYONE,
    "prepare_close": Access(STAFF, scope=""),
    "sign_close": Access(LEADS, scope=""),
    "reopen_close": Access(LEADS, scope=""),
    "record_cost": Access(STAFF, scope=""),
    "get_charter": ANYONE,
    "create_charter": Access(frozenset({STREET, OPERATOR}), scope=""),
    "list_public_spending": ANYONE,
    "get_relief": ANYONE,
    "request_spending": Access(STAFF, scope=""),
    "request_release": Access(STAFF, scope=""),
    "list_spending": Access(STAFF, scope=""),
    "get_spending": Access(STAFF, scope=""),
    "change_spending": Access(STAFF, scope=""),
    "withdraw_spending": Access(STAFF, scope=""),
    "decide_spending": Access(STAFF, scope=""),
    "pay_spending": Access(STAFF, scope=""),
    "record_outcome": Access(STAFF, scope=""),
    "add_spending_paper": Access(STAFF, scope=""),
    "list_seals": ANYONE,
    # media, operations
    "get_media": ANYONE,
    "get_link_qr": ANYONE,
    "openapi": ANYONE,
    "docs": ANYONE,
    "site": ANYONE,
    "robots": ANYONE,
    "sitemap": ANYONE,
    "live": ANYONE,
    "ready": ANYONE,
    "metrics": ANYONE,
    "dev_outbox": ANYONE,
    # payments: the webhook is trusted by its signature, the sandbox exists only outside production
    "stripe_webhook": Access(csrf=False),
    "sandbox_read": Access(csrf=False),
    "sandbox_call": Access(csrf=False),
    "sandbox_page": Access(csrf=False),
    "sandbox_pay": Access(csrf=False),
    "sandbox_account_page": Access(csrf=False),
    "sandbox_open_account": Access(csrf=False),
    "sandbox_dispute": Access(csrf=False),
    "sandbox_decide_dispute": Access(csrf=False),
    "sandbox_script": Access(csrf=False),
}

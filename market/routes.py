"""All modules with HTTP handlers, in the order of the contract."""

from market.checkout import approval_controllers as approvals_http
from market.checkout import controllers as checkout_http
from market.checkout import coupon_controllers as coupons_http
from market.checkout import donation_controllers as donations_http
from market.checkout import door_controllers as doors_http
from market.checkout import feed_controllers as feeds_http
from market.checkout import lease_controllers as leases_http
from market.checkout import lease_document_controllers as lease_documents_http
from market.checkout import pass_controllers as passes_http
from market.checkout import standing_controllers as standing_http
from market.checkout import tender_controllers as tenders_http
from market.checkout import timeline_controllers as timeline_http
from market.checkout import usage_controllers as usage_http
from market.checkout import visit_controllers as visits_http
from market.communities import controllers as communities_http
from market.funds import book_controllers as books_http
from market.funds import charter_controllers as charters_http
from market.funds import close_controllers as closes_http
from market.funds import controllers as funds_http
from market.funds import gift_controllers as gifts_http
from market.funds import plan_controllers as plans_http
from market.funds import pool_controllers as pools_http
from market.funds import question_controllers as questions_http
from market.funds import sharing_controllers as sharing_http
from market.funds import spending_controllers as spending_http
from market.listings import controllers as listings_http
from market.listings import resource_controllers as resources_http
from market.media import controllers as media_http
from market.needs import controllers as needs_http
from market.needs import saved_controllers as saved_http
from market.notify import controllers as notify_http
from market.partners import controllers as partners_http
from market.payments import controllers as payments_http
from market.people import appointment_controllers as appointments_http
from market.people import controllers as people_http
from market.people import family_controllers as family_http
from market.people import recovery_controllers as recovery_http
from market.search import controllers as search_http
from market.search import statistics_controllers as statistics_http
from market.search import synonym_controllers as synonyms_http
from market.spaces import alternative_controllers as alternatives_http
from market.spaces import asset_controllers as assets_http
from market.spaces import controllers as spaces_http
from market.spaces import finding_controllers as finding_http
from market.spaces import import_controllers as imports_http
from market.spaces import special_day_controllers as special_days_http
from market.spaces import tariff_controllers as tariffs_http
from market.spaces import wait_controllers as waits_http

CONTROLLERS = (
    people_http,
    family_http,
    recovery_http,
    appointments_http,
    communities_http,
    partners_http,
    listings_http,
    resources_http,
    spaces_http,
    tariffs_http,
    alternatives_http,
    assets_http,
    special_days_http,
    waits_http,
    finding_http,
    imports_http,
    needs_http,
    saved_http,
    funds_http,
    books_http,
    charters_http,
    gifts_http,
    plans_http,
    pools_http,
    questions_http,
    sharing_http,
    spending_http,
    closes_http,
    payments_http,
    search_http,
    synonyms_http,
    statistics_http,
    media_http,
    notify_http,
    checkout_http,
    approvals_http,
    donations_http,
    doors_http,
    feeds_http,
    visits_http,
    usage_http,
    leases_http,
    lease_documents_http,
    coupons_http,
    passes_http,
    standing_http,
    tenders_http,
    timeline_http,
)

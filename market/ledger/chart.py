"""The chart of accounts (design §3): account codes are built by these functions and nowhere else."""


def provider_stripe() -> str:
    """Money the card provider holds for us."""
    return "provider:stripe"


def desk(community_slug: str) -> str:
    """Cash and transfers taken at a community's desk."""
    return f"desk:{community_slug}"


def bank(fund_slug: str) -> str:
    """The bank account of a fund's custodian."""
    return f"bank:{fund_slug}"


def partner_pending(slug: str) -> str:
    """Sold, but not yet served."""
    return f"partner:{slug}:pending"


def partner_available(slug: str) -> str:
    """Served and past refunding: may be paid out."""
    return f"partner:{slug}:available"


def partner_owed(slug: str) -> str:
    """What the partner owes after a refund that came later than its payout."""
    return f"partner:{slug}:owed"


def partner_deferred(slug: str) -> str:
    """Paid for passes of the partner and not used yet: owed to the buyers, not the partner's."""
    return f"partner:{slug}:deferred"


def partner_deposit(slug: str) -> str:
    """What the partner left as deposits of its leases: it gets them back, or they are kept for a reason."""
    return f"partner:{slug}:deposit"


def partner_payout(slug: str) -> str:
    """On its way to the partner; a bank or the provider has not said yet that it arrived."""
    return f"partner:{slug}:payout"


def operating_bank() -> str:
    """The bank account that partners are paid from and desk cash is brought to."""
    return "bank:operating"


def _fund(fund_slug: str, part: str) -> str:
    community, _, kind = fund_slug.rpartition("-")
    if not community or not kind:
        raise ValueError(f"{fund_slug!r} is not the slug of a fund")
    return f"fund:{community}:{kind}:{part}"


def fund_income(fund_slug: str) -> str:
    """What came into a fund and nobody has released yet."""
    return _fund(fund_slug, "income")


def fund_spendable(fund_slug: str) -> str:
    """What an approved act has released for spending."""
    return _fund(fund_slug, "spendable")


def fund_reserved(fund_slug: str) -> str:
    """What is promised to an approved request and not paid yet."""
    return _fund(fund_slug, "reserved")


def relief(fund_slug: str) -> str:
    """Help that families got and that stands in no public sum yet."""
    return f"relief:{fund_slug}"


def subsidy(pool_slug: str) -> str:
    """What a fund moved into a pool for residents' prices and the pool has not paid to a seller yet."""
    return f"subsidy:{pool_slug}"


def platform_promotion() -> str:
    """What the platform pays for buyers with its own coupons."""
    return "platform:promotion"


def enterprise_income(slug: str) -> str:
    return f"enterprise:{slug}:income"


def enterprise_cost(slug: str) -> str:
    return f"enterprise:{slug}:cost"


def enterprise_bank(slug: str) -> str:
    """From where an enterprise pays its costs."""
    return f"enterprise:{slug}:bank"


def enterprise_losses(slug: str) -> str:
    """Deficits of former months that a surplus has to cover first."""
    return f"enterprise:{slug}:losses"


def enterprise_reserve(slug: str) -> str:
    """The statutory reserve."""
    return f"enterprise:{slug}:reserve"


def enterprise_kept(slug: str) -> str:
    """What a close left to the enterprise for its own development."""
    return f"enterprise:{slug}:kept"


def platform_fee() -> str:
    return "platform:fee"


def provider_fees() -> str:
    """What the card provider keeps for its service."""
    return "provider:fees"


def suspense() -> str:
    """Money that belongs to no order; never forgotten, never anybody's."""
    return "suspense"

"""HTTP of categories, listings, offers, photos of listings, and reviews."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation
from litestar.response.base import ASGIResponse

from market.answers import answers, encoded
from market.db import Database
from market.listings import offers, reviews, service
from market.listings.offers import Occupier
from market.listings.schemas import (
    Category,
    ChangedListing,
    ChangedOffer,
    Listing,
    NewListing,
    NewOffers,
    NewReview,
    Offer,
    Review,
)
from market.media.controllers import FORM_FAULTS, PhotoBody
from market.media.images import MAX_BYTES
from market.media.schemas import Photo
from market.people.rules import Actor
from market.schemas import Page
from market.settings import Settings

FromTime = Annotated[datetime | None, QueryParameter(name="from")]
ToTime = Annotated[datetime | None, QueryParameter(name="to")]


def provide_occupier(state: State) -> Occupier | None:
    """Who takes spaces for sessions: the composition root puts it into the app's state, as spaces are a slice beside this one."""
    found: Occupier | None = state.get("occupier")
    return found


OCCUPIER = {"occupier": Provide(provide_occupier, sync_to_thread=False)}


@get("/api/categories", operation_id="list_categories", summary="The category tree with numbers of listings")
async def list_categories(db: NamedDependency[Database]) -> Page[Category]:
    return Page(await service.categories(db))


@get(
    "/api/listings/{listing_id:uuid}",
    operation_id="get_listing",
    summary="A published listing",
    responses=answers(Listing),
)
async def get_listing(
    listing_id: FromPath[UUID], db: NamedDependency[Database], settings: NamedDependency[Settings]
) -> ASGIResponse:
    """With photos, what is on sale next, and who gets which share of the price. A draft is found only by its partner, at
    /api/partners/{partner}/listings/{listing_id}."""
    return encoded(await service.listing(db, settings=settings, listing_id=listing_id))


@get("/api/listings/{listing_id:uuid}/offers", operation_id="list_offers", summary="Open offers of a listing",
     responses=answers(Page[Offer]))  # fmt: skip
async def list_offers(
    listing_id: FromPath[UUID], db: NamedDependency[Database], start: FromTime = None, end: ToTime = None,
    cursor: FromQuery[UUID | None] = None,
) -> ASGIResponse:  # fmt: skip
    """Those that start in [from, to), by default the next 28 days, at most 93; and those without a time."""
    return encoded(await offers.offers(db, listing_id=listing_id, start=start, end=end, after=cursor))


@get("/api/partners/{partner:str}/listings", operation_id="list_partner_listings", summary="Listings of my partner in any status",
     responses=answers(Page[Listing]))  # fmt: skip
async def list_partner_listings(
    partner: FromPath[str], db: NamedDependency[Database], settings: NamedDependency[Settings], actor: NamedDependency[Actor],
    cursor: FromQuery[UUID | None] = None,
) -> ASGIResponse:  # fmt: skip
    return encoded(await service.own_listings(db, actor=actor, settings=settings, partner=partner, before=cursor))


@get("/api/partners/{partner:str}/listings/{listing_id:uuid}", operation_id="get_partner_listing",
     summary="A listing of my partner in any status", responses=answers(Listing))  # fmt: skip
async def get_partner_listing(
    partner: FromPath[str], listing_id: FromPath[UUID], db: NamedDependency[Database], settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
) -> ASGIResponse:  # fmt: skip
    return encoded(
        await service.own_listing(db, actor=actor, settings=settings, partner=partner, listing_id=listing_id)
    )


@get("/api/partners/{partner:str}/listings/{listing_id:uuid}/offers", operation_id="list_partner_offers",
     summary="Offers of a listing of my partner, cancelled ones too", responses=answers(Page[Offer]))  # fmt: skip
async def list_partner_offers(
    partner: FromPath[str], listing_id: FromPath[UUID], db: NamedDependency[Database], actor: NamedDependency[Actor],
    start: FromTime = None, end: ToTime = None, cursor: FromQuery[UUID | None] = None,
) -> ASGIResponse:  # fmt: skip
    found = await offers.own_offers(
        db, actor=actor, partner=partner, listing_id=listing_id, start=start, end=end, after=cursor
    )
    return encoded(found)


@post("/api/partners/{partner:str}/listings", operation_id="create_listing", summary="Add a listing to my partner", status_code=201,
      responses=answers(Listing, 201))  # fmt: skip
async def create_listing(
    partner: FromPath[str], data: JSONBody[NewListing], db: NamedDependency[Database], settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
) -> ASGIResponse:  # fmt: skip
    return encoded(await service.create_listing(db, actor=actor, settings=settings, partner=partner, new=data), 201)


@patch("/api/listings/{listing_id:uuid}", operation_id="change_listing", summary="Change, publish or withdraw a listing",
       responses=answers(Listing))  # fmt: skip
async def change_listing(
    listing_id: FromPath[UUID], data: JSONBody[ChangedListing], db: NamedDependency[Database], settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
) -> ASGIResponse:  # fmt: skip
    """Orders made before keep their price and their terms."""
    return encoded(await service.change_listing(db, actor=actor, settings=settings, listing_id=listing_id, change=data))


@post(
    "/api/listings/{listing_id:uuid}/photos",
    operation_id="add_listing_photo",
    summary="Add a photo to a listing",
    status_code=201,
    exception_handlers=FORM_FAULTS,
)
async def add_listing_photo(
    listing_id: FromPath[UUID], data: PhotoBody, db: NamedDependency[Database], settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
) -> Photo:  # fmt: skip
    """A JPEG, PNG or WebP of at most 10 MB and 40 million pixels; only clean copies of it are kept."""
    picture = await data.photo.read(MAX_BYTES + 1)
    return await service.add_photo(
        db, actor=actor, settings=settings, listing_id=listing_id, data=picture, alt=data.alt
    )


@delete("/api/listings/{listing_id:uuid}/photos/{photo_id:uuid}", operation_id="delete_listing_photo", summary="Delete a photo",
        status_code=204)  # fmt: skip
async def delete_listing_photo(
    listing_id: FromPath[UUID], photo_id: FromPath[UUID], db: NamedDependency[Database], settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
) -> None:  # fmt: skip
    await service.delete_photo(db, actor=actor, settings=settings, listing_id=listing_id, photo_id=photo_id)


@post("/api/listings/{listing_id:uuid}/offers", operation_id="create_offers", summary="Publish offers, all or none", status_code=201,
      responses=answers(Page[Offer], 201), dependencies=OCCUPIER)  # fmt: skip
async def create_offers(
    listing_id: FromPath[UUID], data: JSONBody[NewOffers], db: NamedDependency[Database], actor: NamedDependency[Actor],
    occupier: NamedDependency[SkipValidation[Occupier | None]],
) -> ASGIResponse:  # fmt: skip
    """Sessions, portions, slots or vouchers; one that names a space takes it from everybody else."""
    return encoded(
        await offers.create_offers(db, actor=actor, occupier=occupier, listing_id=listing_id, new=data.offers), 201
    )


@patch("/api/offers/{offer_id:uuid}", operation_id="change_offer", summary="Change the capacity of an offer, or cancel it",
       responses=answers(Offer), dependencies=OCCUPIER)  # fmt: skip
async def change_offer(
    offer_id: FromPath[UUID], data: JSONBody[ChangedOffer], db: NamedDependency[Database], actor: NamedDependency[Actor],
    occupier: NamedDependency[SkipValidation[Occupier | None]],
) -> ASGIResponse:  # fmt: skip
    return encoded(await offers.change_offer(db, actor=actor, occupier=occupier, offer_id=offer_id, change=data))


@get("/api/listings/{listing_id:uuid}/reviews", operation_id="list_reviews", summary="What buyers say")
async def list_reviews(
    listing_id: FromPath[UUID], db: NamedDependency[Database], cursor: FromQuery[UUID | None] = None
) -> Page[Review]:
    return await reviews.reviews(db, listing_id=listing_id, before=cursor)


@post(
    "/api/listings/{listing_id:uuid}/reviews",
    operation_id="write_review",
    summary="Say what I think of what I bought",
    status_code=201,
)
async def write_review(
    listing_id: FromPath[UUID], data: JSONBody[NewReview], db: NamedDependency[Database], actor: NamedDependency[Actor]
) -> Review:
    """One per person and listing: writing again replaces it."""
    return await reviews.write_review(db, actor=actor, listing_id=listing_id, stars=data.stars, text=data.text)


handlers = [
    list_categories, get_listing, list_offers, list_partner_listings, get_partner_listing, list_partner_offers, create_listing,
    change_listing, add_listing_photo, delete_listing_photo, create_offers, change_offer, list_reviews, write_review,
]  # fmt: skip

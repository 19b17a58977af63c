"""Jobs of the needs board: those who asked hear what became of it; a promise without a listing ends."""

from market.db import Database
from market.jobs import Context, Worker
from market.needs import queries, rules, saved, service
from market.notify import service as notify
from market.settings import Settings


async def tell(db: Database, *, settings: Settings, told: service.Told) -> None:
    """One message to everybody behind the need, once per event."""
    async with db.transaction() as tx:
        row = await queries.need(tx, reader=None, need_id=told.need_id)
        if row is None or row["status"] != told.event or row["closed_as"] == "removed":
            return
        context = {
            "title": row["title"],
            "event": told.event,
            "partner": row["partner_name"],
            "partner_en": row["partner_name_en"],
            "note": row["closed_note"] if told.event == "closed" else row["partner_note"],
            "url": f"{settings.base_url}/needs/{told.need_id}" if settings.base_url else "",
        }
        for person_id in await queries.people_behind(tx, told.need_id):
            await notify.send(
                tx,
                person_id=person_id,
                template="need_moved",
                context=context,
                dedupe_key=f"need:{told.need_id}:{told.event}:{row['partner_id']}:{person_id}",
            )


async def sweep(context: Context) -> None:
    async with context.db.transaction() as tx:
        await queries.update_broken_promises(tx, days=rules.TAKEN_DAYS)


def register(worker: Worker) -> None:
    """Hang the jobs of this slice into the worker."""

    async def run(context: Context, told: service.Told) -> None:
        await tell(context.db, settings=context.settings, told=told)

    async def look(context: Context) -> None:
        await saved.look(
            context.db,
            engine=context.parts["engine"],
            vocabulary=context.parts["vocabulary"],
            settings=context.settings,
        )

    worker.on("needs.tell", run, service.Told)
    worker.every("needs.sweep", "43 * * * *", sweep)
    worker.every("needs.look", "* * * * *", look)

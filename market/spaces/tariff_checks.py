"""What is wrong with a price list, field by field (pure)."""

from collections.abc import Sequence

from market.spaces.hours import Band, band_faults
from market.spaces.tariffs import EVERY_DAY, PriceList, Rate, Unit

UNITS: tuple[Unit, ...] = ("hour", "half_day", "day", "week", "month", "fixed")
DAY_UNITS: tuple[Unit, ...] = ("hour", "half_day", "day")


def tariff_faults(week: Sequence[Band], off_peak: Sequence[Band], rate_minor: int) -> list[tuple[str, str]]:
    """What is wrong with hours and bands, field by field: off-peak is never dearer than the full rate."""
    dearer = [
        (f"off_peak.{index}.rate_minor", "must not be above the rate")
        for index, each in enumerate(off_peak)
        if (each.rate_minor or 0) > rate_minor
    ]
    return band_faults("hours", week) + band_faults("off_peak", off_peak) + dearer


def list_faults(new: PriceList) -> list[tuple[str, str]]:
    """What is wrong with a price list, field by field: times without a price, overlaps, off-peak dearer than the rest (S1)."""
    faults = [fault for index, each in enumerate(new.rates) for fault in _rate_faults(index, each)]
    if faults:
        return faults
    kinds = {each.unit for each in new.rates}
    if "fixed" in kinds and len(new.rates) > 1:
        return [("rates", "a fixed price stands alone")]
    if not kinds & {"week", "month", "fixed"}:
        unpriced = [day for day in EVERY_DAY if not any(new.rate(unit, day) for unit in DAY_UNITS)]
        if unpriced:
            return [("rates", f"must say what every weekday costs; weekday {unpriced[0]} has no price")]
    faults = band_faults("rates", [each for rate in new.rates for each in rate.bands])
    if faults:
        return [("rates", "two hourly rates are for the same time")]
    for unit in UNITS:
        days = [day for each in new.rates if each.unit == unit and each.opens is None for day in each.weekdays]
        if len(days) > len(set(days)):
            return [("rates", f"two rates of the unit {unit} are for the same day")]
    return _peak_faults(new)


def _rate_faults(index: int, rate: Rate) -> list[tuple[str, str]]:
    where = f"rates.{index}"
    if not rate.weekdays:
        return [(f"{where}.weekdays", "must name at least one day")]
    if rate.unit in ("week", "month", "fixed") and len(set(rate.weekdays)) < len(EVERY_DAY):
        return [(f"{where}.weekdays", "this unit is for every day")]
    if (rate.opens is None) != (rate.closes is None):
        return [(f"{where}.closes", "a part of the day needs a beginning and an end")]
    if rate.opens is not None and rate.unit != "hour":
        return [(f"{where}.opens", "only hourly rates can be for a part of the day")]
    if bool(rate.peak) != (rate.opens is not None):
        return [(f"{where}.peak", "a part of the day is peak or off-peak, and only that is")]
    return [(f"{where}.opens", message) for _, message in band_faults("", rate.bands)]


def _peak_faults(new: PriceList) -> list[tuple[str, str]]:
    """Off-peak never above the plain rate of its days, peak never below."""
    for index, rate in enumerate(new.rates):
        for day in rate.weekdays if rate.peak else ():
            plain = new.rate("hour", day)
            if plain is None:
                return [(f"rates.{index}.weekdays", "needs a plain hourly rate for the rest of the day")]
            if rate.peak == "off_peak" and rate.minor > plain.minor:
                return [(f"rates.{index}.minor", "off-peak must not be above the plain rate")]
            if rate.peak == "peak" and rate.minor < plain.minor:
                return [(f"rates.{index}.minor", "peak must not be below the plain rate")]
    return []

"""Firings of random crontab expressions, by croniter in its strict imitation of crontab."""

import datetime as dt
import importlib.metadata
import random
import zoneinfo

import croniter
import table

zoneinfo.reset_tzpath(to=[])
SOURCE = f"crontabs.py: croniter {importlib.metadata.version('croniter')}, tzdata {importlib.metadata.version('tzdata')}"

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
FIELDS = [(0, 59, None), (0, 23, None), (1, 31, None), (1, 12, MONTHS), (0, 7, WEEKDAYS)]
# Chance of a plain star: minutes and hours are usually restricted, days and months usually not.
STARS = [0.15, 0.3, 0.55, 0.6, 0.5]


def part(pick, first, last, names):
    kind = pick.choice(["number", "number", "range", "stepped", "name"])
    low, high = sorted(pick.sample(range(first, last + 1), 2))
    if kind == "name" and names:
        return pick.choice([str.upper, str.capitalize, str])(pick.choice(names))
    if kind == "range":
        return f"{low}-{high}"
    if kind == "stepped":
        return f"{low}-{high}/{pick.randrange(1, max(2, high - low))}"
    return str(pick.randrange(first, last + 1))


def expression(pick):
    fields = []
    for (first, last, names), star in zip(FIELDS, STARS):
        if pick.random() < star:
            fields.append("*" if pick.random() < 0.7 else f"*/{pick.randrange(1, max(3, last // 2))}")
        else:
            fields.append(",".join(part(pick, first, last, names) for _ in range(pick.choice([1, 1, 1, 2, 3]))))
    return " ".join(fields)


def is_crontabs(text):
    """croniter takes `0-6` for a star, where crontab looks at the first character: then the two differ about the day rule."""
    weekday = text.split()[4]
    return weekday.startswith("*") or croniter.croniter.expand(text)[0][4] != ["*"]


def every_hour(text):
    return text.split()[1] in ("*", "*/1", "0-23")


def firings(text, start, count):
    """croniter's answers, in one point corrected to Daybreak's rule: what names its hours fires once where clocks repeat."""
    ticks = croniter.croniter(text, start - dt.timedelta(seconds=1), ret_type=dt.datetime, implement_cron_bug=True)
    found = []
    while len(found) < count:
        tick = ticks.get_next()
        if tick.fold and not every_hour(text):
            continue
        found.append(int(tick.timestamp()))
    return found


def rows(seed, zone_names, starts, count, how_many):
    pick = random.Random(seed)
    written = 0
    while written < how_many:
        text = expression(pick)
        if not is_crontabs(text):
            continue
        name = pick.choice(zone_names)
        start = pick.choice(starts)(pick, zoneinfo.ZoneInfo(name))
        try:
            found = firings(text, start, count)
        except croniter.CroniterBadDateError:  # 31 February and its like
            found = []
        yield [name, text, int(start.timestamp()), " ".join(map(str, found))]
        written += 1


def any_time(pick, zone):
    return dt.datetime(2011, 1, 1, tzinfo=zone) + dt.timedelta(minutes=pick.randrange(10 * 365 * 24 * 60))


def before_a_change(pick, zone):
    """A few hours before clocks move, so that the firings run over it."""
    day = dt.datetime(pick.randrange(2013, 2021), 1, 1, 12, tzinfo=zone) + dt.timedelta(days=pick.randrange(180))
    while (day + dt.timedelta(days=1)).utcoffset() == day.utcoffset():
        day += dt.timedelta(days=1)
    return day.replace(hour=pick.randrange(13, 24), minute=pick.randrange(60))


table.write(
    "crontabs.csv", SOURCE, ["zone", "expression", "from", "firings"],
    rows(170, ["UTC", "Asia/Shanghai", "Asia/Kolkata"], [any_time], 6, 300),
)
table.write(
    "crontabs_dst.csv", SOURCE, ["zone", "expression", "from", "firings"],
    rows(171, ["America/New_York", "Europe/Berlin", "Australia/Sydney"], [any_time, before_a_change, before_a_change], 10, 300),
)

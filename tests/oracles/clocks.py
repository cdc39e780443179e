"""Days and hours of zones with unusual clocks, found by looking at the clock every minute."""

import datetime as dt
import importlib.metadata
import random
import zoneinfo

import table

zoneinfo.reset_tzpath(to=[])  # only the tzdata package, whatever the machine has
TZDATA = f"zoneinfo with tzdata {importlib.metadata.version('tzdata')}"

MINUTE = dt.timedelta(minutes=1)
# Name, first and last year. Clocks move at midnight in Sao Paulo, Havana and Tehran, by two hours in Troll, and Chatham and
# Kolkata have hours that begin at 15 and at 30 minutes past the UTC hour.
ZONES = [
    ("America/New_York", 2016, 2022),
    ("Europe/Berlin", 2016, 2022),
    ("Asia/Shanghai", 1986, 1991),
    ("Asia/Kolkata", 2019, 2019),
    ("America/Sao_Paulo", 2014, 2019),
    ("America/Havana", 2014, 2019),
    ("Asia/Tehran", 2018, 2022),
    ("Australia/Sydney", 2018, 2022),
    ("Pacific/Chatham", 2018, 2022),
    ("Antarctica/Troll", 2018, 2022),
    ("Africa/Casablanca", 2018, 2022),
    ("UTC", 2019, 2019),
]


def first_instant(zone, date):
    """The first whole minute at which a clock in the zone shows this date or a later one."""
    at = dt.datetime.combine(date, dt.time(), dt.timezone.utc) - dt.timedelta(hours=15)
    while at.astimezone(zone).date() < date:
        at += MINUTE
    return at


def labels(zone, start, end):
    """The hours that begin within [start, end): whenever the clock shows a full hour. A label seen before gets a `b`."""
    seen, at = [], start
    while at < end:
        shown = at.astimezone(zone)
        if shown.minute == 0:
            label = shown.strftime("%Y%m%d%H")
            seen.append(label + "b" if label in seen else label)
        at += MINUTE
    return seen


def unusual_days():
    for name, first_year, last_year in ZONES:
        zone = zoneinfo.ZoneInfo(name)
        date = dt.date(first_year, 1, 1)
        while date.year <= last_year:
            noon = [dt.datetime.combine(date + dt.timedelta(days=n), dt.time(12), zone).utcoffset() for n in (-1, 0)]
            changed = noon[0] != noon[1]
            # The two days around a change of the clocks, and some ordinary ones.
            if changed or (date.month, date.day) in [(1, 17), (7, 17)]:
                for day in [date - dt.timedelta(days=1), date] if changed else [date]:
                    start, end = first_instant(zone, day), first_instant(zone, day + dt.timedelta(days=1))
                    hours = labels(zone, start, end)
                    same_day = all(label.startswith(day.strftime("%Y%m%d")) for label in hours)
                    assert same_day, (name, day, hours)
                    shown = " ".join(label[8:] for label in hours)
                    yield [name, day, int(start.timestamp()), int(end.timestamp()), len(hours), shown]
            date += dt.timedelta(days=1)


def random_instants(seed=20190218):
    pick = random.Random(seed)
    for name, first_year, last_year in ZONES:
        zone = zoneinfo.ZoneInfo(name)
        first = int(dt.datetime(first_year, 1, 1, tzinfo=dt.timezone.utc).timestamp())
        last = int(dt.datetime(last_year, 12, 31, tzinfo=dt.timezone.utc).timestamp())
        for _ in range(40):
            at = pick.randrange(first, last)
            shown = dt.datetime.fromtimestamp(at, zone)
            year, week, _ = shown.isocalendar()
            fold = "b" if shown.fold else ""
            yield [name, at, shown.strftime("%Y%m%d%H") + fold, shown.strftime("%Y%m%d"), f"{year:04}W{week:02}"]


def skipped_dates():
    jumps = [("Pacific/Apia", 2011), ("Pacific/Fakaofo", 2011), ("Pacific/Kwajalein", 1993), ("Pacific/Kiritimati", 1994)]
    for name, year in jumps:
        zone = zoneinfo.ZoneInfo(name)
        at, before = dt.datetime(year, 1, 1, 12, tzinfo=dt.timezone.utc), None
        while at.year == year:
            date = at.astimezone(zone).date()
            if before is not None and date - before > dt.timedelta(days=1):
                yield [name, before + dt.timedelta(days=1)]
            before, at = date, at + dt.timedelta(hours=1)


table.write("days.csv", f"clocks.py: {TZDATA}", ["zone", "date", "start", "end", "hours", "labels"], unusual_days())
table.write("instants.csv", f"clocks.py: {TZDATA}", ["zone", "at", "hour", "day", "week"], random_instants())
table.write("skipped.csv", f"clocks.py: {TZDATA}", ["zone", "date"], skipped_dates())

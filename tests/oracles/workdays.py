"""Working days of China with their make-up days, and trading days of New York: as holiday files, and as answers."""

import datetime as dt
import importlib.metadata
import random

import exchange_calendars
import holidays
import table

DAY = dt.timedelta(days=1)
YEARS = range(2008, 2026)
HOLIDAYS = f"holidays {importlib.metadata.version('holidays')}"
EXCHANGES = f"exchange_calendars {importlib.metadata.version('exchange_calendars')}"


def days(first, last):
    while first <= last:
        yield first
        first += DAY


def months(first_year, last_year):
    for year in range(first_year, last_year + 1):
        for month in range(1, 13):
            first = dt.date(year, month, 1)
            yield first, (first + 31 * DAY).replace(day=1) - DAY


def china():
    country = holidays.country_holidays("CN", years=YEARS, language="en_US")
    made_up = sorted(day for day in country.weekend_workdays if day.year in YEARS)
    lines = sorted([f"{day} {name}" for day, name in country.items()] + [f"{day} work 调休" for day in made_up])
    table.write_lines("china.txt", f"workdays.py: {HOLIDAYS}", lines)
    rows = []
    for first, last in months(YEARS[0], YEARS[-1]):
        working = "".join("1" if country.is_working_day(day) else "0" for day in days(first, last))
        rows.append([first.strftime("%Y-%m"), working])
    table.write("china.csv", f"workdays.py: {HOLIDAYS}", ["month", "working"], rows)


def new_york(seed=1792):
    exchange = exchange_calendars.get_calendar("XNYS", start="2010-01-01", end="2024-12-31")
    sessions = [session.date() for session in exchange.sessions]
    open_days = set(sessions)
    closed = [day for day in days(sessions[0], sessions[-1]) if day.weekday() < 5 and day not in open_days]
    table.write_lines("xnys.txt", f"workdays.py: {EXCHANGES}", [f"{day} closed" for day in closed])

    pick = random.Random(seed)
    steps = []
    for _ in range(300):
        day, back = dt.date(2011, 1, 1) + pick.randrange(5000) * DAY, pick.choice([1, 1, 1, 2, 5, 21])
        before = exchange.date_to_session(str(day), direction="previous")
        if before.date() == day:
            before = exchange.session_offset(before, -1)
        steps.append([day, back, exchange.session_offset(before, 1 - back).date()])
    table.write("xnys_back.csv", f"workdays.py: {EXCHANGES}", ["date", "steps", "session"], steps)

    nth = []
    for first, last in months(2011, 2024):
        inside = [day for day in sessions if first <= day <= last]
        n = pick.randrange(1, 25)
        answer = inside[n - 1] if n <= len(inside) else ""
        nth.append([first.strftime("%Y-%m"), len(inside), inside[-1], n, answer])
    table.write("xnys_nth.csv", f"workdays.py: {EXCHANGES}", ["month", "sessions", "last", "n", "nth"], nth)


china()
new_york()

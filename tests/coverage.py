# SPDX-License-Identifier: Apache-2.0
"""Lines and branches that the tests of a coverage build have reached.

    tests/coverage.py BUILD SOURCE...

Prints the lines that were not, each with the reason that tests/uncovered.txt
has for its function. Fails below COVER_LINES or COVER_BRANCHES per cent.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys

REASONS = pathlib.Path(__file__).parent / "uncovered.txt"
NONE = "No reason is given"


class Source:
    """One file: how often its lines and branches were reached."""

    def __init__(self, build, path):
        self.path = path
        self.lines = {}
        self.functions = {}
        self.branches = []
        folder = f"{build}/obj/{os.path.dirname(path)}"
        done = subprocess.run(
            ["gcov", "--json-format", "--stdout", "-b", "-o", folder, path],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        # a file of nothing but tables has no figures
        report = json.loads(done.stdout) if done.returncode == 0 else {}
        for file in report.get("files", ()):
            if file["file"] == path:
                self.add(file["lines"])

    def add(self, lines):
        for line in lines:
            number = line["line_number"]
            self.lines[number] = self.lines.get(number, 0) + line["count"]
            self.functions[number] = line.get("function_name", "")
            self.branches += [b["count"] for b in line["branches"]]

    def missed(self):
        """The lines that were not reached: number, function, text."""
        text = pathlib.Path(self.path).read_text().splitlines()
        return [(number, self.functions[number], text[number - 1].strip())
                for number, count in sorted(self.lines.items()) if not count]


def read_reasons():
    """Of each file and function; a reason stands above those it is for."""
    reasons, reason = {}, None
    for line in REASONS.read_text().splitlines():
        if line.startswith("    "):
            file, *functions = line.split()
            reasons.update({(file, name): reason for name in functions})
        elif line and not line.startswith("#"):
            reason = line
    return reasons


def percent(counts):
    counts = list(counts)
    return 100 * sum(map(bool, counts)) / len(counts) if counts else 100


def show_missed(sources):
    reasons, missed = read_reasons(), collections.defaultdict(list)
    for source in sources:
        name = os.path.basename(source.path)
        for number, function, text in source.missed():
            missed[reasons.get((name, function), NONE)].append(
                f"    {name}:{number} {function}: {text}")
    for reason, lines in missed.items():
        print(f"\n{reason}:", *lines, sep="\n")
    print()


def main(build, *paths):
    sources = [Source(build, path) for path in paths]
    show_missed(sources)
    for source in sources:
        print(f"{percent(source.lines.values()):6.1f}"
              f" {percent(source.branches):6.1f} {source.path}")
    lines = percent(c for s in sources for c in s.lines.values())
    branches = percent(b for s in sources for b in s.branches)
    print(f"{lines:6.1f} {branches:6.1f} per cent of lines and of branches")
    return (lines < float(os.environ.get("COVER_LINES", 0))
            or branches < float(os.environ.get("COVER_BRANCHES", 0)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

# SPDX-License-Identifier: Apache-2.0
"""Tables of what was measured, and the goals."""

PEERS = ("Go, five tables", "Node, five tables", "PHP, five tables")


def table(title, connections, loads):
    """Medians of all rounds; the ratio is to the best peer's rate."""
    peers = [load for load in loads if load.name in PEERS] or loads[:1]
    best = max(load.median("rate") for load in peers)
    rounds = len(loads[0].results)
    print(f"\n{title}, {connections} connection{'s'[:connections - 1]},"
          f" medians of {rounds}\n")
    print(f"| {'':38} |   req/s |   p50 ms |   p99 ms | server | database |"
          "    CPU | ratio | fsync |  PSS MB |")
    print("|" + "-" * 40 + "|--------:|---------:|---------:|-------:|"
          "---------:|-------:|------:|------:|--------:|")
    for load in loads:
        values = {what: load.median(what) for what in load.results[0]}
        print(f"| {load.name:38} | {values['rate']:7,.0f} |"
              f" {values['p50']:8.2f} | {values['p99']:8.2f} |"
              f" {values['server']:6,.0f} | {values['database']:8,.0f} |"
              f" {values['cpu']:6,.0f} | {values['rate'] / best:5.2f} |"
              f" {values['fsyncs']:5.2f} | {values['pss']:7.1f} |")
    for load in loads:
        if load.failed():
            print(f"{load.name}: {load.failed()} requests FAILED")
    print(flush=True)


class Goals:
    """Lines of goals; a figure that was not measured is left out."""

    def __init__(self):
        self.missed = 0
        print("\nGoals\n")

    def line(self, text, value, goal, at_least):
        met = value >= goal if at_least else value <= goal
        self.missed += not met
        print(f"{'met   ' if met else 'MISSED'} {text}: {value:,.2f},"
              f" goal {'>=' if at_least else '<='} {goal:,.2f}")

    def at_least(self, text, value, goal):
        self.line(text, value, goal, True)

    def at_most(self, text, value, goal):
        self.line(text, value, goal, False)


def show_goals(goals, show):
    module, row = show["module"], show["C handler, one row, ready document"]
    static = show["httpd, static file of the same size"]
    best = max(show[name].median("rate") for name in PEERS)
    goals.at_least("show: rate to the best peer's",
                   module.median("rate") / best, 6.5)
    goals.at_most("show: CPU to the bare handler's",
                  module.median("cpu") / row.median("cpu"), 1.25)
    goals.at_most("show: CPU to a static file's",
                  module.median("cpu") / static.median("cpu"), 4.0)


def show1_goals(goals, show):
    row = show["C handler, one row, ready document"].median("p50")
    goals.at_most("show, one connection: p50 ms",
                  show["module"].median("p50"), max(0.4, 1.2 * row))


def list_goals(goals, pages):
    module, go = pages["module"], pages["Go, five tables"]
    goals.at_least("list: rate to Go's",
                   module.median("rate") / go.median("rate"), 4.0)
    goals.at_most("list: CPU us a page", module.median("cpu"), 3400)


def create_goals(goals, create):
    module, go = create["module"], create["Go, five tables"]
    update = create["module, update of one field"]
    goals.at_least("create: rate to Go's",
                   module.median("rate") / go.median("rate"), 4.0)
    goals.at_most("create: CPU us", module.median("cpu"), 1100)
    goals.at_most("create: fsyncs", module.median("fsyncs"), 0.6)
    goals.at_least("update: rate to create's",
                   update.median("rate") / module.median("rate"), 0.9)


def photo_goals(goals, photo):
    static = photo["httpd, static file of the same size"]
    goals.at_least("photo download: rate to a static file's",
                   photo["module"].median("rate") / static.median("rate"), 0.5)


def add_goals(goals, add):
    client = add["C client, the same chunk rows"]
    goals.at_least("photo add: rate to a bare client's",
                   add["module"].median("rate") / client.median("rate"), 0.7)


def goals(tables, memory, counted):
    """Print the goals of the tables that there are; 1 if an answer of the
    module was an error."""
    lines = Goals()
    for name, print_goals in (
            ("show", show_goals), ("show1", show1_goals),
            ("list", list_goals), ("create", create_goals),
            ("photo", photo_goals), ("add", add_goals)):
        if name in tables:
            print_goals(lines, tables[name])
    requests, pss = memory
    if counted:
        lines.at_most(f"memory: PSS MB after {requests:,} requests", pss, 50)
    else:
        print(f"       memory: PSS {pss:.1f} MB after {requests:,} requests")
    print(f"\n{lines.missed} goals missed")
    failed = sum(load.failed() for table in tables.values()
                 for load in table.values()
                 if load.name.startswith("module"))
    return 1 if failed else 0


def growth(found):
    """found: CPU by scenario and number of contacts."""
    lines = Goals()
    for name in dict.fromkeys(name for name, _ in found):
        lines.at_most(f"{name}: CPU at 1,000,000 contacts to 10,000",
                      found[name, 1000000] / found[name, 10000], 1.25)
    return 0

"""Times loops in the measured process, as stopwatch.ts does."""

import json
from time import perf_counter_ns

WARM_UP_NS = 200e6
BATCH_NS = 25e6
BATCHES = 12


def elapsed(body, count):
    start = perf_counter_ns()
    body(count)
    return perf_counter_ns() - start


class Stopwatch:
    def __init__(self):
        self.rows = {}
        self.numbers = {}

    def time(self, row, body):
        count = 1
        took = elapsed(body, count)
        warm = took
        while warm < WARM_UP_NS:
            if took < BATCH_NS / 2:
                count *= 2
            took = elapsed(body, count)
            warm += took
        count = max(1, round(count * BATCH_NS / took))
        each = sorted(elapsed(body, count) / count for _ in range(BATCHES))
        self.rows[row] = {"best": each[0], "median": each[BATCHES // 2]}

    def note(self, row, value):
        self.rows[row] = {"best": value, "median": value}

    def number(self, name, value):
        self.numbers[name] = value

    def print(self):
        print(json.dumps({"rows": self.rows, "numbers": self.numbers}))

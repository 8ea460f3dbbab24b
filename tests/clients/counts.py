# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a profile is compared by: self and total of each function."""

import collections
import json


class Failure(Exception):
    pass


def need(condition, *words):
    if not condition:
        raise Failure(" ".join(str(word) for word in words))


class Counts:
    """Self and total by name; a name is counted once for a stack."""

    def __init__(self):
        self.self = collections.Counter()
        self.total = collections.Counter()

    def add(self, names, weight):
        """NAMES from the outermost to the innermost."""
        if names:
            self.self[names[-1]] += weight
        for name in set(names):
            self.total[name] += weight


def by_name(counts):
    """Keys (place, name) to names."""
    named = Counts()
    for (_, name), weight in counts.self.items():
        named.self[name] += weight
    for (_, name), weight in counts.total.items():
        named.total[name] += weight
    return named


def load_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)

#!/usr/bin/env python3
"""Writes rate_limit.json: sequences of asks and what every store must answer.

A second, slow way to say what docs/internals/limits.md defines: lists of what was taken and exact
fractions, nothing of the C++ or Lua. Run it in this folder; the same input gives the same file.

A sequence has `rules` ([shape, max, per in microseconds, burst]) and `steps`
([kind, now, [[key, rule, cost], ...], [[allowed, remaining, retry_after, reset_after], ...]]).
Times are microseconds since 1970.
"""

import json
import random
from fractions import Fraction
from math import ceil, floor


class Rule:
    def __init__(self, shape, maximum, per, burst=0):
        self.shape, self.max, self.per = shape, maximum, per
        self.burst = burst or maximum
        self.given = [shape, maximum, per, burst]
        self.unit = Fraction(per, maximum)
        self.cap = (self.burst + self.max) * self.unit


class Counted:
    """Everything that was taken, with the number of its part."""

    def __init__(self, shape, per):
        self.shape, self.per = shape, per
        self.parts, self.kept = (16, 17) if shape == "sliding" else (1, 1)
        self.mark, self.taken = 0, []

    def part(self, now):
        return floor(Fraction(now * self.parts, self.per))

    def begin(self, part):
        return ceil(Fraction(part * self.per, self.parts))

    def is_ahead(self, rule, now):
        return self.mark > self.part(now)

    def at(self, now):
        new = Counted(self.shape, self.per)
        new.mark = self.part(now)
        back = max(self.mark - new.mark, 0)
        moved = [[p - back, n] for p, n in self.taken]
        new.taken = [[p, n] for p, n in moved if p > new.mark - self.kept]
        return new

    def used(self, rule, now):
        return sum(n for _, n in self.at(now).taken)

    def decide(self, rule, now, cost):
        """(wait, remaining, reset) of a state brought up to now."""
        used = self.used(rule, now)
        ends = sorted({self.begin(p + self.kept) for p, n in self.taken if n})
        reset = ends[-1] - now if ends else 0
        if used + cost <= rule.max:
            wait = 0
        elif cost > rule.max:
            wait = -1
        else:
            wait = next(
                end - now
                for end in ends
                if sum(n for p, n in self.taken if self.begin(p + self.kept) > end) + cost <= rule.max
            )
        return wait, max(rule.max - used, 0), reset

    def add(self, rule, now, cost):
        self.taken.append([self.mark, cost])

    def give_back(self, rule, now, cost):
        for entry in sorted(self.taken, key=lambda e: e[0]):
            part = min(cost, entry[1])
            entry[1] -= part
            cost -= part


class Gcra:
    """When the bucket is full again: whole microseconds, and a rest in parts of 1/max."""

    shape = "gcra"

    def __init__(self, per):
        self.per, self.mark, self.rest = per, 0, 0

    def made_under(self, rule):
        """The rule it was made under; its max is not kept: taken to be the new one's."""
        return Rule("gcra", rule.max, self.per, rule.burst)

    def owed(self, rule, now):
        if self.mark < now:
            return Fraction(0)
        rest = Fraction(self.rest, rule.max) if self.rest < rule.max else 1
        return min(self.mark - now + rest, self.made_under(rule).cap)

    def set(self, rule, now, owed):
        self.mark = now + floor(owed) if owed else 0
        self.rest = int((owed - floor(owed)) * rule.max)

    def is_ahead(self, rule, now):
        return self.mark > now + floor(self.made_under(rule).cap)

    def used(self, rule, now):
        return ceil(ceil(self.owed(rule, now)) / self.made_under(rule).unit)

    def decide(self, rule, now, cost):
        owed, full = self.owed(rule, now), rule.burst * rule.unit
        if cost > rule.burst:
            wait = -1
        else:
            wait = max(ceil(owed - (full - cost * rule.unit)), 0)
        return wait, max(floor((full - owed) / rule.unit), 0), ceil(owed)

    def add(self, rule, now, cost):
        self.set(rule, now, min(self.owed(rule, now) + cost * rule.unit, rule.cap))

    def give_back(self, rule, now, cost):
        self.set(rule, now, max(self.owed(rule, now) - cost * rule.unit, Fraction(0)))


def brought(rule, state, now):
    if state is not None and state.shape == rule.shape and state.per == rule.per:
        if rule.shape != "gcra":
            return state.at(now)
        new = Gcra(rule.per)
        new.set(rule, now, state.owed(rule, now))
        return new
    used = min(state.used(rule, now), rule.max) if state is not None else 0
    if rule.shape == "gcra":
        new = Gcra(rule.per)
        new.set(rule, now, used * rule.unit)
    else:
        new = Counted(rule.shape, rule.per)
        new.mark = new.part(now)
        new.add(rule, now, used)
    return new


class Limits:
    def __init__(self):
        self.states = {}

    def step(self, kind, now, asks):
        new = [(key, rule, cost, brought(rule, self.states.get(key), now)) for key, rule, cost in asks]
        looks = [state.decide(rule, now, cost) for _, rule, cost, state in new]
        taken = kind == "take" and all(wait == 0 for wait, _, _ in looks)
        found = []
        for (key, rule, cost, state), (wait, remaining, reset) in zip(new, looks):
            before = self.states.get(key)
            if taken or kind == "debit":
                state.add(rule, now, cost)
            elif kind == "refund":
                state.give_back(rule, now, cost)
            if taken or kind in ("debit", "refund"):
                wait = 0
                _, remaining, reset = state.decide(rule, now, 0)
            if kind != "peek" and (
                taken or kind != "take" or (before is not None and before.is_ahead(rule, now))
            ):
                self.states[key] = state
            found.append([wait == 0, remaining, wait, reset])
        return found


class Sequence:
    def __init__(self, name):
        self.name, self.rules, self.steps, self.limits = name, [], [], Limits()
        self.now = START

    def ask(self, kind, asks, later=0):
        self.now += later
        found = self.limits.step(kind, self.now, asks)
        shown = []
        for key, rule, cost in asks:
            if rule not in self.rules:
                self.rules.append(rule)
            shown.append([key, self.rules.index(rule), cost])
        self.steps.append([kind, self.now, shown, found])
        return found

    def one(self, kind, rule, cost=1, later=0, key="k"):
        return self.ask(kind, [(key, rule, cost)], later)[0]

    def as_json(self):
        rules = [rule.given for rule in self.rules]
        return {"name": self.name, "rules": rules, "steps": self.steps}


# To come, so that no store's own clock ends a state meanwhile.
START = 2_200_000_000_123_457
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
SHAPES = ("sliding", "gcra", "fixed")


def use_up(shape):
    s, rule = Sequence(f"{shape}: all is taken, refused, and comes back"), Rule(shape, 5, MINUTE)
    for _ in range(6):
        s.one("take", rule, later=SECOND)
    retry = s.one("take", rule)[2]
    s.one("take", rule, later=retry - 1)
    s.one("take", rule, later=1)
    s.one("take", rule)
    s.one("peek", rule, later=2 * MINUTE)
    return s


def costs(shape):
    s, rule = Sequence(f"{shape}: costs"), Rule(shape, 10, 10 * SECOND)
    for cost in (0, 10, 1, 0, 11, 1_000_000_000):
        s.one("take", rule, cost)
    s.one("take", rule, 7, later=4 * SECOND)
    s.one("take", rule, 7, later=9 * SECOND)
    s.one("take", rule, 4)
    s.one("take", rule, 3)
    return s


def refunds(shape):
    s, rule = Sequence(f"{shape}: refunds give back what was taken and no more"), Rule(shape, 6, MINUTE)
    s.one("take", rule, 3)
    s.one("take", rule, 3, later=20 * SECOND)
    s.one("refund", rule, 1)
    s.one("take", rule)
    s.one("take", rule)
    s.one("refund", rule, 1000)
    s.one("take", rule, 6)
    s.one("refund", rule, 2, later=30 * SECOND)
    s.one("take", rule, 3)
    s.one("refund", rule, 1, later=10 * MINUTE)
    s.one("take", rule, 6)
    return s


def debits(shape):
    s, rule = Sequence(f"{shape}: debits go beyond the limit"), Rule(shape, 4, MINUTE)
    s.one("take", rule, 3)
    s.one("debit", rule, 4, later=SECOND)
    retry = s.one("take", rule)[2]
    s.one("take", rule, later=retry - 1)
    s.one("take", rule, later=1)
    s.one("debit", rule, 1_000_000_000)
    s.one("peek", rule)
    s.one("peek", rule, later=5 * MINUTE)
    return s


def clock_back(shape):
    s, rule = Sequence(f"{shape}: the clock goes back by a day, and forth"), Rule(shape, 3, MINUTE)
    for _ in range(4):
        s.one("take", rule, later=SECOND)
    retry = s.one("take", rule, later=-DAY)[2]
    s.one("take", rule, later=retry)
    for _ in range(4):
        s.one("take", rule, later=40 * SECOND)
    s.one("take", rule, later=-5 * SECOND)
    s.one("take", rule, later=-10 * MINUTE)
    s.one("take", rule, later=DAY)
    return s


def other_max(shape):
    s = Sequence(f"{shape}: max is halved, and doubled")
    rule, half, double = (Rule(shape, n, MINUTE) for n in (10, 5, 20))
    s.one("take", rule, 6)
    s.one("take", half, 1)
    s.one("take", double, 1, later=SECOND)
    s.one("take", double, 20)
    s.one("take", half, 1, later=3 * SECOND)
    s.one("take", half, 5, later=2 * MINUTE)
    s.one("take", double, 15)
    s.one("take", rule, 5, later=SECOND)
    return s


def other_per(shape):
    s = Sequence(f"{shape}: per is another")
    minute, second, day = Rule(shape, 10, MINUTE), Rule(shape, 10, SECOND), Rule(shape, 10, DAY)
    s.one("take", minute, 6)
    s.one("take", second, 5)
    s.one("take", second, 4, later=10_000)
    s.one("take", day, 8)
    s.one("take", day, 1, later=SECOND)
    s.one("take", minute, 10, later=DAY // 2)
    s.one("take", minute, 10, later=2 * MINUTE)
    return s


def other_shape(first, second):
    s = Sequence(f"{first} becomes {second}")
    old, new = Rule(first, 100, MINUTE), Rule(second, 70, 30 * SECOND)
    s.one("take", old, 33)
    s.one("take", old, 20, later=7 * SECOND)
    s.one("peek", new, 10, later=SECOND)
    s.one("take", new, 17)
    s.one("take", new, 60)
    s.one("take", old, 40, later=SECOND)
    s.one("debit", new, 50, later=3 * SECOND)
    s.one("take", old, 1, later=-DAY)
    s.one("take", new, 20, later=20 * SECOND)
    s.one("take", new, 70, later=MINUTE)
    return s


def odd_rates():
    s = Sequence("gcra: rates that are no whole microseconds")
    third, billion, mega = Rule("gcra", 3, SECOND), Rule("gcra", 10**9, 1000), Rule("gcra", 3_000_000, SECOND)
    for _ in range(4):
        s.one("take", third, key="third")
    s.one("take", third, later=333_333, key="third")
    s.one("take", third, later=1, key="third")
    for cost in (1, 999_999_999, 1, 0):
        s.one("take", billion, cost, key="billion")
    s.one("take", billion, 1_000_000, later=1, key="billion")
    s.one("take", billion, 10**9, later=999, key="billion")
    for cost in (1, 1, 2_999_998, 1):
        s.one("take", mega, cost, key="mega")
    s.one("take", mega, 3, later=1, key="mega")
    s.one("take", third, 3, later=10, key="mega")
    return s


def bursts():
    s, rule = Sequence("gcra: a burst below max"), Rule("gcra", 60, MINUTE, 3)
    for _ in range(5):
        s.one("take", rule)
    for later in (999_999, 1, 500_000, 500_000, 10 * SECOND):
        s.one("take", rule, later=later)
    s.one("take", rule, 4)
    s.one("debit", rule, 100)
    s.one("peek", rule)
    return s


def long_windows():
    s = Sequence("366 days")
    for shape in SHAPES:
        rule = Rule(shape, 10**9, 366 * DAY)
        s.one("take", rule, 999_999_999, key=shape)
        s.one("take", rule, key=shape, later=DAY)
        s.one("take", rule, key=shape)
        s.one("take", rule, 10**9, key=shape, later=400 * DAY)
    return s


def several():
    s = Sequence("several at once: all or none")
    user, tenant, everyone = Rule("sliding", 3, MINUTE), Rule("gcra", 5, MINUTE), Rule("fixed", 4, MINUTE)
    asks = [("user", user, 1), ("tenant", tenant, 1), ("all", everyone, 1)]
    for _ in range(4):
        s.ask("take", asks, later=10)
    s.ask("take", asks[1:])
    s.ask("take", asks[1:])
    s.ask("take", asks[:2], later=2 * MINUTE)
    s.ask("refund", asks)
    s.ask("debit", asks)
    s.ask("peek", asks)
    s.ask("take", asks, later=-DAY)
    s.ask("take", asks, later=70 * SECOND)
    return s


def at_random(seed):
    rnd = random.Random(seed)
    s = Sequence(f"at random, {seed}")
    pool = []
    for _ in range(rnd.choice((1, 1, 2, 3))):
        maximum = rnd.choice((1, 2, 7, 100, 999_983))
        burst = rnd.choice((0, 1, maximum, maximum // 2))
        shape = rnd.choice(SHAPES)
        per = 1000 * rnd.choice((1, 7, 999, 1000, 60_000, 86_400_000))
        pool.append(Rule(shape, maximum, per, burst if shape == "gcra" else 0))
    for _ in range(60):
        rule = rnd.choice(pool)
        kind = rnd.choices(("take", "peek", "refund", "debit"), (20, 3, 2, 1))[0]
        cost = rnd.choice((1, 1, 1, 0, rnd.randint(1, rule.max + 1), max(rule.max // 3, 1)))
        step = rnd.choice((0, 1, rule.per // rule.max, rule.per // 16, rule.per // 3, rule.per + 1))
        if rnd.random() < 0.03:
            step = -rnd.choice((1, rule.per // 2, 5 * rule.per))
        found = s.one(kind, rule, cost, later=step)
        if kind == "take" and found[2] > 0 and rnd.random() < 0.3:
            s.one("take", rule, cost, later=found[2] - 1)
            s.one("take", rule, cost, later=1)
    return s


def main():
    made = [
        make(shape)
        for make in (use_up, costs, refunds, debits, clock_back, other_max, other_per)
        for shape in SHAPES
    ]
    made += [other_shape(a, b) for a in SHAPES for b in SHAPES if a != b]
    made += [odd_rates(), bursts(), long_windows(), several()]
    made += [at_random(seed) for seed in range(30)]
    lines = []
    for sequence in made:
        shown = sequence.as_json()
        steps = ",\n  ".join(json.dumps(step, separators=(",", ":")) for step in shown["steps"])
        name, rules = json.dumps(shown["name"]), json.dumps(shown["rules"], separators=(",", ":"))
        lines.append(f'{{"name":{name},"rules":{rules},"steps":[\n  {steps}]}}')
    with open("rate_limit.json", "w", encoding="ascii") as file:
        file.write("[" + ",\n".join(lines) + "]\n")


main()

"""Several named schedules on one time line."""

import heapq
from itertools import count

from .schedule import Schedule


def merge_upcoming(schedules, moment, limit):
    """The next `limit` firings of all schedules as (datetime, name), in order of time.

    `schedules` maps names to expressions or Schedule objects. Firings at the same moment come in
    the order of the mapping.
    """
    ticket = count()
    heap = []
    for name, schedule in schedules.items():
        if not isinstance(schedule, Schedule):
            schedule = Schedule.parse(schedule)
        first = schedule.next_after(moment)
        if first is not None:
            heap.append((first, next(ticket), name, schedule))
    heapq.heapify(heap)
    found = []
    while heap and len(found) < limit:
        when, place, name, schedule = heap[0]
        found.append((when, name))
        following = schedule.next_after(when)
        if following is None:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (following, place, name, schedule))
    return found


def busiest_minute(schedules, start, end):
    """(datetime, names) of the minute in which most schedules fire, the earliest of equals.

    None when nothing fires from `start` (included) to `end` (not included).
    """
    firing = {}
    for name, schedule in schedules.items():
        if not isinstance(schedule, Schedule):
            schedule = Schedule.parse(schedule)
        for when in schedule.between(start, end):
            firing.setdefault(when, []).append(name)
    if not firing:
        return None
    when = min(firing, key=lambda moment: (-len(firing[moment]), moment))
    return when, firing[when]

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write a recording whose functions have any names: code made at run time,
named by a map file as JIT compilers leave it.

  recording.py hostile FILE         names that try to get out of what they
                                    are put in, and their number in samples
  recording.py wide FILE [SAMPLES [STACKS]]
                                    as many samples on as many distinct stacks

The process number is above any that a kernel gives out, and another for each
process that writes recordings, so the map, in /tmp/perf-PID.map, is nobody
else's. Its path is printed, for who made it to
remove it."""

import os
import random
import struct
import sys

PID = 2000000000 + os.getpid()
MAP = f"/tmp/perf-{PID}.map"
BASE = 0x10000000
FUNCTION_SIZE = 0x100
PERF_CONTEXT_USER = (1 << 64) - 512

# enum perf_event_type, enum perf_event_sample_format, bits of perf_event_attr.
RECORD_COMM, RECORD_SAMPLE, RECORD_MMAP2, RECORD_HEADER_ATTR = 3, 9, 10, 64
SAMPLE_TYPE = 1 | 2 | 4 | 128 | 256 | 32  # ip tid time cpu period callchain
MISC_USER = 2
ATTR_SIZE = 112
ATTR_BITS = 1 << 8 | 1 << 9 | 1 << 10 | 1 << 18 | 1 << 23
FREQUENCY = 1000

HOSTILE = [
    b"</script><script>document.title='owned'</script>",
    b"<!--<script>",
    b"<img src=x onerror=document.title='owned'>",
    b"<svg/onload=document.title='owned'>",
    b"\"><iframe srcdoc=\"<script>top.document.title='owned'</script>\">",
    b"javascript:document.title='owned'",
    b"';document.title='owned';//",
    b"\\u003c/script\\u003e${document.title='owned'}`",
    b"]]>&lt;b&gt;&amp;&#60;",
    b"__proto__",
    b"constructor",
    b"\x1b[2J\x1b[31mred\x07",
    b"tab\there",
    "right to left \u202e\u2066 override".encode(),
    "\u00e4\u20ac\U0001f525 \u0430\u0644".encode(),
    b"not UTF-8: \xff\xc3\x28\xed\xa0\x80\xf8.",
    b"/(a+)+$/",
    b"long " + b"x" * (1 << 20),
]


def record(kind, misc, body):
    return struct.pack("<IHH", kind, misc, len(body) + 8) + body


def sample_id(tid, time):
    return struct.pack("<IIQII", PID, tid, time, 0, 0)


def padded(text):
    return text + b"\0" * (8 - len(text) % 8)


def attr():
    fields = struct.pack("<IIQQQQQ", 1, ATTR_SIZE, 0, FREQUENCY, SAMPLE_TYPE,
                         0, ATTR_BITS)
    return fields.ljust(ATTR_SIZE, b"\0") + struct.pack("<Q", 1)


def comm(tid, name):
    return record(RECORD_COMM, 0, struct.pack("<II", PID, tid) +
                  padded(name[:15]) + sample_id(tid, 1))


def mapping(nr_functions):
    body = struct.pack("<IIQQQIIQQII", PID, PID, BASE,
                       nr_functions * FUNCTION_SIZE, 0, 0, 0, 0, 0, 5, 2)
    return record(RECORD_MMAP2, MISC_USER,
                  body + padded(b"//anon") + sample_id(PID, 2))


def chain(functions):
    """Innermost first; the others are return addresses."""
    ips = [BASE + f * FUNCTION_SIZE + 0x20 for f in functions]
    return ips[0], struct.pack(f"<Q{len(ips) + 1}Q", len(ips) + 1,
                               PERF_CONTEXT_USER, *ips)


def sample(tid, cpu, time, made_chain):
    ip, words = made_chain
    return record(RECORD_SAMPLE, MISC_USER,
                  struct.pack("<QIIQIIQ", ip, PID, tid, time, cpu, 0,
                              1000000) + words)


def write(path, names, comms, samples):
    with open(MAP, "wb") as out:
        for i, name in enumerate(names):
            out.write(b"%x %x %s\n" % (BASE + i * FUNCTION_SIZE,
                                       FUNCTION_SIZE, name))
    with open(path, "wb") as out:
        out.write(b"PERFILE2" + struct.pack("<Q", 16))
        out.write(record(RECORD_HEADER_ATTR, 0, attr()))
        for tid, name in comms.items():
            out.write(comm(tid, name))
        out.write(mapping(len(names)))
        for made in samples:
            out.write(made)
    print(MAP)


def hostile(path):
    """Function i is on top of i + 1 samples, below it the one before."""
    names = HOSTILE
    comms = {PID: b"<b>main</b>", PID + 1: b"\"><s>\x1b[7m",
             PID + 2: b"\xff\xfe</option>"}
    made = []
    time = 1000
    for i in range(len(names)):
        for k in range(i + 1):
            time += 1000000
            made.append(sample(PID + k % 3, k % 4, time,
                               chain([i, max(i - 1, 0), 0])))
    write(path, names, comms, made)


def wide_stacks(rng, nr_stacks, nr_functions):
    """Each goes some way along an older one and then its own."""
    stacks = [[0, 1, 2]]
    seen = {(0, 1, 2)}
    while len(stacks) < nr_stacks:
        old = stacks[rng.randrange(len(stacks))]
        keep = rng.randint(len(old) // 2, len(old))
        new = old[:keep] + [int(nr_functions * rng.random() ** 2)
                            for _ in range(rng.randint(1, 8))]
        new = new[:60]
        if tuple(new) not in seen:
            seen.add(tuple(new))
            stacks.append(new)
    return stacks


def wide(path, nr_samples=1000000, nr_stacks=200000):
    rng = random.Random(7)
    nr_functions = 20000
    words = ["parse", "Request", "handle", "buffer", "std::vector", "Node",
             "operator()", "lock", "update", "Iterator", "allocate", "encode"]
    names = [("::".join(rng.choices(words, k=rng.randint(2, 6))) +
              f"<{i}>(int, char const*)").encode()
             for i in range(nr_functions)]
    threads = {PID + i: b"worker-%d" % i for i in range(64)}
    chains = [chain(stack[::-1])
              for stack in wide_stacks(rng, nr_stacks, nr_functions)]

    def samples():
        time = 1000
        for i in range(nr_samples):
            which = i if i < nr_stacks else int(nr_stacks * rng.random() ** 3)
            time += 1000
            yield sample(PID + rng.randrange(64), rng.randrange(16), time,
                         chains[which])

    write(path, names, threads, samples())


def main():
    kinds = {"hostile": hostile, "wide": wide}
    if len(sys.argv) < 3 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    kinds[sys.argv[1]](sys.argv[2], *map(int, sys.argv[3:]))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write a recording of what hardly happens, but may stand in a file: samples
without stacks, processes or names, periods that no sum can hold, times out of
order, process numbers used again, one path of two files.

  odd.py odd|hostile FILE

hostile is recording.py's, of another process, for both tests may run at once.
The path of the map of names is printed, for who made it to remove it."""

import os
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "browser"))
import recording  # noqa: E402  (found beside the page's test)

# Above any number that the kernel gives out.
PID = recording.PID = 1 << 30 | os.getpid()
recording.MAP = f"/tmp/perf-{PID}.map"

RECORD_EXIT, RECORD_FORK = 4, 7
MISC_COMM_EXEC, MISC_MMAP_BUILD_ID = 1 << 13, 1 << 14
USER, KERNEL = recording.PERF_CONTEXT_USER, (1 << 64) - 128
END = (1 << 64) - 1
LIB = b"/nowhere/lib.so"


def at(function):
    return recording.BASE + function * recording.FUNCTION_SIZE + 0x20


def sample_id(pid, tid, time):
    return struct.pack("<IIQII", pid, tid, time, 0, 0)


def sample(pid, tid, time, period, chain):
    body = struct.pack("<QIIQIIQ", chain[-1] if chain else 0, pid, tid, time,
                       0, 0, period)
    return recording.record(
        recording.RECORD_SAMPLE, recording.MISC_USER,
        body + struct.pack(f"<Q{len(chain)}Q", len(chain), *chain))


def comm(pid, name, time, misc=0):
    return recording.record(
        recording.RECORD_COMM, misc, struct.pack("<II", pid, pid) +
        recording.padded(name) + sample_id(pid, pid, time))


def task(kind, pid, parent, time):
    return recording.record(
        kind, 0, struct.pack("<IIIIQ", pid, parent, pid, parent, time) +
        sample_id(pid, pid, time))


def lib(pid, address, build_id, time):
    return recording.record(
        recording.RECORD_MMAP2, recording.MISC_USER | MISC_MMAP_BUILD_ID,
        struct.pack("<IIQQQBBH20sII", pid, pid, address, 0x1000, 0, 20, 0, 0,
                    build_id * 20, 5, 2) +
        recording.padded(LIB) + sample_id(pid, pid, time))


def odd():
    chain = [USER, at(0), at(1)]
    yield comm(PID, b"program", 1)
    yield recording.mapping(8)
    yield sample(PID, PID, 1000, 1, chain)
    yield sample(PID, PID, 999000, 0, chain)
    yield sample(PID, PID, 1000000, END, [USER, at(1)])
    yield sample(PID, PID, 1000000, (1 << 63) + 7, [USER, at(2)])
    yield sample(PID, PID, 1001000, 5, [])
    yield sample(PID, PID, 1001000, 5, [USER])
    yield sample(PID, PID, 1001000, 5, [USER, 0])
    yield sample(PID, PID, 1001000, 5, [USER, END - 4095])
    yield sample(PID, PID, 1001000, 5,
                 [KERNEL, 0xffffffff81000000, USER, at(3), at(4), at(3)])
    yield sample(PID, PID, 0, 5, [USER, at(6)])
    yield sample(PID, PID, END, 5, [USER, at(7)])
    yield sample(PID, PID, 1002000, 5,
                 [USER] + [at(i % 8) for i in range(127)])
    # Nobody's, the idle task's, a negative thread's, a process never heard of.
    yield sample(0xffffffff, 0xffffffff, 1002000, 5, [USER, at(5)])
    yield sample(0, 0, 1002000, 5, [KERNEL, 0xffffffff81000010])
    yield sample(PID, 0xfffffffb, 1003000, 5, [USER, at(5)])
    yield sample(77, 77, 1004000, 5, [USER, 0xdeadbeef000, at(1)])
    for name in (b"", b"#comment", b" blank", b"\ttab", b"a;b 7", b"x 1/2 3"):
        yield comm(77, name, 1005000)
        yield sample(77, 77, 1005000, 5, [USER, 0x1234])
    # Two files of one path; another program; another process of the number.
    yield lib(88, 0x5000000, b"\x11", 1006000)
    yield comm(88, b"one", 1006000)
    yield sample(88, 88, 1006100, 5, [USER, 0x5000100])
    yield lib(88, 0x7000000, b"\x22", 1006200)
    yield sample(88, 88, 1006300, 5, [USER, 0x7000100])
    yield comm(88, b"two", 1006400, MISC_COMM_EXEC)
    yield sample(88, 88, 1006500, 5, [USER, 0x7000100])
    yield task(RECORD_EXIT, 88, 1, 1006600)
    yield task(RECORD_FORK, 88, PID, 1006700)
    yield sample(88, 88, 1006800, 5, [USER, at(1)])


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("odd", "hostile"):
        sys.exit(__doc__)
    if sys.argv[1] == "hostile":
        recording.hostile(sys.argv[2])
    else:
        recording.write(sys.argv[2], [b"f%d" % i for i in range(8)], {},
                        odd())


if __name__ == "__main__":
    main()

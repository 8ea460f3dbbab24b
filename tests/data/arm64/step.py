#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# step.py PROGRAM RECORDING TRUTH: steps through the arm64 PROGRAM, one
# instruction at a time, in qemu-aarch64 by its gdbstub. At each instruction
# from main's first on, a sample with registers and a stack copy goes into
# RECORDING, as perf record --call-graph dwarf on such a machine would write it,
# and its stack into TRUTH, as lbrprof script -F ip,sym prints it. Who called
# whom is known from the branches that were taken: neither CFI nor the stack is
# looked at. Return addresses in the copy are signed (ARMv8.3 PAC).

import re
import socket
import struct
import subprocess
import sys
import time

COPY = 256
PID = 4711
PATH = b"/calls"
REGISTERS = 33  # x0..x30, sp, pc: perf's order and the gdbstub's
MASK = (1 << REGISTERS) - 1
IP, TID, TIME, CALLCHAIN, PERIOD, REGS, STACK = (1 << bit for bit in
                                                (0, 1, 2, 5, 8, 12, 13))
SAMPLE_TYPE = IP | TID | TIME | CALLCHAIN | PERIOD | REGS | STACK


class Remote:
    """The gdb remote serial protocol, as much of it as stepping takes."""

    def __init__(self, port):
        for _ in range(100):
            try:
                self.socket = socket.create_connection(("127.0.0.1", port))
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def ask(self, command):
        body = command.encode()
        self.socket.sendall(b"$%s#%02x" % (body, sum(body) & 0xff))
        while self.file.read(1) != b"$":
            pass
        answer = b""
        while True:
            byte = self.file.read(1)
            if byte == b"#":
                break
            answer += byte
        self.file.read(2)
        self.socket.sendall(b"+")
        return answer.decode()

    def registers(self):
        raw = bytes.fromhex(self.ask("g")[:REGISTERS * 16])
        return struct.unpack("<%dQ" % REGISTERS, raw)

    def memory(self, address, size):
        return bytes.fromhex(self.ask("m%x,%x" % (address, size)))


def read_program(path):
    """Entry point, bytes, and functions as (start, end, name)."""
    with open(path, "rb") as file:
        image = file.read()
    entry = struct.unpack_from("<Q", image, 24)[0]
    words = subprocess.run(["readelf", "-sW", path], check=True, text=True,
                           capture_output=True).stdout
    found = re.findall(r": ([0-9a-f]{16}) +(\d+) FUNC .* (\w+)$", words, re.M)
    return entry, image, [(int(at, 16), int(at, 16) + int(size), name)
                          for at, size, name in found]


def name_of(functions, offset):
    for start, end, name in functions:
        if start <= offset < end:
            return name
    raise SystemExit("no function at 0x%x" % offset)


def is_call(word):
    return word >> 26 == 0x25 or word & 0xfffffc1f == 0xd63f0000  # BL, BLR


def is_return(word):
    return word in (0xd65f03c0, 0xd65f0bff)  # RET, RETAA


def step_through(remote, program):
    """Yield registers, stack copy and callers' return addresses."""
    entry, image, functions = program
    base = remote.registers()[32] - entry
    callers = []
    while True:
        regs = remote.registers()
        pc = regs[32]
        word = struct.unpack_from("<I", image, pc - base)[0]
        if word == 0xd4000001:  # SVC
            return
        if callers:
            yield base, regs, remote.memory(regs[31], COPY), callers
        if is_return(word):
            wanted = callers.pop()
        elif is_call(word):
            callers.append(pc + 4)
        remote.ask("s")
        if is_return(word) and remote.registers()[32] != wanted:
            raise SystemExit("a return to somewhere else")


def record(kind, misc, body):
    return struct.pack("<IHH", kind, misc, 8 + len(body)) + body


def trailer(when):
    return struct.pack("<IIQ", PID, PID, when)


def mappings(base, image):
    comm = b"calls\0\0\0"
    path = PATH + bytes(8 - len(PATH) % 8)
    # The note's name, then the build-id.
    note = image.index(b"\x14\0\0\0\3\0\0\0GNU\0") + 12
    yield record(3, 0x2002, struct.pack("<II", PID, PID) + comm + trailer(1))
    yield record(10, 0x4002, struct.pack("<IIQQQB3x", PID, PID, base, 0x1000,
                                         0, 20) + image[note:note + 20] +
                 struct.pack("<II", 5, 2) + path + trailer(2))


def sample(when, regs, copy):
    # Of the call chain, only kernel frames are asked for: none.
    return record(9, 2, struct.pack("<QIIQQQQ", regs[32], PID, PID, when, 1, 0,
                                    2) +
                  struct.pack("<%dQ" % REGISTERS, *regs) +
                  struct.pack("<Q", len(copy)) + copy +
                  struct.pack("<Q", len(copy)))


def feature(text):
    body = text + bytes(64 - len(text))
    return struct.pack("<I", len(body)) + body


def recording(records):
    # PERF_COUNT_SW_CPU_CLOCK of user space; mmap, comm, sample_id_all,
    # exclude_callchain_user, mmap2, comm_exec.
    flags = (1 << 5 | 1 << 6 | 1 << 8 | 1 << 9 | 1 << 18 | 1 << 22 | 1 << 23 |
             1 << 24)
    attr = struct.pack("<IIQQQQQ", 1, 128, 0, 1, SAMPLE_TYPE, 0, flags)
    attr += bytes(80 - len(attr)) + struct.pack("<QI", MASK, COPY)
    attr += bytes(128 - len(attr)) + struct.pack("<QQ", 0, 0)
    data = b"".join(records)
    at = 104 + len(attr)
    texts = [feature(b"arm64"), feature(b"6.1.0"), feature(b"6.1"),
             feature(b"aarch64")]
    header = b"PERFILE2" + struct.pack("<12Q", 104, len(attr), 104, len(attr),
                                       at, len(data), 0, 0, 0x78, 0, 0, 0)
    table = b""
    begin = at + len(data) + 16 * len(texts)
    for text in texts:
        table += struct.pack("<QQ", begin, len(text))
        begin += len(text)
    return header[:104] + attr + data + table + b"".join(texts)


def main():
    path, to_data, to_truth = sys.argv[1:]
    program = read_program(path)
    port = 20000 + time.time_ns() % 20000
    qemu = subprocess.Popen(["qemu-aarch64", "-cpu", "max", "-g", str(port),
                             path])
    records = []
    truth = []
    remote = Remote(port)
    for base, regs, copy, callers in step_through(remote, program):
        if not records:
            records += mappings(base, program[1])
        records.append(sample(1000 * len(records), regs, copy))
        # Addresses in the file; a caller's is within its call.
        stack = [regs[32] - base] + [at - base - 1 for at in callers[::-1]]
        truth += ["\n"] + ["\t%16x %s\n" % (at, name_of(program[2], at))
                           for at in stack] + ["\n"]
    qemu.kill()
    qemu.wait()
    with open(to_data, "wb") as file:
        file.write(recording(records))
    with open(to_truth, "w", encoding="ascii") as file:
        file.write("".join(truth))
    print("%d samples" % (len(records) - 2))


main()

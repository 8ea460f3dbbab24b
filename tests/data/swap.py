#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# swap.py FILE SWAPPED: the recording that a big-endian machine would have
# written in place of this little-endian one: every number's bytes turned
# round, bit-fields counted from the other end. It shares nothing with the
# reader under test: layouts are those of include/uapi/linux/perf_event.h and
# tools/perf/Documentation/perf.data-file-format.txt. What it does not know it
# refuses. Compressed records are unpacked, turned and packed again.
#
# Tracepoints' payloads and TRACING_DATA stay as they are: their own headers
# tell their byte order. Stack copies are turned by words of 8 bytes, as most
# of what is on a stack would be.

import struct
import sys

import zstream

# sample_type
(IP, TID, TIME, ADDR, READ, CALLCHAIN, ID, CPU, PERIOD, STREAM_ID, RAW,
 BRANCH_STACK, REGS_USER, STACK_USER, WEIGHT, DATA_SRC, IDENTIFIER,
 TRANSACTION, REGS_INTR, PHYS_ADDR, AUX, CGROUP, DATA_PAGE_SIZE,
 CODE_PAGE_SIZE, WEIGHT_STRUCT) = (1 << bit for bit in range(25))
BRANCH_HW_INDEX = 1 << 17
BRANCH_COUNTERS = 1 << 19
MISC_MMAP_BUILD_ID = 1 << 14
FORMAT_GROUP = 1 << 3

# Widths of bit-fields from the low end: the flags of perf_event_attr, of which
# precise_ip alone has two bits, and of perf_branch_entry.
ATTR_BITS = [1] * 15 + [2] + [1] * 47
BRANCH_BITS = [1, 1, 1, 1, 16, 4, 2, 4, 3, 31]

# Bodies of records, the trailer left out: digits are the sizes of fields,
# "s" is a string or bytes up to the trailer, "*" repeats what is before it.
BODIES = {
    1: "448 88s", 2: "88", 3: "44s", 4: "44448", 5: "888", 6: "888",
    7: "44448", 8: "448*", 11: "888", 12: "44", 13: "8", 14: "", 15: "44",
    16: "4488*", 17: "8422s", 18: "224s", 19: "8s", 20: "822s", 21: "8",
}
# Those of perf itself.
USER_BODIES = {
    65: "8s", 66: "4", 68: "", 69: "8*", 79: "888", 82: "",
}
COMPRESSED = 81
# Feature sections made of numbers and "z", a length and so many bytes. A group
# in brackets is repeated as often as the number before it says. 32 is how perf
# 6.1 ends the features of a pipe.
FEATURES = {
    1: "s", 3: "z", 4: "z", 5: "z", 6: "z", 7: "44", 8: "z", 9: "z",
    10: "8", 11: "4[z]", 14: "4[488z]", 15: "", 16: "4[4z]", 17: "4[z44]",
    20: "44[4444zzz]", 21: "88", 23: "8", 24: "8", 25: "4[?]", 26: "4[?]",
    27: "44444", 28: "4[zz]",
    29: "4488", 30: "4[zz]", 31: "4[4[zz]z]", 32: "",
}


class Damaged(Exception):
    pass


class Span:
    """Bytes that are turned in place, field by field."""

    def __init__(self, data, pos=0, end=None):
        self.data = data
        self.pos = pos
        self.end = len(data) if end is None else end

    def left(self):
        return self.end - self.pos

    def skip(self, size):
        if size > self.left():
            raise Damaged("%d bytes at %d" % (size, self.pos))
        self.pos += size
        return self.pos - size

    def number(self, size):
        pos = self.skip(size)
        value = int.from_bytes(self.data[pos:pos + size], "little")
        self.data[pos:pos + size] = value.to_bytes(size, "big")
        return value

    def numbers(self, size, count):
        return [self.number(size) for _ in range(count)]

    def words(self, size):
        self.numbers(8, size // 8)

    def bits(self, widths):
        value = self.number(8)
        turned = at = 0
        for width in widths:
            field = value >> at & ((1 << width) - 1)
            turned |= field << (64 - at - width)
            at += width
        self.data[self.pos - 8:self.pos] = turned.to_bytes(8, "big")

    def string(self):
        self.skip(self.number(4))

    def part(self, size):
        pos = self.skip(size)
        return Span(self.data, pos, pos + size)


class Event:
    """What of an attribute says how its samples are laid out."""

    def __init__(self, span):
        begin = span.pos
        size = int.from_bytes(span.data[begin + 4:begin + 8], "little")
        attr = span.part(size or 64)
        attr.numbers(4, 2)
        attr.numbers(8, 2)
        self.sample_type, self.read_format = attr.numbers(8, 2)
        bits = int.from_bytes(span.data[attr.pos:attr.pos + 8], "little")
        self.sample_id_all = bits >> 18 & 1
        attr.bits(ATTR_BITS)
        values = {}
        for name, width in (("wakeup", 4), ("bp_type", 4), ("config1", 8),
                            ("config2", 8), ("branch", 8), ("user", 8),
                            ("stack", 4), ("clock", 4), ("intr", 8),
                            ("aux", 4), ("max_stack", 2), ("reserved", 2),
                            ("aux_size", 4), ("aux_action", 4)):
            values[name] = attr.number(width) if attr.left() else 0
        attr.words(attr.left())
        self.branch_type = values["branch"]
        self.regs_user = bin(values["user"]).count("1")
        self.regs_intr = bin(values["intr"]).count("1")

    def trailer(self):
        """Sizes of the fields behind a record that is no sample."""
        if not self.sample_id_all:
            return []
        fields = ((TID, [4, 4]), (TIME, [8]), (ID, [8]), (STREAM_ID, [8]),
                  (CPU, [4, 4]), (IDENTIFIER, [8]))
        return [size for bit, sizes in fields if self.sample_type & bit
                for size in sizes]

    def id_offset(self):
        if self.sample_type & IDENTIFIER:
            return 0
        if not self.sample_type & ID:
            return None
        return 8 * bin(self.sample_type & (IP | TID | TIME | ADDR)).count("1")


def swap_read(event, span):
    times = bin(event.read_format & 3).count("1")
    each = 1 + bin(event.read_format & 0x14).count("1")
    if event.read_format & FORMAT_GROUP:
        count = span.number(8)
        span.numbers(8, times + count * each)
    else:
        span.numbers(8, 1 + times + each - 1)


def swap_branches(event, span):
    if event.branch_type & BRANCH_COUNTERS:
        raise Damaged("branch counters")
    count = span.number(8)
    # The kernel leaves it out where the PMU had no stack to give.
    if event.branch_type & BRANCH_HW_INDEX and (count or span.left()):
        span.number(8)
    for _ in range(count):
        span.numbers(8, 2)
        span.bits(BRANCH_BITS)


def swap_regs(count, span):
    if span.number(8):
        span.numbers(8, count)


def swap_stack(span):
    size = span.number(8)
    if size:
        span.words(size)
        span.number(8)


def swap_sample(event, span):
    has = event.sample_type.__and__
    for bit, sizes in ((IDENTIFIER, [8]), (IP, [8]), (TID, [4, 4]),
                       (TIME, [8]), (ADDR, [8]), (ID, [8]), (STREAM_ID, [8]),
                       (CPU, [4, 4]), (PERIOD, [8])):
        for size in sizes if has(bit) else []:
            span.number(size)
    if has(READ):
        swap_read(event, span)
    if has(CALLCHAIN):
        span.numbers(8, span.number(8))
    if has(RAW):
        span.skip(span.number(4))
    if has(BRANCH_STACK):
        swap_branches(event, span)
    if has(REGS_USER):
        swap_regs(event.regs_user, span)
    if has(STACK_USER):
        swap_stack(span)
    for bit in (WEIGHT | WEIGHT_STRUCT, DATA_SRC, TRANSACTION):
        if has(bit):
            span.number(8)
    if has(REGS_INTR):
        swap_regs(event.regs_intr, span)
    for bit in (PHYS_ADDR, CGROUP, DATA_PAGE_SIZE, CODE_PAGE_SIZE):
        if has(bit):
            span.number(8)
    if has(AUX):
        span.skip(span.number(8))
    if span.left():
        raise Damaged("%d bytes behind a sample" % span.left())


def swap_mmap2(misc, span):
    span.numbers(4, 2)
    span.numbers(8, 3)
    if misc & MISC_MMAP_BUILD_ID:
        span.skip(24)
    else:
        span.numbers(4, 2)
        span.numbers(8, 2)
    span.numbers(4, 2)


def swap_body(layout, span):
    for at, field in enumerate(layout):
        if field == "s":
            return
        if field == "*":
            while span.left():
                span.number(int(layout[at - 1]))
        elif field != " ":
            span.number(int(field))


def swap_cpus(span):
    kind = span.number(2)
    if kind == 0:
        span.numbers(2, span.number(2))
    elif kind == 1:
        count, size = span.numbers(2, 2)
        span.skip(4 if size == 8 else 0)
        span.numbers(size, count)
    else:
        span.skip(2)
        span.numbers(2, 2)


def swap_feature(feature, span):
    if feature == 2:
        while span.left():
            _, misc, size = swap_header(span)
            entry = span.part(size - 8)
            entry.number(4)
        return
    if feature == 12:
        count, size = span.numbers(4, 2)
        for _ in range(count):
            Event(span.part(size))
            ids = span.number(4)
            span.string()
            span.numbers(8, ids)
        return
    if feature == 13:
        for _ in range(2):
            swap_layout("4[z]", span)
        # Of each CPU its core and its package; newer perfs add the dies.
        while span.left():
            span.number(4)
        return
    if feature == 22:
        _, _, count = span.numbers(8, 3)
        while span.left():
            span.number(8)
        return
    if feature not in FEATURES:
        raise Damaged("feature %d" % feature)
    swap_layout(FEATURES[feature], span)


def swap_layout(layout, span):
    at = count = 0
    while at < len(layout):
        field = layout[at]
        if field == "[":
            end = closing(layout, at)
            for _ in range(count):
                swap_layout(layout[at + 1:end], span)
            at = end
        elif field == "z":
            span.string()
        elif field == "s":
            span.skip(span.left())
        elif field == "?":
            raise Damaged("a feature that is known only where it is empty")
        else:
            count = span.number(int(field))
        at += 1


def closing(layout, at):
    depth = 0
    for i in range(at, len(layout)):
        depth += {"[": 1, "]": -1}.get(layout[i], 0)
        if depth == 0:
            return i
    raise ValueError(layout)


def swap_header(span):
    kind = span.number(4)
    misc, size = span.numbers(2, 2)
    if size < 8:
        raise Damaged("a record of %d bytes at %d" % (size, span.pos))
    return kind, misc, size


class Recording:
    """A whole file, its events, and what of a packed record came so far."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.events = []
        self.by_id = {}
        self.stream = None
        self.packed = bytearray()

    def add_event(self, span, ids=None):
        event = Event(span)
        self.events.append(event)
        for one in (ids or span).numbers(8, (ids or span).left() // 8):
            self.by_id[one] = event

    def event_of(self, span, is_sample):
        first = self.events[0]
        offset = first.id_offset()
        if len(self.events) == 1 or offset is None:
            return first
        if not is_sample:
            if not first.sample_type & IDENTIFIER:
                return first
            offset = span.left() - 8
        pos = span.pos + offset
        one = int.from_bytes(span.data[pos:pos + 8], "little")
        return self.by_id.get(one, first)

    def swap_other(self, kind, misc, span):
        sizes = self.event_of(span, False).trailer()
        body = span.part(span.left() - sum(sizes))
        if kind == 10:
            swap_mmap2(misc, body)
        elif kind in BODIES:
            swap_body(BODIES[kind], body)
        else:
            raise Damaged("record type %d" % kind)
        for size in sizes:
            span.number(size)

    def swap_record(self, kind, misc, span):
        """The record's body; its header has been turned."""
        if kind == 9:
            swap_sample(self.event_of(span, True), span)
        elif kind < 64:
            self.swap_other(kind, misc, span)
        elif kind == 64:
            self.add_event(span)
        elif kind == 67:
            span.number(4)
        elif kind == 74:
            swap_cpus(span)
        elif kind == 78:
            what, _ = span.numbers(8, 2)
            if what == 1:
                span.number(8)
            elif what == 3:
                swap_cpus(span)
        elif kind == 80:
            swap_feature(span.number(8), span)
        elif kind == 73:
            for _ in range(span.number(8)):
                span.number(8)
                span.skip(16)
        elif kind in USER_BODIES:
            swap_body(USER_BODIES[kind], span)
        else:
            raise Damaged("record type %d" % kind)

    def swap_packed(self, payload):
        """Records inside: a record may begin in one piece and end in another."""
        self.stream = self.stream or zstream.Stream()
        self.packed += self.stream.unpack(payload)
        span = Span(self.packed)
        done = 0
        while span.left() >= 8:
            size = struct.unpack_from("<H", self.packed, span.pos + 6)[0]
            if size > span.left():
                break
            kind, misc, size = swap_header(span)
            self.swap_record(kind, misc, span.part(size - 8))
            done = span.pos
        whole = self.packed[:done]
        self.packed = self.packed[done:]
        body = self.stream.pack(whole)
        if len(body) > 65535 - 8:
            raise Damaged("a packed record grew too long")
        return struct.pack(">IHH", COMPRESSED, 0, 8 + len(body)) + body

    def swap_records(self, begin, end):
        span = Span(self.data, begin, end)
        out = bytearray()
        while span.left():
            start = span.pos
            kind, misc, size = swap_header(span)
            body = span.part(size - 8)
            if kind == COMPRESSED:
                out += self.swap_packed(self.data[body.pos:body.end])
                continue
            if kind == 66:
                payload = int.from_bytes(self.data[body.pos:body.pos + 4],
                                         "little")
                span.skip((payload + 7) // 8 * 8)
            self.swap_record(kind, misc, body)
            out += self.data[start:span.pos]
        return out

    def swap_pipe(self):
        Span(self.data, 0, 16).numbers(8, 2)
        return self.data[:16] + self.swap_records(16, len(self.data))

    def swap_attrs(self, offset, size, each):
        table = Span(self.data, offset, offset + size)
        while table.left():
            entry = table.part(each)
            attr = entry.part(each - 16)
            at, length = entry.numbers(8, 2)
            self.add_event(attr, Span(self.data, at, at + length))

    def swap_file(self):
        header = Span(self.data, 0, 104)
        _, _, each, attrs, attrs_size, begin, size = header.numbers(8, 7)
        header.numbers(8, 2)
        features = header.numbers(8, 4)
        self.swap_attrs(attrs, attrs_size, each)
        records = self.swap_records(begin, begin + size)
        grown = len(records) - size
        self.data[48:56] = (size + grown).to_bytes(8, "big")
        table = Span(self.data, begin + size)
        for feature in range(256):
            if not features[feature // 64] >> feature % 64 & 1:
                continue
            offset, length = table.numbers(8, 2)
            self.data[table.pos - 16:table.pos - 8] = \
                (offset + grown).to_bytes(8, "big")
            swap_feature(feature, Span(self.data, offset, offset + length))
        return self.data[:begin] + records + self.data[begin + size:]

    def swapped(self):
        if self.data[:8] != b"PERFILE2":
            raise Damaged("not a little-endian perf.data file")
        size = struct.unpack_from("<Q", self.data, 8)[0]
        return self.swap_pipe() if size == 16 else self.swap_file()


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: swap.py FILE SWAPPED")
    with open(sys.argv[1], "rb") as source:
        recording = Recording(source.read())
    try:
        data = recording.swapped()
    except (Damaged, zstream.Damaged) as why:
        sys.exit("swap.py: %s: %s" % (sys.argv[1], why))
    with open(sys.argv[2], "wb") as out:
        out.write(data)


main()

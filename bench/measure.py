# SPDX-License-Identifier: LGPL-2.1-or-later
"""What bench/record, bench/report and bench/read share: running a program and asking the
kernel what it cost, counting a perf.data file's records without either tool,
and printing figures side by side."""

import argparse
import functools
import glob
import mmap
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

FREQUENCY = 4000
THREADS = 2

RECORD_LOST = 2
RECORD_SAMPLE = 9
RECORD_LOST_SAMPLES = 13


def arguments(doc, **defaults):
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--build", default=".",
                        help="the build folder (default: here)")
    parser.add_argument("--pairs", type=int, default=defaults["pairs"],
                        help="times each is measured (default: %(default)s)")
    if defaults["seconds"]:
        parser.add_argument("--seconds", type=float,
                            default=defaults["seconds"],
                            help="length of a recording (default: %(default)s)")
    if "mib" in defaults:
        parser.add_argument("--mib", type=int, default=defaults["mib"],
                            help="size of a long file (default: %(default)s)")
        parser.add_argument("--huge", type=int, default=defaults["huge"],
                            help="also one of so many MiB, lbrprof alone")
    parser.add_argument("--folder", help="keep recordings there")
    return parser.parse_args()


class Bench:
    """The tools, a folder for recordings, and the busy program."""

    def __init__(self, options):
        self.options = options
        self.folder = options.folder or tempfile.mkdtemp(prefix="bench-")
        os.makedirs(self.folder, exist_ok=True)
        self.environment = dict(os.environ, LC_ALL="C")
        self.lbrprof = self.find("cli/.libs/lbrprof", "cli/lbrprof")
        libraries = os.path.join(options.build, "lib/.libs")
        self.environment["LD_LIBRARY_PATH"] = os.path.abspath(libraries)
        self.perf = has_perf()
        self.target = None

    def find(self, *paths):
        for path in paths:
            path = os.path.join(self.options.build, path)
            if os.path.exists(path):
                return os.path.abspath(path)
        sys.exit("%s is not built; give the build folder by --build" % path)

    def close(self):
        self.stop()
        if not self.options.folder:
            shutil.rmtree(self.folder)

    @functools.cached_property
    def heavy(self):
        """The busy program, built where it is first asked for."""
        subprocess.run(["make", "-s", "-C",
                        os.path.join(self.options.build, "bench"), "heavy"],
                       check=True)
        return self.find("bench/heavy")

    def start(self, seconds):
        self.target = subprocess.Popen([self.heavy, str(seconds)],
                                       stdout=subprocess.PIPE)
        self.target.stdout.readline()
        time.sleep(0.3)

    def stop(self):
        if self.target:
            self.target.kill()
            self.target.wait()
            self.target = None

    def path(self, tool):
        return os.path.join(self.folder, tool + ".data")

    def record_command(self, tool):
        pid, length = str(self.target.pid), str(self.options.seconds)
        if tool == "perf":
            return ["perf", "record", "-q", "-B", "-F", str(FREQUENCY),
                    "--call-graph", "dwarf", "-o", self.path(tool),
                    "-p", pid, "--", "sleep", length]
        return [self.lbrprof, "-q", "record", "-F", str(FREQUENCY),
                "-o", self.path(tool), "-p", pid, "--duration", length]

    def run(self, command):
        """Wall seconds, CPU seconds and peak memory in MB of a command. Its
        children count as far as it waited for them."""
        with open(os.path.join(self.folder, "stderr"), "w+") as err:
            begin = time.monotonic()
            child = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                     stderr=err, env=self.environment)
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.monotonic() - begin
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                err.seek(0)
                sys.exit("%s: exit status %d\n%s" % (
                    " ".join(command), child.returncode, err.read()))
        return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime,
                "memory": usage.ru_maxrss / 1024}

    def tools(self):
        return ["perf", "lbrprof"] if self.perf else ["lbrprof"]


def has_perf():
    try:
        return subprocess.run(["perf", "--version"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def count_records(path):
    """Samples and lost records of a perf.data file."""
    samples = lost = 0
    with open(path, "rb") as file, \
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        at, size = struct.unpack_from("<QQ", view, 40)
        end = at + size
        while at + 8 <= end:
            kind, _, size = struct.unpack_from("<IHH", view, at)
            if size < 8:
                sys.exit("%s: a record of %d bytes at %d" % (path, size, at))
            if kind == RECORD_SAMPLE:
                samples += 1
            elif kind == RECORD_LOST:
                lost += struct.unpack_from("<Q", view, at + 16)[0]
            elif kind == RECORD_LOST_SAMPLES:
                lost += struct.unpack_from("<Q", view, at + 8)[0]
            at += size
    return samples, lost


def in_turn(tools, pairs):
    """Each pair in the other order than the one before."""
    for pair in range(pairs):
        yield from tools if pair % 2 == 0 else reversed(tools)


def medians(runs):
    return {key: statistics.median(run[key] for run in runs)
            for key in runs[0]}


def show(rows, columns):
    """rows: (what, unit's format, key, target); columns: name to medians."""
    names = list(columns)
    print("%-32s" % "" + "".join("%14s" % name for name in names) +
          ("%10s" % "ratio" if len(names) == 2 else "") + "  target")
    for what, form, key, target in rows:
        values = [columns[name][key] for name in names]
        line = "%-32s" % what + "".join("%14s" % (form % value)
                                        for value in values)
        if len(values) == 2:
            line += "%10s" % ("%.1f" % (values[0] / values[1])
                              if values[1] else "-")
        print(line + ("  " + target if target else ""))


def describe():
    model = "unknown CPU"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    versions = [subprocess.run(["perf", "--version"], capture_output=True,
                               text=True).stdout.strip()] if has_perf() else []
    others = len(glob.glob("/proc/[0-9]*"))
    print(", ".join([os.uname().release, "%d CPUs" % os.cpu_count(), model,
                     "load %.1f" % os.getloadavg()[0],
                     "%d processes" % others] + versions))

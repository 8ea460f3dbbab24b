# SPDX-License-Identifier: LGPL-2.1-or-later
"""Firefox Profiler's processed profile, version 58, field by field as its types
are written down (github.com/firefox-devtools/profiler, src/types/profile.ts)."""

import re

from counts import Counts, by_name, load_json, need

FIREFOX_TABLES = {
    "stackTable": {"frame": "frameTable", "prefix": "stackTable?"},
    "frameTable": {"address": int, "inlineDepth": int, "category": int,
                   "subcategory": int, "func": "funcTable",
                   "nativeSymbol": "nativeSymbols?", "innerWindowID": int,
                   "line": int, "column": None},
    "funcTable": {"name": "strings", "isJS": bool, "relevantForJS": bool,
                  "resource": "resourceTable", "source": "sources?",
                  "lineNumber": None, "columnNumber": None},
    "resourceTable": {"lib": "libs", "name": "strings", "host": None,
                      "type": int},
    "nativeSymbols": {"libIndex": "libs", "address": int, "name": "strings",
                      "functionSize": None},
}

# Those that must be there, and those of the rest that we write.
PROFILE = "meta libs shared threads".split()
META = """interval startTime processType product stackwalk version
    preprocessedProfileVersion markerSchema""".split()
META_TOO = """profilingStartTime profilingEndTime extensions categories debug
    oscpu mainMemory platform toolkit arguments logicalCPUs CPUName symbolicated
    symbolicationNotSupported sampleUnits device importedFrom
    usesOnlyOneStackType sourceCodeIsNotOnSearchfox""".split()
THREAD = """processType processStartupTime processShutdownTime registerTime
    unregisterTime pausedRanges name isMainThread pid tid samples markers
    stackTable frameTable funcTable resourceTable nativeSymbols""".split()
THREAD_TOO = ["processName"]
SAMPLES = "stack time weight weightType length".split()
LIB = "arch name path debugName debugPath breakpadId codeId".split()
MARKERS = "data name startTime endTime phase category length".split()

FIREFOX_COLORS = ("transparent purple green orange yellow lightblue blue "
                  "brown magenta red lightred darkgrey grey").split()


def need_keys(found, required, where, optional=()):
    need(set(required) <= set(found) <= set(required) | set(optional), where,
         sorted(set(found) ^ set(required)))


def check_firefox_column(values, kind, sizes, where):
    for value in values:
        if isinstance(kind, str):
            if value is None:
                need(kind.endswith("?"), where, "is null")
                continue
            need(isinstance(value, int) and
                 0 <= value < sizes[kind.rstrip("?")], where, value)
        elif kind is None:
            need(value is None, where, "is", value)
        elif kind is int:
            need(value is None and where.endswith(".line") or
                 isinstance(value, int) and abs(value) <= 2**53, where, value)
        else:
            need(isinstance(value, kind), where, value)


def check_firefox_meta(root):
    meta = root["meta"]
    need_keys(root, PROFILE, "profile")
    need_keys(root["shared"], ["stringArray", "sources"], "shared")
    need_keys(meta, META, "meta", META_TOO)
    need(meta["sampleUnits"] == {"time": "ms", "eventDelay": "ms",
                                 "threadCPUDelta": "ns"}, "sampleUnits")
    need(meta["preprocessedProfileVersion"] == 58, "version")
    need(isinstance(meta["version"], int), "gecko version")
    need(meta["interval"] > 0, "interval")
    need(meta["startTime"] == 0 and meta["processType"] == 0, "start")
    need(meta["stackwalk"] == 1 and meta["product"], "product")
    need(meta["markerSchema"] == [], "markers")
    need(any(one["color"] == "grey" for one in meta["categories"]), "grey")
    for one in meta["categories"]:
        need(one["color"] in FIREFOX_COLORS and one["name"], one)
        need(one["subcategories"][0] == "Other", one)
    for lib in root["libs"]:
        need_keys(lib, LIB, "lib")
        for key in set(LIB) - {"codeId"}:
            need(isinstance(lib[key], str), "libs", key)
        need(re.fullmatch("([0-9A-F]{32}0)?", lib["breakpadId"]), lib)
        need(lib["codeId"] is None or
             re.fullmatch("[0-9a-f]{2,40}", lib["codeId"]), lib)


def check_depth(frames, caller, frame):
    """Calls inlined at an address stand behind each other, from depth 0."""
    depth = frames["inlineDepth"][frame]
    need(depth == 0 or caller is not None, "inlined into nothing")
    if depth:
        need(frames["inlineDepth"][caller] == depth - 1, "inlineDepth", depth)
        for key in ("address", "nativeSymbol"):
            need(frames[key][caller] == frames[key][frame], "inlined", key)


def firefox_names(thread, strings):
    """For each stack of the table its names, outermost first."""
    stacks, frames = thread["stackTable"], thread["frameTable"]
    functions, names = thread["funcTable"], []
    for i in range(stacks["length"]):
        prefix, frame = stacks["prefix"][i], stacks["frame"][i]
        need(prefix is None or prefix < i, "a caller behind its callee")
        check_depth(frames, stacks["frame"][prefix] if prefix is not None
                    else None, frame)
        function = frames["func"][frame]
        lib = functions["resource"][function]
        names.append((names[prefix] if prefix is not None else []) +
                     [((thread["resourceTable"]["lib"][lib],
                        strings[functions["name"][function]]),
                       frames["category"][frame])])
    return names


def read_firefox(path):
    root, counts = load_json(path), Counts()
    check_firefox_meta(root)
    strings, sources = root["shared"]["stringArray"], root["shared"]["sources"]
    need(len(sources["uuid"]) == len(sources["filename"]) ==
         sources["length"], "sources")
    kinds = set()
    for thread in root["threads"]:
        need_keys(thread, THREAD, "thread", THREAD_TOO)
        need_keys(thread["samples"], SAMPLES, "samples")
        need_keys(thread["markers"], MARKERS, "markers")
        sizes = {"libs": len(root["libs"]), "strings": len(strings),
                 "sources": sources["length"]}
        sizes.update({name: thread[name]["length"]
                      for name in FIREFOX_TABLES})
        for name, columns in FIREFOX_TABLES.items():
            table = thread[name]
            need(set(table) == set(columns) | {"length"}, name, sorted(table))
            for key, kind in columns.items():
                need(len(table[key]) == table["length"], name, key)
                check_firefox_column(table[key], kind, sizes,
                                     name + "." + key)
        need(isinstance(thread["pid"], str) and
             isinstance(thread["tid"], int), "pid and tid")
        need(isinstance(thread["isMainThread"], bool), "isMainThread")
        for key in ("processStartupTime", "registerTime"):
            need(thread[key] == 0, key)
        for key in ("processShutdownTime", "unregisterTime"):
            need(thread[key] is None, key)
        need(thread["markers"]["length"] == 0 and
             thread["pausedRanges"] == [], "markers")
        samples = thread["samples"]
        need(samples["weightType"] in ("samples", "tracing-ms"), "weightType")
        need(len(samples["stack"]) == len(samples["time"]) ==
             len(samples["weight"]) == samples["length"], "samples")
        need(samples["time"] == sorted(samples["time"]), "not in time order")
        need(samples["time"][-1] <= root["meta"]["profilingEndTime"], "time")
        names = firefox_names(thread, strings)
        for stack, weight in zip(samples["stack"], samples["weight"]):
            stack = names[stack] if stack is not None else []
            counts.add([name for name, _ in stack], weight)
            kinds |= {kind for _, kind in stack}
    need(1 in kinds, "nothing of the user's")
    return by_name(counts)

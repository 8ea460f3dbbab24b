# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Compressed streams for swap.py, by libzstd itself, which is there wherever
# lbrprof is: Python has no module of its own for zstd.

import ctypes
import ctypes.util


class Damaged(Exception):
    pass


class Stream:
    """Pieces of one endless frame, unpacked and packed one by one."""

    class Buffer(ctypes.Structure):
        _fields_ = [("at", ctypes.c_void_p), ("size", ctypes.c_size_t),
                    ("pos", ctypes.c_size_t)]

    def __init__(self):
        self.zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or
                                "libzstd.so.1")
        for name in ("ZSTD_createDStream", "ZSTD_createCStream"):
            getattr(self.zstd, name).restype = ctypes.c_void_p
        self.zstd.ZSTD_decompressStream.restype = ctypes.c_size_t
        self.zstd.ZSTD_compressStream2.restype = ctypes.c_size_t
        self.reader = ctypes.c_void_p(self.zstd.ZSTD_createDStream())
        self.writer = ctypes.c_void_p(self.zstd.ZSTD_createCStream())

    def run(self, data, call):
        room = ctypes.create_string_buffer(1 << 20)
        out = self.Buffer(ctypes.addressof(room), len(room), 0)
        source = ctypes.create_string_buffer(bytes(data), len(data))
        todo = self.Buffer(ctypes.addressof(source), len(data), 0)
        while True:
            left = call(ctypes.byref(out), ctypes.byref(todo))
            if self.zstd.ZSTD_isError(ctypes.c_size_t(left)):
                raise Damaged("compressed data")
            if todo.pos == todo.size and out.pos < out.size:
                return bytearray(room.raw[:out.pos])
            if out.pos == out.size:
                raise Damaged("compressed data of more than a MiB")

    def unpack(self, data):
        return self.run(data, lambda out, todo:
                        self.zstd.ZSTD_decompressStream(self.reader, out, todo))

    def pack(self, data):
        return self.run(data, lambda out, todo:
                        self.zstd.ZSTD_compressStream2(self.writer, out, todo,
                                                       1))

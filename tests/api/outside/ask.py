"""A host in Python: the library through ctypes, without a C compiler. ask.py LIBESIHELP.SO"""
import ctypes
import sys

P, S, I32, I64, BOOL = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int32, ctypes.c_int64, ctypes.c_bool)
ZSTR = ctypes.c_size_t(-1).value

DOCUMENT = b"""---
id: kb-badge
title: Badge printers
version: 1.0
---
# Badge printers

## The badge printer jams

When the badge printer jams:

1. Open the lid and pull the card out.
2. Press the green button twice.
"""


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("http_status", ctypes.c_int), ("upstream", ctypes.c_int),
                ("retryable", BOOL), ("retry_after_ms", I32), ("sqlstate", ctypes.c_char * 6),
                ("origin", ctypes.c_char * 26), ("pointer", ctypes.c_char * 96),
                ("message", ctypes.c_char * 384)]


# Only the first fields are named: a smaller size means the defaults for the rest.
class Options(ctypes.Structure):
    _fields_ = [("size", S), ("store", P), ("collection", P), ("policy", P), ("platform", P),
                ("provider", P)]


class Source(ctypes.Structure):
    _fields_ = [("size", S), ("path", P), ("name", P), ("text", P), ("text_size", S)]


class Request(ctypes.Structure):
    _fields_ = [("size", S), ("session_id", P), ("request_id", P), ("user_id", P),
                ("role", ctypes.c_int), ("message", P), ("message_size", S)]


class Reference(ctypes.Structure):
    _fields_ = [("id", P), ("title", P), ("version", P), ("section", P), ("score", ctypes.c_double)]


class Reply(ctypes.Structure):
    _fields_ = [("session_id", P), ("message_id", P), ("answer", P),
                ("references", ctypes.POINTER(ctypes.POINTER(Reference))), ("reference_count", S)]


def main():
    lib = ctypes.CDLL(sys.argv[1])
    lib.esi_version.restype = P
    err = Error()

    def call(function, *args):
        if function(*args, ctypes.byref(err)) != 0:
            sys.exit(f"{function.__name__}: {err.code} {err.message.decode()}")

    desk, report, reply = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.POINTER(Reply)()
    options = Options(size=ctypes.sizeof(Options), store=b":memory:", provider=b"offline")
    call(lib.esi_desk_open, ctypes.byref(options), ctypes.byref(desk))
    source = Source(size=ctypes.sizeof(Source), name=b"badge.md", text=DOCUMENT, text_size=ZSTR)
    call(lib.esi_kb_ingest, desk, ctypes.byref(source), ctypes.byref(report))
    request = Request(size=ctypes.sizeof(Request), message=b"The badge printer jams, what can I do?",
                      message_size=ZSTR)
    call(lib.esi_chat_ask, desk, ctypes.byref(request), ctypes.byref(reply))

    answer = reply.contents.answer.decode()
    assert "the green button twice" in answer, answer
    assert reply.contents.reference_count == 1
    assert reply.contents.references[0].contents.id == b"kb-badge"

    lib.esi_reply_free(reply)
    lib.esi_kb_report_free(report)
    lib.esi_desk_close(desk)
    print(lib.esi_version().decode())


if __name__ == "__main__":
    main()

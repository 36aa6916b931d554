"""The program on a terminal of its own, and what is seen there. Standard library only."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from blackbox import EXE, SLOW, environment


class Terminal:
    """The program on a terminal of its own."""

    def __init__(self, *args, columns=60, env=None):
        self.screen, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        env = environment(dict({"TERM": "xterm"}, **(env or {})))
        self.process = subprocess.Popen([EXE, *args], stdin=other, stdout=other, stderr=other,
                                        env=env, start_new_session=True)
        os.close(other)
        self.text = ""

    def read_until(self, pattern=None):
        """Reads until the pattern comes, or to the end."""
        until = time.monotonic() + SLOW
        while pattern is None or not re.search(pattern, plain(self.text)):
            if not select.select([self.screen], [], [], max(0, until - time.monotonic()))[0]:
                raise AssertionError("%r did not come: %r" % (pattern, self.text))
            try:
                part = os.read(self.screen, 4096)
            except OSError:  # the other side is closed
                part = b""
            if not part:
                break
            self.text += part.decode()
        return self.text

    def type(self, line):
        os.write(self.screen, line.encode())

    def end(self):
        """Everything that was shown, and the exit code."""
        text = self.read_until()
        code = self.process.wait(timeout=SLOW)
        os.close(self.screen)
        return text, code


def plain(text):
    return re.sub(r"\033\[[0-9;]*[mK]", "", text)

"""Joins its standard input and output with a socket: `connect.py PATH`, what `ssh HOST vfio-agent` is elsewhere."""

import os
import select
import socket
import sys


def main(path: str):
    line = socket.socket(socket.AF_UNIX)
    line.connect(path)
    ends = {0: line.fileno(), line.fileno(): 1}
    # Whichever end is over first ends both.
    while True:
        for end in select.select(list(ends), [], [])[0]:
            some = os.read(end, 1 << 16)
            if not some:
                return
            while some:
                some = some[os.write(ends[end], some):]


if __name__ == "__main__":
    main(sys.argv[1])

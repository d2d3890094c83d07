#!/usr/bin/env python3
"""Ordinary traffic at a bounded rate, until told to end: UDP to closed ports, and small TCP
connections. For soak.py, in a namespace that comes and goes: what fails is tried again.

    talk.py PACKETS-A-SECOND ADDRESS..."""

import contextlib
import socket
import sys
import time

TICK = 0.02
UDP_SOCKETS, UDP_PORTS, FIRST_PORT = 16, 64, 33500
TCP_PORT, TCP_EVERY = 7000, 0.25  # seconds


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def udp_sockets(address):
    return [socket.socket(family_of(address), socket.SOCK_DGRAM) for _ in range(UDP_SOCKETS)]


def say(sockets, address, number):
    with contextlib.suppress(OSError):
        sockets[number % UDP_SOCKETS].sendto(b"%08d" % number,
                                             (address, FIRST_PORT + number % UDP_PORTS))


def connect(address):
    """Answered at once or given up: nothing here may wait for long. Reset at its end, so that no
    port stays in use."""
    with contextlib.suppress(OSError), socket.socket(family_of(address)) as connection:
        connection.settimeout(0.1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.connect((address, TCP_PORT))
        connection.sendall(b"x" * 2000)


def main():
    rate, addresses = int(sys.argv[1]), sys.argv[2:]
    sockets = {address: udp_sockets(address) for address in addresses}
    begun, sent, connected = time.monotonic(), 0, 0
    while True:
        passed = time.monotonic() - begun
        while sent < passed * rate / 2:  # each has an answer
            address = addresses[sent % len(addresses)]
            say(sockets[address], address, sent)
            sent += 1
        if connected < passed / TCP_EVERY:
            connect(addresses[connected % len(addresses)])
            connected += 1
        time.sleep(TICK)


main()

#!/usr/bin/env python3
"""Builds captures with known truth and holds the program's verdicts against it.

usage: measure.py [--errors N] [--seed S] [--jobs N] [--program PATH] [--keep DIRECTORY]
       measure.py --seed S --piece N --explain FRAME     all that is known of one error

Prints precision and recall of each verdict, all confusions and the first few examples of each, with
the seed of their capture and their frame. Exit status 1 where a verdict claims what is not so."""

import argparse
import concurrent.futures
import json
import os
import random
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import judge
import scenes
import special
import wire
from tally import Tally
from world import MS, START, SECOND, World

SNAPLENS = (262144, 64, 262144, 96, 262144, 128, 262144, 200, 68)
PIECE = 10000  # errors in a capture
SMALL = 2000   # of a short run, which has all the snaplens, too


def networks(rng):
    near, far = b"\xac\x10\0\x01", b"\xac\x10\0\x02"
    number = rng.randrange(1, 60000)
    return [wire.Ethernet(), wire.Ethernet((10,)), wire.Ethernet((20,)), wire.Ethernet((10, 20)),
            wire.Tunnel("gre", near, far, number, 1), wire.Tunnel("gre", near, far, number, 2),
            wire.Tunnel("ipip", near, far, number, 0),
            wire.Tunnel("vxlan", near, far, number, 100),
            wire.Tunnel("vxlan", near, far, number, 200)]


def build(seed, errors):
    """A world with that many errors, from its seed."""
    rng = random.Random(seed)
    world = World(seed, SNAPLENS[seed % len(SNAPLENS)], rng.choice((0, 0, 0, 2 * MS)))
    world.networks = networks(rng)
    everything = scenes.SCENES + special.SCENES
    names = [(name, scene) for name, scene, _ in everything]
    weights = [weight for _, _, weight in everything]
    length = (20 + errors // 100) * SECOND
    while len(world.errors) < errors:
        for name, scene in rng.choices(names, weights, k=256):
            world.note = name
            scene(world, START + int(rng.random() * length))
    return world


def match_of(line):
    """(frame, match) of one line of output, or None where it is about no packet."""
    at = line.find(b'"match":')
    if at < 0:
        return None
    count = line.index(b'"pcap_cnt":') + 11
    frame = int(line[count:line.index(b",", count)])
    return frame, json.loads(line[at + 8:-1])


def measure(program, seed, errors, directory):
    """The tally of one capture."""
    world = build(seed, errors)
    path = os.path.join(directory, "truth-%d.pcap" % seed)
    with open(path, "wb") as file:
        file.write(wire.pcap(world.number(), world.snaplen))
    world.events = None
    done = subprocess.run([program, "-J", "--events", "icmp", path], stdout=subprocess.PIPE,
                          check=True)
    tally = Tally(seed)
    said = dict(filter(None, map(match_of, done.stdout.splitlines())))
    for error in world.errors:
        tally.add(error, judge.judged(error), said.pop(error.frame, None))
    tally.unexpected(said)
    return tally


def explain(seed, errors, frame):
    """What there is to know of an error: for whoever looks into an example."""
    world = build(seed, errors)
    world.number()
    error = next(error for error in world.errors if error.frame == frame)
    cause, flow = error.cause, error.lane.flow
    want = judge.judged(error)
    print("snaplen %d, %s, cause %s, %d bytes of it; wanted %s, frames %s, allowed %s, %s" % (
        world.snaplen, type(flow.network).__name__, [number for number, _ in cause.frames],
        error.bytes, want.best, sorted(want.frames), sorted(want.verdicts),
        "untellable" if want.untellable else ""))
    print("error   ", error.frame, error.time, error.quote.hex())
    for packet in sorted(flow.lanes[0].packets + flow.lanes[1].packets, key=lambda one: one.time):
        print("*" if packet is cause else ">" if packet.lane is error.lane else "<", packet.time,
              [number for number, _ in packet.frames], packet.ident, len(packet.ip), packet.seen,
              packet.ip[packet.at:packet.at + packet.head].hex())


def work(arguments):
    program, seed, errors, keep = arguments
    if keep:
        return measure(program, seed, errors, keep)
    with tempfile.TemporaryDirectory(prefix="icmpscope-truth-") as directory:
        return measure(program, seed, errors, directory)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--errors", type=int, default=12000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--piece", type=int, help="errors in a capture")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--program", default=os.environ.get("ICMPSCOPE", "./icmpscope"))
    parser.add_argument("--keep", help="leave the captures here")
    parser.add_argument("--explain", type=int, metavar="FRAME", help="of the capture of --seed")
    args = parser.parse_args(argv)

    piece = args.piece or (PIECE if args.errors >= 10 * PIECE else SMALL)
    count = -(-args.errors // piece)
    if args.explain:
        explain(args.seed, piece, args.explain)
        return 0
    jobs = [(os.path.abspath(args.program), args.seed + number, piece, args.keep)
            for number in range(count)]
    total = Tally(None)
    with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        for tally in pool.map(work, jobs):
            total.merge(tally)
    total.show()
    return total.status()


if __name__ == "__main__":
    sys.exit(main())

"""Reads what ping, traceroute and the like printed, as pcaps/make keeps it beside captures."""

import collections
import re

# RTTs are pairs (milliseconds, half of the last digit printed).
Ping = collections.namedtuple("Ping", "program dest replies spoiled sent received duplicates best "
                              "mean worst")
Route = collections.namedtuple("Route", "program method dest hops reached most")
# A hop's answers are {address: [RTT ...]}, unanswered how many probes were not.
Hop = collections.namedtuple("Hop", "answers unanswered")

ADDRESS = r"(\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f:]*)"
TIME = r"(\d+(?:\.\d+)?) ?ms"


def commands(path):
    """[(words of the command, lines that it printed) ...], in order."""
    found = []
    with open(path, encoding="utf-8") as file:
        for line in file.read().splitlines():
            if line.startswith("$ "):
                found.append((line[2:].split(), []))
            else:
                found[-1][1].append(line)
    return found


def printed(text):
    decimals = len(text.partition(".")[2])
    return float(text), 0.5 / 10**decimals


# ---- pings ---------------------------------------------------------------------------------------

REPLY = re.compile(r"(?:from |ip=|^)%s[ :,%%].*?(?:seq=|\[)(\d+)(?:.*?(?:time=|rtt=|bytes, )%s)?"
                   % (ADDRESS, TIME))
COUNTS = re.compile(r"(\d+) packets transmitted, (\d+)(?: packets)? received(?:, \+(\d+) dup)?")
RANGE = re.compile(r"= (\d+\.\d+)/(\d+\.\d+)/(\d+\.\d+)")


def ping(words, lines):
    """Of the programs that print a line for each answer, in the order that they came in."""
    replies, spoiled, counts, span = [], [], None, (None,) * 3
    for line in lines:
        if line.startswith("wrong data"):
            spoiled.append(len(replies) - 1)
        elif COUNTS.search(line):
            counts = [int(count or 0) for count in COUNTS.search(line).groups()]
        elif RANGE.search(line):
            span = [printed(number) for number in RANGE.search(line).groups()]
        elif REPLY.search(line):
            replies.append(reply(line))
    return Ping(words[0], words[-1].partition("%")[0], replies,
                spoiled, *(counts or (None,) * 3), *span)


def reply(line):
    """(address that answered, sequence number, RTT or None)"""
    address, number, time = REPLY.search(line).groups()
    return address.rstrip(":"), int(number), printed(time) if time else None


# ---- routes --------------------------------------------------------------------------------------

WORD = re.compile(r"(\*)|%s|%s" % (TIME, ADDRESS))
PROTOCOLS = (("udp", {"-u", "udp-paris", "-U", "tracepath"}), ("tcp", {"-T", "tcp"}),
             ("icmp", {"-I", "icmp-paris", "-PE"}))


def method_of(words):
    for name, options in PROTOCOLS:
        if options & set(words):
            return name
    return "icmp" if words[0] == "mtr" else "udp"


def in_columns(lines):
    """traceroute, busybox, scamper and tracepath: hop, then addresses, times and stars."""
    hops = {}
    for line in lines:
        found = re.match(r" ?(\d+):? +(.*)", line)
        if not found or "pmtu" in line:
            continue  # tracepath was told of a path MTU, not of a hop
        address, hop = None, hops.setdefault(int(found[1]), Hop({}, []))
        for star, time, where in WORD.findall(found[2]):
            if star:
                hop.unanswered.append(star)
            elif where:
                address = where
            else:
                hop.answers.setdefault(address, []).append(printed(time))
    return hops


def of_nmap(lines):
    hops = {}
    for line in lines:
        found = re.match(r"(\d+) +%s +%s" % (TIME, ADDRESS), line)
        if found:
            hops[int(found[1])] = Hop({found[3]: [printed(found[2])]}, [])
    return hops


def of_mtr_raw(lines):
    """x: sent for a hop, h: who answers there, p: the time that an answer took, in microseconds."""
    hops, who, sent = {}, {}, collections.Counter()
    for line in lines:
        kind, position, *rest = line.split()
        number = int(position) + 1
        if kind == "x":
            sent[number] += 1
        elif kind == "h":
            who[number] = rest[0]
        elif kind == "p":
            answers = hops.setdefault(number, Hop({}, [])).answers
            answers.setdefault(who[number], []).append((int(rest[0]) / 1000, 0.0005))
    for number, hop in hops.items():
        hop.unanswered.extend("*" * (sent[number] - sum(map(len, hop.answers.values()))))
    return hops


def of_mtr_report(lines):
    """{hop: (address, loss in percent, sent, mean, best, worst)}"""
    hops = {}
    for line in lines:
        found = re.match(r" *(\d+)\.\|-- %s +([\d.]+)%% +(\d+)" % ADDRESS + r" +([\d.]+)" * 5, line)
        if found:
            _, mean, best, worst = (printed(number) for number in found.groups()[4:8])
            hops[int(found[1])] = found[2], float(found[3]), int(found[4]), mean, best, worst
    return hops


def route(words, lines):
    """None of what is not read here."""
    program = words[0]
    if program == "mtr" and "-r" in words or program in ("dublin-traceroute", "ping"):
        return None
    dest = words[-1].strip('"')
    hops = of_mtr_raw(lines) if program == "mtr" else of_nmap(lines) if program == "nmap" \
        else in_columns(lines)
    most = int(words[words.index("-m") + 1]) if "-m" in words else None
    reached = any(dest in hop.answers for hop in hops.values())
    return Route(program, method_of(words), dest, hops, reached, most)


# ---- routers -------------------------------------------------------------------------------------

LABELS = {"Router lifetime": "lifetime_s", "Router preference": "preference", "MTU": "mtu",
          "Hop limit": "hop_limit", "Source link-layer address": "mac", "Prefix": "prefix",
          "Valid time": "valid_lifetime_s", "Pref. time": "preferred_lifetime_s"}


def routers(lines):
    """{address: what rdisc6 printed of its last advertisement, by the names that we have for it}"""
    found, fields = {}, {}
    for line in lines:
        label, _, value = (part.strip() for part in line.partition(" :"))
        if line.startswith(" from "):
            found[line.split()[1]] = fields
            fields = {}
        elif label in LABELS:
            word = value.split()[0]
            fields[LABELS[label]] = int(word) if word.isdigit() else word
    return found

"""Findings about many messages: floods, sweeps, scans, and senders that do not listen (RFC 1122
4.1.3.3)."""

from generate_findings_errors import expired
from generate_findings_story import FOUR, Story, Tcp, both, error, lan, ping_payload
from generate_packets import SYN


def begin(side=FOUR):
    story = Story()
    story.connections(5, side)
    return story


# ---- icmp_flood ----------------------------------------------------------------------------------


@both("host_sweep", "smurf", "icmp_tunnel")
def icmp_flood(side):
    """200 requests a second for ten seconds; what the host can, it answers."""
    story = begin(side)
    frames = []
    for number in range(2000):
        request = story.echo(side.far(80), side.a, 77, number, bytes(56), ttl=50)
        frames.append(story.soon(request, 3000))
        if number % 4 == 0:
            story.soon(story.echo(side.a, side.far(80), 77, number, bytes(56), reply=True), 10)
        story.clock += 1990 * 1000
    story.fires("icmp_flood", severity="medium", dest_ip=side.a, among=frames)
    story.may("echo_loss", most="medium")
    return story


@both("host_sweep", "backscatter", "echo_unsolicited")
def icmp_flood_by_many(side):
    """300 a second for six seconds, by 100 hosts."""
    story = begin(side)
    frames = []
    for number in range(1800):
        request = story.echo(side.far(number % 100), side.a, 77, number, bytes(56), ttl=50)
        frames.append(story.soon(request, 3333))
    story.fires("icmp_flood", severity="medium", dest_ip=side.a, among=frames)
    story.may("echo_loss", most="medium")
    return story


@both("icmp_flood", "host_sweep", "echo_loss")
def pings_below_a_flood(side):
    """150 in one second, as a `ping -f -c 150`; then 50 a second for ten; then 300 a second to 29
    hosts in turn."""
    story = begin(side)
    for count, gap, hosts in (150, 6600, 1), (500, 20000, 1), (1500, 3333, 29):
        for number in range(count):
            host = side.far(100 + number % hosts)
            payload = ping_payload(story.clock)
            story.soon(story.echo(side.a, host, 77, number // hosts, payload), 2000)
            story.soon(story.echo(host, side.a, 77, number // hosts, payload, reply=True, ttl=57),
                       gap - 2000)
        story.wait(61000)
    story.may("icmp_flood")
    return story


@both("icmp_flood")
def pings_seen_twice(side):
    """60 a second, each copied by the mirror port."""
    story = begin(side)
    for number in range(360):
        payload = ping_payload(story.clock)
        for packet in (story.echo(side.a, side.b, 77, number, payload),
                       story.echo(side.b, side.a, 77, number, payload, reply=True, ttl=57)):
            story.soon(packet, 12)
            story.soon(packet, 8300)
    return story


# ---- host_sweep ----------------------------------------------------------------------------------


@both("echo_loss", "icmp_flood")
def host_sweep(side):
    """64 hosts in ten seconds, of which nine answer."""
    story = begin(side)
    frames = []
    for number in range(64):
        frames.append(story.add(story.echo(side.far(900), side.near(number), 77, number, ttl=50)))
        if number % 7 == 0:
            story.add(story.echo(side.near(number), side.far(900), 77, number, reply=True))
        story.wait(150)
    story.fires("host_sweep", severity="medium", src_ip=side.far(900), among=frames)
    story.may("echo_mismatch", most="medium")
    return story


@both("host_sweep")
def pings_of_some_hosts(side):
    """20 hosts, again and again; and 64 within an hour and a half."""
    story = begin(side)
    for seq in range(5):
        for number in range(20):
            story.ping(side.a, side.far(number), 77, seq)
    for number in range(64):
        story.ping(side.a, side.far(100 + number), 78, 1)
        story.wait(80000)
    return story


@both("host_sweep", "icmp_flood", "echo_unsolicited")
def many_ping_one(side):
    """The other way round: 64 hosts ask one."""
    story = begin(side)
    for number in range(64):
        story.ping(side.far(number), side.a, 77, number)
        story.wait(50)
    return story


@both("host_sweep", "echo_loss", "echo_unsolicited", "error_rate")
def traceroutes_by_echo(side):
    """The ways to 24 hosts by echo requests whose TTL rises: to each three probes for each of eight
    hops, and the routers' answers."""
    story = begin(side)
    seq = 0
    for target in range(24):
        for ttl in range(1, 10):
            for _ in range(3):
                seq += 1
                payload = bytes(32)
                packet = story.echo(side.a, side.far(target), 77, seq, payload, ttl=ttl)
                story.soon(packet, 700)
                if ttl < 9:
                    story.soon(error(expired(packet), side.far(3000 + ttl), "ttl",
                                     hops=64 - ttl), 300)
                else:
                    story.soon(story.echo(side.far(target), side.a, 77, seq, payload, reply=True,
                                          ttl=55), 300)
        story.wait(1000)
    return story


# ---- udp_scan ------------------------------------------------------------------------------------


@both("error_rate", "kept_sending", "unsolicited_errors", "host_sweep")
def udp_scan(side):
    """100 ports in ten seconds."""
    story = begin(side)
    frames = []
    for number in range(100):
        packet = story.datagram(side.far(80), side.a, 50000, 1000 + 7 * number % 997, b"", ttl=50)
        story.add(packet)
        frames.append(story.add(error(packet, side.a, "port", hops=64)))
        story.wait(98)
    story.fires("udp_scan", severity="medium", src_ip=side.far(80), dest_ip=side.a, among=frames)
    return story


@both("udp_scan", "kept_sending")
def ports_refused_in_use(side):
    """12 ports; one port, asked by 60 hosts; and 40 by one host within an hour."""
    story = begin(side)

    def refused(src, sport, dport):
        packet = story.datagram(src, side.a, sport, dport, ttl=50)
        story.add(packet)
        story.add(error(packet, side.a, "port", hops=64))

    for number in range(12):
        refused(side.far(80), 50000 + number, 2000 + number)
        story.wait(200)
    for number in range(60):
        refused(side.far(100 + number), 50000, 161)
        story.wait(100)
    for number in range(40):
        story.wait(90000)
        refused(side.far(81), 50000 + number, 3000 + number)
    return story


@both("udp_scan", "unsolicited_errors", "backscatter")
def answers_too_late(side):
    """A slow name server: the client has closed each of its ports when the answer comes."""
    story = begin(side)
    server = side.far(53)
    for number in range(60):
        story.add(story.datagram(side.a, server, 20000 + 11 * number, 53, b"question %d" % number))
    story.wait(6000)
    for number in range(60):
        packet = story.datagram(server, side.a, 53, 20000 + 11 * number, b"answer", ttl=57)
        story.add(packet)
        story.add(error(packet, side.a, "port", hops=64))
        story.wait(20)
    return story


@both("udp_scan", "error_rate", "host_sweep", "kept_sending", "routing_loop")
def traceroute_in_rounds(side):
    """mtr by UDP: 40 rounds of nine TTLs, each probe to a port of its own; the host at the end
    refuses those that reach it."""
    story = begin(side)
    port = 33434
    for _ in range(40):
        for ttl in range(1, 10):
            port += 1
            packet = story.datagram(side.a, side.b, 40000, port, bytes(36), ttl=ttl, df=0)
            story.add(packet)
            story.wait(20)
            if ttl == 9:
                story.add(error(expired(packet), side.b, "port", hops=64 - ttl))
            else:
                story.add(error(expired(packet), side.far(3000 + ttl), "ttl", hops=64 - ttl))
            story.wait(80)
    return story


# ---- kept_sending --------------------------------------------------------------------------------


def refused_client(side, what, retries, wait=4000, answered=False):
    story = begin(side)
    reporter = side.b if what == "port" else side.r
    frames = []
    for number in range(1 + retries):
        packet = story.datagram(side.a, side.b, 40000, 69, b"read request")
        frames.append(story.add(packet))
        if number == 0 or answered:
            story.add(error(packet, reporter, what))
        story.wait(wait)
    story.connections(3, side, port=36000)
    return story, frames


@both()
def kept_sending(side):
    """A client that does not hear: refused five times in 20 s (RFC 1122 4.1.3.3)."""
    story, frames = refused_client(side, "port", 5, answered=True)
    story.fires("kept_sending", [frames[0] + 1], severity="low", src_ip=side.a, dest_ip=side.b)
    return story


@both()
def kept_sending_to_absent_host(side):
    story, frames = refused_client(side, "host", 6)
    story.fires("kept_sending", [frames[0] + 1], severity="low", src_ip=side.a, dest_ip=side.b)
    return story


@both("kept_sending")
def one_retry(side):
    return refused_client(side, "port", 1, answered=True)[0]


@both("kept_sending")
def two_retries(side):
    return refused_client(side, "host", 2)[0]


@both("kept_sending")
def error_about_one_of_many(side):
    """A server that restarts: one datagram is refused, and those before and after it are
    answered."""
    story = begin(side)
    for number in range(30):
        packet = story.datagram(side.a, side.b, 40000, 53)
        story.add(packet)
        if number == 10:
            story.add(error(packet, side.b, "port"))
        else:
            story.add(story.datagram(side.b, side.a, 53, 40000, b"answer", ttl=57))
        story.wait(500)
    return story


@both("kept_sending")
def sent_before_the_error_was_read(side):
    """Ten datagrams handed to the card at once, and the first one's error between them."""
    story = begin(side)
    for number in range(10):
        packet = story.datagram(side.a, side.b, 40000, 69, b"part %d" % number)
        story.soon(packet, 8)
        if number == 2:
            story.soon(error(packet, side.b, "port"), 8)
    story.wait(5000)
    story.connections(2, side, port=36000)
    return story


@both("kept_sending")
def connection_attempts(side):
    """RFC 1122 4.2.3.9: TCP must not give up for a host unreachable, which is what it does here."""
    story = begin(side)
    stream = Tcp(story, side.a, side.b)
    for index in range(6):
        packet = stream.packet(flags=SYN)
        story.add(packet)
        story.wait(50)
        story.add(error(packet, side.r, "host"))
        story.wait(1000 << index)
    return story


@both("kept_sending", "echo_loss")
def ping_of_absent_host(side):
    """It is what ping is for."""
    story = begin(side)
    for seq in range(15):
        packet = story.echo(side.a, side.b, 77, seq)
        story.add(packet)
        story.wait(5)
        story.add(error(packet, side.r, "host"))
        story.wait(1000)
    return story


@both("kept_sending")
def other_ports_of_the_host(side):
    """Each from a port of its own, as a resolver asks: no flow that was refused goes on."""
    story = begin(side)
    for number in range(10):
        packet = story.datagram(side.a, side.b, 40000 + number, 53)
        story.add(packet)
        story.add(error(packet, side.b, "port"))
        story.wait(1000)
    return story


@both("kept_sending")
def same_ports_in_another_vlan(side):
    """Refused in the one, and used all the time in the other."""
    story = Story(link=lambda packet: packet)
    packet = story.datagram(side.a, side.b, 40000, 69)
    story.add(lan(packet, (10,)))
    story.add(lan(error(packet, side.b, "port"), (10,)))
    for _ in range(10):
        story.add(lan(story.datagram(side.a, side.b, 40000, 69), (20,)))
        story.wait(1000)
    return story



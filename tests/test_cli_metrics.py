#!/usr/bin/env python3
"""Metrics, of a command that reads a capture from a pipe and is asked while it waits for more.

- What is scraped is what the summary of the same capture says, what tshark counts, and good to promtool.
- Counters never fall; HTTP is answered as it should be, and no client holds anybody up.
- --metrics-file is always whole.
- A real Prometheus scrapes it, loads doc/alerts.yml and says what was counted; the rules are good.
- What doc/grafana-dashboard.json and doc/alerts.yml ask for exists.
"""

import json
import os
import re
import shutil
import socket
import stat
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from harness import FAILED, PCAPS, TOP, USAGE, Checks, Run, program, scratch

TOUR = os.path.join(PCAPS, "tour.pcap")
DOC = os.path.join(TOP, "doc")
PATIENCE_S = 60  # neighbours may take most of the machine
SAMPLE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

checks = Checks()


def until(what, seconds=PATIENCE_S):
    """The first true value of what(), or the last one."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.05)


def parse(text):
    """{(name, (label, value)…)): number} of the text format."""
    samples = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        found = SAMPLE.match(line)
        checks.that(found, "no sample:", line)
        if found:
            key = (found[1], tuple(sorted(LABEL.findall(found[2] or ""))))
            checks.that(key not in samples, "told twice:", key)
            samples[key] = float(found[3])
    return samples


def total(samples, name, **labels):
    return sum(value for (other, given), value in samples.items()
               if other == name and set(labels.items()) <= set(given))


class Command:
    """The command on a pipe that stays open."""

    def __init__(self, *args):
        self.process = subprocess.Popen([program(), "-v", *args, "-"], stdin=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.url = None
        if "--metrics" in args:
            line = self.process.stderr.readline().decode()
            self.url = line.rpartition(" ")[2].strip()

    def feed(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def get(self, path=None, method="GET"):
        """(status, headers, text)"""
        url = urllib.parse.urljoin(self.url, path) if path else self.url
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method=method),
                                        timeout=PATIENCE_S) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def samples(self):
        return parse(self.get()[2])

    def until_packets(self, packets, errors):
        def there():
            samples = self.samples()
            return (total(samples, "icmpscope_packets_total") == packets and
                    total(samples, "icmpscope_errors_total") == errors) and samples
        return until(there) or self.samples()

    def processor_s(self):
        with open("/proc/%d/stat" % self.process.pid) as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.process.stdin.close()
        status = self.process.wait(timeout=PATIENCE_S)
        self.process.stderr.close()
        return status


def tour():
    with open(TOUR, "rb") as file:
        return file.read()


# ---- what is told ------------------------------------------------------------------------------

def check_messages(samples, document):
    for row in document["icmp"]["by_type"]:
        family = "ipv4" if row["proto"] == "ICMP" else "ipv6"
        told = total(samples, "icmpscope_messages_total", family=family, type=str(row["icmp_type"]),
                     code=str(row["icmp_code"]))
        checks.that(told == row["count"], "messages:", row, told)


def check_tshark(samples):
    if not shutil.which("tshark"):
        print("no tshark: messages were not counted a second time")
        return
    fields = ["icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code"]
    run = subprocess.run(["tshark", "-n", "-r", TOUR, "-Y", "icmp || icmpv6", "-T", "fields"] +
                         [word for field in fields for word in ("-e", field)],
                         capture_output=True, text=True, check=True)
    counts = {}
    for line in run.stdout.splitlines():
        v4, v4_code, v6, v6_code = [column.partition(",")[0] for column in (line + "\t\t\t").split("\t")[:4]]
        key = ("ipv4", v4, v4_code) if v4 else ("ipv6", v6, v6_code)
        counts[key] = counts.get(key, 0) + 1
    for (family, kind, code), count in counts.items():
        told = total(samples, "icmpscope_messages_total", family=family, type=kind, code=code)
        checks.that(told == count, "tshark counts otherwise:", family, kind, code, count, told)
    checks.that(sum(counts.values()) == total(samples, "icmpscope_messages_total"), "all messages")


def check_numbers(samples, document):
    errors = document["errors"]
    checks.that(total(samples, "icmpscope_packets_total") == document["packets"], "packets")
    checks.that(total(samples, "icmpscope_packet_bytes_total") == document["bytes"], "bytes")
    checks.that(total(samples, "icmpscope_errors_by_cause_total") == errors["total"], "causes")
    checks.that(total(samples, "icmpscope_errors_by_reporter_total") == errors["total"], "reporters")
    for verdict, count in errors["by_verdict"].items():
        told = total(samples, "icmpscope_errors_total", verdict=verdict)
        checks.that(told == count, "verdict:", verdict, count, told)
    for row in errors["by_reporter"]:
        told = total(samples, "icmpscope_errors_by_reporter_total", reporter=row["reporter"])
        wanted = row["count"] - 9 if row["count"] > 9 else 0  # nine count for the others
        checks.that(told == wanted, "reporter:", row, told)
    checks.that(total(samples, "icmpscope_flows_seen_total") == document["flows"]["seen"], "flows")
    checks.that(total(samples, "icmpscope_flows_active") > 0, "flows that are there")
    sent = sum(pair["sent"] for pair in document["echo"])
    replies = sum(pair["rtt"]["count"] for pair in document["echo"] if "rtt" in pair)
    checks.that(total(samples, "icmpscope_echo_requests_total") == sent, "echo requests")
    checks.that(total(samples, "icmpscope_echo_rtt_seconds_count") == replies, "echo replies", replies)
    checks.that(total(samples, "icmpscope_echo_rtt_seconds_bucket", le="+Inf") == replies, "+Inf")
    checks.that(abs(total(samples, "icmpscope_last_packet_timestamp_seconds") - 1795288779.415978) < 1,
                "the time of the last packet, as capinfos says it")


def check_histogram(samples):
    buckets = sorted((float(dict(labels)["le"]), value) for (name, labels), value in samples.items()
                     if name == "icmpscope_echo_rtt_seconds_bucket")
    counts = [count for _, count in buckets]
    checks.that(len(buckets) == 15 and counts == sorted(counts), "buckets:", buckets)


def check_growth(earlier, later):
    for key, value in earlier.items():
        if key[0].endswith(("_total", "_bucket", "_count", "_sum")):
            checks.that(later.get(key, -1) >= value, "fell:", key, value, later.get(key))


def check_promtool(*args, text=None):
    if not shutil.which("promtool"):
        print("no promtool: not asked about", args)
        return
    run = subprocess.run(["promtool", *args], input=text, capture_output=True, text=True,
                         check=False)
    checks.that(run.returncode == 0 and not (text and run.stderr), "promtool", args, run.stdout, run.stderr)


def test_scrape():
    document = json.loads(Run(["-j", TOUR]).out)
    command = Command("--metrics", "127.0.0.1:0")
    data = tour()
    empty = command.samples()
    command.feed(data[:len(data) // 2])
    until(lambda: total(command.samples(), "icmpscope_packets_total") > 0)
    half = command.samples()
    command.feed(data[len(data) // 2:])
    samples = command.until_packets(document["packets"], document["errors"]["total"])
    check_growth(empty, half)
    check_growth(half, samples)
    check_numbers(samples, document)
    check_messages(samples, document)
    check_tshark(samples)
    check_histogram(samples)
    check_promtool("check", "metrics", text=command.get()[2])
    checks.that(command.end() == 0, "the end")


# ---- HTTP --------------------------------------------------------------------------------------

def check_answers(command):
    status, headers, _ = command.get()
    checks.that(status == 200 and headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8",
                status, headers["Content-Type"])
    checks.that(command.get("/")[0] == 200 and "/metrics" in command.get("/")[2], "the first page")
    checks.that(command.get("/secret")[0] == 404, "404")
    checks.that(command.get("/metrics/../etc/passwd")[0] == 404, "404, too")
    status, headers, _ = command.get(method="POST")
    checks.that(status == 405 and headers["Allow"] == "GET, HEAD", "405")
    status, headers, text = command.get(method="HEAD")
    checks.that(status == 200 and int(headers["Content-Length"]) > 1000 and text == "", "HEAD")


def slow_client(command, request):
    place = urllib.parse.urlparse(command.url)
    client = socket.create_connection((place.hostname, place.port), timeout=PATIENCE_S)
    client.sendall(request)
    return client


def test_http():
    command = Command("--metrics", "0")
    data = tour()
    checks.that(command.url.startswith("http://127.0.0.1:"), "loopback by default:", command.url)
    command.feed(data[:len(data) // 2])
    until(lambda: total(command.samples(), "icmpscope_packets_total") > 0)
    check_answers(command)
    slow = slow_client(command, b"GET /metrics HTTP/1.1\r\nHost: a")
    began = time.monotonic()
    checks.that(command.get()[0] == 200, "another client")
    checks.that(time.monotonic() - began < 5, "it waited for a slow one")
    silent = slow_client(command, b"GET /metrics HTTP/1.0\r\n\r\n")  # never reads
    rude = slow_client(command, b"\0\xff" * 20000)
    command.feed(data[len(data) // 2:])
    document = json.loads(Run(["-j", TOUR]).out)
    command.until_packets(document["packets"], document["errors"]["total"])
    checks.that(command.process.poll() is None, "it runs on")
    for client in (slow, silent, rude):
        client.close()
    checks.that(command.end() == 0, "the end")


def test_as_many_as_there_may_be():
    """Silent clients take all places: packets are read on, and without haste."""
    with scratch() as folder:
        path = os.path.join(folder, "icmpscope.prom")
        command = Command("--metrics", "0", "--interval", "0.1", "--metrics-file", path)
        clients = [slow_client(command, b"GET / HTTP/1.1\r\n") for _ in range(12)]
        command.feed(tour())
        checks.that(until(lambda: os.path.exists(path) and "\nicmpscope_packets_total 420\n" in
                          open(path).read()), "packets were not read on")
        before, began = command.processor_s(), time.monotonic()
        time.sleep(2)
        used = (command.processor_s() - before) / (time.monotonic() - began)
        checks.that(used < 0.5, "it spins:", used)
        for client in clients:
            client.close()
        checks.that(command.get()[0] == 200, "places are free again")
        checks.that(command.end() == 0, "the end")


def test_addresses():
    for wrong in ("", "x", "70000", "127.0.0.1", "localhost:9123", "::1:9123", "[::1]", ":9123",
                  "[127.0.0.1]:9123", "1.2.3.4.5:1", "-1"):
        run = Run(["--metrics", wrong, TOUR])
        checks.that(run.status == USAGE and run.err.count(b"\n") == 1, wrong, run.status, run.err)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = Run(["--metrics", "%d" % taken.getsockname()[1], TOUR])
        checks.that(run.status == FAILED and run.err.count(b"\n") == 1 and
                    b"Address already in use" in run.err and run.out == b"", "in use:", run.err)
    if socket.has_ipv6 and os.path.exists("/proc/net/if_inet6"):
        command = Command("--metrics", "[::1]:0")
        checks.that(command.url.startswith("http://[::1]:"), command.url)
        checks.that(command.get()[0] == 200, "IPv6")
        command.end()


# ---- the file ----------------------------------------------------------------------------------

def test_file_is_always_whole():
    with scratch() as folder:
        path = os.path.join(folder, "icmpscope.prom")
        command = Command("--interval", "0.001", "--metrics-file", path)
        data = tour()
        checks.that(until(lambda: os.path.exists(path)), "there is none")
        texts = set()
        for i in range(0, len(data), 4096):
            command.feed(data[i:i + 4096])
            with open(path) as file:
                texts.add(file.read())
            time.sleep(0.03)
        for text in texts:
            checks.that(text.startswith("# HELP icmpscope_build_info ") and
                        re.search(r"\nicmpscope_uncounted_total \d+\n$", text), "a part:", text[-80:])
        checks.that(len(texts) > 2, "was not written anew:", len(texts))
        checks.that(command.end() == 0, "the end")
        checks.that(os.listdir(folder) == ["icmpscope.prom"], os.listdir(folder))
        checks.that(stat.S_IMODE(os.stat(path).st_mode) == 0o644, "mode")
        with open(path) as file:
            last = file.read()
        checks.that(total(parse(last), "icmpscope_packets_total") == 420, "at the end")
        check_promtool("check", "metrics", text=last)


def test_file_that_cannot_be_written():
    with scratch() as folder:
        run = Run(["--metrics-file", os.path.join(folder, "no", "such.prom"), TOUR])
        checks.that(run.status == FAILED and b"such.prom" in run.err and run.out, run.err)
        run = Run(["--metrics-file", os.path.join(folder, "same"), "-o", os.path.join(folder, "same"), TOUR])
        checks.that(run.status == USAGE, "one file for both:", run.err)
        run = Run(["--metrics-file", "/dev/full", TOUR])
        checks.that(run.status == FAILED and b"/dev/full" in run.err, run.err)


# ---- what stands around it ---------------------------------------------------------------------

def names_asked(text):
    return set(re.findall(r"\bicmpscope_\w+", text))


def test_doc():
    with scratch() as folder:
        path = os.path.join(folder, "m.prom")
        Run(["--metrics-file", path, TOUR])
        with open(path) as file:
            text = file.read()
    told = {name for name, _ in parse(text)} | set(re.findall(r"^# TYPE (\w+)", text, re.M))
    with open(os.path.join(DOC, "grafana-dashboard.json")) as file:
        board = json.load(file)
    asked = names_asked("\n".join(target["expr"] for panel in board["panels"]
                                  for target in panel.get("targets", [])))
    checks.that(len(board["panels"]) > 8 and len(asked) > 8, "a dashboard")
    for panel in board["panels"]:
        checks.that({"id", "type", "title", "gridPos"} <= set(panel), "a panel", panel.get("title"))
    with open(os.path.join(DOC, "alerts.yml")) as file:
        rules = file.read()
    ours = set(re.findall(r"^\s+expr: (.*(?:\n {10,}.*)*)", rules, re.M))
    checks.that(len(ours) > 5, "rules")
    for name in sorted(asked | names_asked("\n".join(ours))):
        checks.that(name in told, "asked for, and not told:", name)


def test_rules():
    check_promtool("check", "rules", os.path.join(DOC, "alerts.yml"))
    with scratch() as folder:  # what is tested is named by a path from there
        for name, place in (("alerts.yml", DOC), ("alerts-test.yml", os.path.dirname(__file__))):
            shutil.copy(os.path.join(place, name), folder)
        check_promtool("test", "rules", os.path.join(folder, "alerts-test.yml"))


def free_port():
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return any_port.getsockname()[1]


def ask(port, path):
    try:
        with urllib.request.urlopen("http://127.0.0.1:%d/api/v1/%s" % (port, path), timeout=10) as answer:
            return json.load(answer)["data"]
    except OSError:
        return None


def number_at(port, query):
    data = ask(port, "query?" + urllib.parse.urlencode({"query": query}))
    return float(data["result"][0]["value"][1]) if data and data["result"] else None


def check_prometheus(port):
    packets = until(lambda: number_at(port, "icmpscope_packets_total"))
    checks.that(packets == 420, "Prometheus has", packets, "packets")
    checks.that(number_at(port, "sum(icmpscope_errors_total)") == 83, "errors")
    checks.that(number_at(port, 'icmpscope_messages_total{family="ipv4",type="11",code="0"}') == 24,
                "time exceeded")
    checks.that(number_at(port, "histogram_quantile(0.5, icmpscope_echo_rtt_seconds_bucket)") is not None,
                "a quantile")
    targets = ask(port, "targets")["activeTargets"]
    checks.that([target["health"] for target in targets] == ["up"], targets)
    groups = ask(port, "rules")["groups"]
    checks.that(groups and groups[0]["rules"], "rules")


def test_prometheus():
    if not shutil.which("prometheus"):
        print("no prometheus: nobody scraped")
        return
    with scratch() as folder:
        command = Command("--metrics", "0")
        command.feed(tour())
        command.until_packets(420, 83)
        config = os.path.join(folder, "prometheus.yml")
        with open(config, "w") as file:
            json.dump({"global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                       "rule_files": [os.path.abspath(os.path.join(DOC, "alerts.yml"))],
                       "scrape_configs": [{"job_name": "icmpscope", "static_configs":
                                           [{"targets": [urllib.parse.urlparse(command.url).netloc]}]}]}, file)
        port = free_port()
        with open(os.path.join(folder, "log"), "wb") as log:
            server = subprocess.Popen(["prometheus", "--config.file", config, "--storage.tsdb.path",
                                       os.path.join(folder, "data"), "--web.listen-address",
                                       "127.0.0.1:%d" % port], stdout=log, stderr=log)
        try:
            check_prometheus(port)
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE_S)
        checks.that(command.end() == 0, "the end")


def serves():
    return b"libmicrohttpd" not in Run(["--metrics", "0", TOUR]).err


test_file_is_always_whole()
test_file_that_cannot_be_written()
test_doc()
test_rules()
if serves():
    test_scrape()
    test_http()
    test_as_many_as_there_may_be()
    test_addresses()
    test_prometheus()
else:
    print("built without libmicrohttpd: nothing was scraped")
checks.finish()

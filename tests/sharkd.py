"""What Wireshark says of captures, by its sharkd: a tshark for each takes a third of a second to
start. It frees little of a capture before the next: so many at a time, of 12 MB each and more."""

import json
import os
import shutil
import subprocess
import tempfile

AT_A_TIME = 30
LOAD, FIRST = 1, 2  # ids of requests: to load any, and for the frames of the first


def available():
    return shutil.which("sharkd") is not None


def request(number, method, **params):
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}) + "\n"


def ask(paths, home):
    """The frames of each. The answer to "load" is missing where a capture ends in the middle of a
    packet, and says nothing elsewhere."""
    requests = ""
    for number, path in enumerate(paths, FIRST):
        requests += request(LOAD, "load", file=path) + request(number, "frames")
    done = subprocess.run(["sharkd", "-"], input=requests.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True,
                          env=dict(os.environ, WIRESHARK_CONFIG_DIR=home))
    answers = [json.loads(line) for line in done.stdout.decode(errors="replace").splitlines()]
    results = {answer["id"]: answer["result"] for answer in answers}
    return [results[number] for number in range(FIRST, FIRST + len(paths))]


def preferences(fields, more):
    """Columns are the fields, all values of each, and not the names that these have."""
    columns = ('"%s", "%%Cus:%s:0:U"' % (field, field) for field in fields)
    lines = ["gui.column.format: " + ", ".join(columns)]
    return "".join(line + "\n" for line in lines + ["%s: %s" % pair for pair in more.items()])


def frames(paths, fields, more=()):
    """(path, [{field: text} of each frame]) of each; of a field with several values these stand with
    commas between them. `more` are preferences, as for tshark -o."""
    with tempfile.TemporaryDirectory(prefix="icmpscope-test-") as home:
        with open(os.path.join(home, "preferences"), "w", encoding="utf-8") as file:
            file.write(preferences(fields, dict(more)))
        for start in range(0, len(paths), AT_A_TIME):
            some = paths[start:start + AT_A_TIME]
            for path, told in zip(some, ask(some, home)):
                yield path, [dict(zip(fields, frame["c"])) for frame in told]

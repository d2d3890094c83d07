"""Counts how verdicts compare with what is wanted of them, and prints it."""

from collections import Counter

VERDICTS = ("exact", "flow", "reverse", "nat", "fragment", "unmatched", "unkeyed", "none")
EXAMPLES = 5
RECALL_MIN = {"exact": 0.95, "flow": 0.9, "reverse": 0.99, "fragment": 0.9, "unmatched": 0.99,
              "unkeyed": 0.99}
# A fault that is known, and does not fail the test: where ports are used again and the capture has
# the answer in front of the new SYN, that is taken for one to the old connection, which then has only
# its direction.
NOT_YET = {"reverse said of exact", "reverse said of flow"}


class Tally:
    def __init__(self, seed):
        self.seed = seed
        self.matrix = Counter()      # (best, said)
        self.allowed = Counter()     # the same, of those that are allowed though not best
        self.untellable = Counter()  # said, where nothing captured tells
        self.notes = Counter()       # (scene, best, said is best)
        self.sequence = Counter()    # (wanted, said), of forged segments
        self.faults = Counter()
        self.examples = {}

    def fault(self, name, error, detail):
        self.faults[name] += 1
        shown = self.examples.setdefault(name, [])
        if len(shown) < EXAMPLES:
            shown.append("seed %s frame %s (%s): %s" % (self.seed, error.frame, error.note, detail))

    def add(self, error, wanted, match):
        if match is None:
            self.matrix[wanted.best, "none"] += 1
            if "none" not in wanted.verdicts:
                self.fault("no record", error, "wanted %s" % wanted.best)
            return
        said = match["verdict"]
        if wanted.untellable:
            self.untellable[said] += 1
        else:
            self.matrix[wanted.best, said] += 1
            self.notes[error.note, wanted.best, said == wanted.best] += 1
        if said not in wanted.verdicts:
            self.fault("%s said of %s" % (said, wanted.best), error, match)
        elif said != wanted.best and not wanted.untellable:
            self.allowed[wanted.best, said] += 1
            self.examples.setdefault("%s for %s" % (said, wanted.best), [])
            shown = self.examples["%s for %s" % (said, wanted.best)]
            if len(shown) < EXAMPLES:
                shown.append("seed %s frame %s (%s): %s" % (self.seed, error.frame, error.note,
                                                            match))
        self.check_frame(error, wanted, match)
        self.check_anomalies(error, match)
        self.check_sequence(error, match)
        self.check_rewritten(error, wanted, match)

    def check_anomalies(self, error, match):
        told = set(match.get("anomalies", ()))
        if ("seq_out_of_window" in told) != (match.get("seq_check") == "out_of_window"):
            self.fault("seq_out_of_window is not seq_check", error, match)
        for name in error.must - told:
            self.fault("missing %s" % name, error, match)
        for name in told - error.must - error.may - {"seq_out_of_window"}:
            self.fault("extra %s" % name, error, match)

    def check_sequence(self, error, match):
        """Of no segment that was captured is it said that it was not in flight."""
        said = match.get("seq_check")
        early = not error.cause.frames or error.cause.frames[0][0] > error.frame
        if said == "out_of_window" and not error.forged and not early:
            self.fault("out_of_window of what was sent", error, match)
        if error.sequence is not None:
            self.sequence[error.sequence, said] += 1
            if said == "in_window":
                self.fault("in_window of what is far off", error, match)

    def check_rewritten(self, error, wanted, match):
        if match["verdict"] not in ("exact", "nat") or match.get("pcap_cnt") not in wanted.frames:
            return
        told = {item["field"] for item in match.get("rewritten", ())}
        for name in error.changed - told:
            self.fault("rewritten: missing %s" % name, error, match)
        summed = {"udp_checksum", "tcp_checksum"} if match["verdict"] == "nat" else set()
        for name in told - error.changed - summed:
            self.fault("rewritten: extra %s" % name, error, match)

    def check_frame(self, error, wanted, match):
        frame, said = match.get("pcap_cnt"), match["verdict"]
        if said == "exact" and frame not in wanted.frames and said in wanted.verdicts:
            self.fault("wrong frame", error, "%s not in %s" % (match, sorted(wanted.frames)))
        if frame is None or frame not in wanted.frames:
            return
        lapse = error.time - wanted.frames[frame]
        rtt = match.get("rtt_us")
        if rtt is not None and abs(rtt - lapse / 1000) > 1 or rtt is None and lapse > 0:
            self.fault("wrong rtt_us", error, "%s, %d ns" % (match, lapse))
        if match.get("candidates", 0) > (wanted.most or 0):
            self.fault("too many candidates", error, match)

    def unexpected(self, said):
        for frame, match in said.items():
            self.faults["record of no error"] += 1
            self.examples.setdefault("record of no error", []).append(
                "seed %s frame %d: %s" % (self.seed, frame, match))

    def merge(self, other):
        for name in ("matrix", "allowed", "untellable", "notes", "sequence", "faults"):
            getattr(self, name).update(getattr(other, name))
        for name, shown in other.examples.items():
            mine = self.examples.setdefault(name, [])
            mine += shown[:EXAMPLES - len(mine)]

    # ---- what comes out ----

    def recall(self, verdict):
        total = sum(count for (best, said), count in self.matrix.items()
                    if best == verdict and said != "none")
        return (self.matrix[verdict, verdict] / total if total else None), total

    def precision(self):
        """Of `exact`: that its packet is the one. Untellable ones are left out."""
        said = sum(count for (_, one), count in self.matrix.items() if one == "exact")
        wrong = self.faults["wrong frame"] + sum(
            count for name, count in self.faults.items() if name.startswith("exact said of"))
        return (said - wrong) / said if said else None, said, wrong

    def show(self):
        print("truth \\ said" + "".join("%11s" % name for name in VERDICTS))
        for best in VERDICTS[:-1]:
            row = "".join("%11d" % self.matrix[best, said] for said in VERDICTS)
            print("%-12s%s" % (best, row))
        print("untellable  " + "".join("%11d" % self.untellable[said] for said in VERDICTS))
        print("errors: %d" % (sum(self.matrix.values()) + sum(self.untellable.values())))
        print("exact: precision %s of %d, %d wrong" % self.precision())
        for best in VERDICTS[:-1]:
            print("%s: recall %s of %d" % (best, *self.recall(best)))
        for (best, said), count in sorted(self.sequence.items(), key=str):
            print("seq_check of what was forged far off: %s %d" % (said, count))
        for note in sorted({note for note, _, _ in self.notes}):
            rows = []
            for best in VERDICTS[:-1]:
                right, missed = self.notes[note, best, True], self.notes[note, best, False]
                if right + missed:
                    rows.append("%s %d/%d" % (best, right, right + missed))
            print("  %-12s %s" % (note, ", ".join(rows)))
        for name, shown in sorted(self.examples.items()):
            print("%s %s" % ("FAULT" if name in self.faults else "note", name), "x",
                  self.faults[name] or "", sep=" ")
            for line in shown:
                print("   ", line)

    def status(self):
        low = [best for best, least in RECALL_MIN.items()
               if (self.recall(best)[0] or 1) < least]
        for best in low:
            print("recall of %s is below %s" % (best, RECALL_MIN[best]))
        faults = sum(count for name, count in self.faults.items() if name not in NOT_YET)
        return 1 if low or faults or not self.matrix else 0

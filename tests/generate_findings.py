"""All captures of findings: what must be found in each, and what must not.

captures() yields (file name, bytes, truth): generate_findings_story.py says of what it consists."""

import generate_findings_echo
import generate_findings_errors
import generate_findings_forged
import generate_findings_fragments
import generate_findings_nd
import generate_findings_ordinary
import generate_findings_paths
import generate_findings_pmtu
import generate_findings_quotes
import generate_findings_scans
import generate_findings_story
from generate_packets import ETHERNET, NULL

STORIES = (generate_findings_echo, generate_findings_errors, generate_findings_forged,
           generate_findings_fragments, generate_findings_nd, generate_findings_ordinary,
           generate_findings_paths, generate_findings_pmtu, generate_findings_quotes,
           generate_findings_scans)

LINK_TYPES = {"errors-on-loopback.pcap": NULL}


def captures():
    names = set()
    for name, story in generate_findings_story.stories():
        assert name not in names, name
        names.add(name)
        yield name, story.pcap(LINK_TYPES.get(name, ETHERNET)), story.expected()

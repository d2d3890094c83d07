# Routes traced. What the programs printed is kept beside the captures. Sourced by pcaps/make.
twins="$twins hops hops-mtr hops-paris hops-balanced hops-silent loop"

# The drawing, with wires that take their time, so that each hop's is another; nobody there limits
# its errors. The server has addresses from .80 to .87, so that each program has one of its own.
slow_internet() {
    wires='r1-r2 delay=3
        r2-r3 delay=8
        r3-r4 delay=5
        r4-server delay=2'
    internet
    for number in 2 3 4 5 6 7; do
        echo "server eth0 203.0.113.8$number/24 2001:db8:80::8$number/64"
    done | addresses
    for node in r1 r2 r3 r4 server; do
        on $node sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
    done
    other=${server%0}
}

# One way of tracing after the other.
scene_hops() {
    needs busybox nmap
    slow_internet
    sink 80
    capture host eth0 "$file" "$quiet"
    tell host traceroute -$family -n ${other}0
    tell host traceroute -$family -n -U ${other}1
    tell host traceroute -$family -n -T -p 80 ${other}2
    tell host traceroute -$family -n -I ${other}3
    tell host tracepath -$family -n ${other}4
    tell host busybox "traceroute$(echo $family | tr -d 4)" -n ${other}5
    tell host nmap -$family -n -sn -PE --traceroute ${other}6
    captured
    expect "$file" 65 "$(icmp_is 11 0 3 0)"
}

# The same hops several times over.
scene_hops_mtr() {
    needs mtr
    slow_internet
    sink 80
    capture host eth0 "$file" "$quiet"
    tell host mtr -$family -n -l -c 4 -i 1 -G 1 ${other}0
    tell host mtr -$family -n -r -c 4 -i 1 -G 1 ${other}1
    tell host mtr -$family -n -l -c 4 -i 1 -G 1 -u ${other}2
    tell host mtr -$family -n -r -c 4 -i 1 -G 1 -T -P 80 ${other}3
    captured
    expect "$file" 64 "$(icmp_is 11 0 3 0)"
}

# Paris: what balances load sees one flow only. Dublin: several such flows.
scene_hops_paris() {
    needs scamper
    slow_internet
    sink 80
    capture host eth0 "$file" "$quiet"
    tell host scamper -I "trace -P udp-paris -q 2 ${other}0"
    tell host scamper -I "trace -P icmp-paris -q 2 ${other}1"
    tell host scamper -I "trace -P tcp -d 80 ${other}2"
    if [ $family = 4 ] && command -v dublin-traceroute >/dev/null; then
        tell host dublin-traceroute -n 3 -T 8 -D 20 ${other}3
    fi
    captured
    expect "$file" 12 "$(icmp_is 11 0 3 0)"
}

# r1 shares what goes to the server between r2 and r5, by ports. traceroute takes a router that
# answers much later than another at the same hop for silent, unless it is told how long to wait.
scene_hops_balanced() {
    needs mtr scamper
    slow_internet
    second_way
    capture host eth0 "$file" "$quiet"
    tell host traceroute -$family -n -w 1 -q 8 ${other}0
    tell host mtr -$family -n -l -c 6 -i 0.3 -G 1 -u ${other}1
    tell host scamper -I "trace -P udp-paris -q 3 ${other}2"
    tell host traceroute -$family -n -w 1 -I ${other}3
    captured
    second=198.51.100.18
    [ $family = 4 ] || second=2001:db8:15::5
    expect "$file" 2 "src host $second and $(icmp_is 11 0 3 0)"
    expect "$file" 2 "src host ${outside%1}2 and $(icmp_is 11 0 3 0)"
}

second_way() {
    node r5
    on r5 sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
    cable r1 other r5 left 80
    cable r5 right r3 other 81
    addresses <<END
r1 other 198.51.100.17/30 2001:db8:15::1/64 fe80::1
r5 left 198.51.100.18/30 2001:db8:15::5/64 fe80::5
r5 right 198.51.100.21/30 2001:db8:53::5/64 fe80::5
r3 other 198.51.100.22/30 2001:db8:53::3/64 fe80::3
END
    routes <<END
r5 default 198.51.100.22
r5 default fe80::3 right
r5 192.168.1.0/24 198.51.100.17
r5 2001:db8:1::/64 fe80::1 left
END
    on r1 sysctl -qw net.ipv4.fib_multipath_hash_policy=1 net.ipv6.fib_multipath_hash_policy=1
    ip -n "$net-r1" route replace default nexthop via 198.51.100.2 nexthop via 198.51.100.18
    ip -n "$net-r1" route del default via fe80::2 dev right
    ip -n "$net-r1" -6 route add default nexthop via fe80::2 dev right \
        nexthop via fe80::5 dev other
    hears host $server
}

# r2 says nothing, r3 every other time, and what goes to some addresses does not arrive: filtered at
# the server without a word or at r3 with one, or not there at all.
scene_hops_silent() {
    slow_internet
    sink 80
    on r2 nft -f - <<END
table inet silent {
    chain output {
        type filter hook output priority 0
        icmp type time-exceeded drop
        icmpv6 type time-exceeded drop
    }
}
END
    on r3 nft -f - <<END
table inet silent {
    chain output {
        type filter hook output priority 0
        icmp type time-exceeded numgen inc mod 2 0 drop
        icmpv6 type time-exceeded numgen inc mod 2 0 drop
    }
    chain forward {
        type filter hook forward priority 0
        ip daddr 203.0.113.82 reject with icmpx type admin-prohibited
        ip6 daddr 2001:db8:80::82 reject with icmpx type admin-prohibited
    }
}
END
    on server nft -f - <<END
table inet silent {
    chain input {
        type filter hook input priority 0
        ip daddr 203.0.113.81 drop
        ip6 daddr 2001:db8:80::81 drop
    }
}
END
    capture host eth0 "$file" "$quiet"
    tell host traceroute -$family -n -w 0.5 ${other}0
    tell host traceroute -$family -n -w 0.5 -q 2 -m 9 ${other}1
    tell host traceroute -$family -n -w 0.5 ${other}2
    tell host traceroute -$family -n -w 0.5 -I -q 4 ${other}3
    tell host traceroute -$family -n -w 0.5 -T -p 80 ${other}4
    tell host traceroute -$family -n -w 4 -q 1 -m 8 $absent
    captured
    expect "$file" 20 "$(icmp_is 11 0 3 0)"
    expect "$file" 2 "$(icmp_is 3 13 1 1)"
}

# r4 sends what it has no better route for back to r3, from which it came; seen at the host, and
# between those two, where each packet passes tens of times.
scene_loop() {
    internet
    for node in r3 r4; do
        on $node sysctl -qw net.ipv4.conf.all.send_redirects=0 \
            net.ipv4.conf.left.send_redirects=0 net.ipv4.conf.right.send_redirects=0
    done
    routes <<END
r4 198.18.0.0/15 198.51.100.9
r4 2001:db8:ffff::/48 fe80::3 left
END
    capture host eth0 "$file" "$quiet"
    capture r3 right "$scene-between.pcap" -s 128 "$quiet"
    say "$socat_nowhere:5000" 1
    call "$socat_nowhere:80"
    tell host ping -n -c 2 -i 0.5 -W 1 $nowhere
    tell host traceroute -$family -n -w 0.5 -q 1 -m 12 $nowhere
    captured
    expect "$file" 10 "$(icmp_is 11 0 3 0)"
    expect "$scene-between.pcap" 100 "udp"
}

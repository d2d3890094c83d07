# Pings of all sorts. What the programs printed is kept beside the captures. Sourced by pcaps/make.
twins="$twins ping-rough ping-many ping-programs ping-sweep"
singles="$singles ping-flood host-sweep"

# Losses alone and in a row, of requests and of replies; replies of which there are two; late ones;
# one that comes back with another payload.
scene_ping_rough() {
    wires='r4-server delay=8'
    internet
    rewire r4-server delay=8 jitter=6 lose=east:3,11-13,21-25 lose=west:22 double=west:6,7 \
        double=east:16 late=west:26,27 spoil=west:9
    capture host eth0 "$file" "$quiet"
    tell host ping -n -c 40 -i 0.05 -W 1 $server
    rewire r4-server delay=3 lose=east:5
    tell host ping -n -D -c 6 -i 0.2 -W 1 -s 16 ${server%0}1
    rewire r4-server delay=3 jitter=2 lose=east:8-10 double=west:4
    tell host ping -n -q -c 20 -i 0.02 -W 1 $server
    tell host ping -n -A -c 5 -W 1 ${server%0}1
    rewire r4-server delay=2 lose=east:1-9
    tell host ping -n -c 3 -i 0.3 -W 1 $server
    captured
    expect "$file" 70 "$(icmp_is 8 0 128 0)"
    expect "$file" 55 "$(icmp_is 0 0 129 0)"
}

# Many answer one request: it goes to all hosts of the link.
scene_ping_many() {
    internet
    crowd 5
    capture host eth0 "$file" "$(with_neighbours)"
    if [ $family = 6 ]; then
        tell host ping -n -c 3 -i 0.5 -W 1 ff02::1%eth0
    else
        tell host ping -n -b -c 3 -i 0.5 -W 1 192.168.1.255
        tell host ping -n -c 2 -i 0.5 -W 1 224.0.0.1
    fi
    tell host ping -n -c 2 -i 0.5 -W 1 $box
    captured
    expect "$file" 20 "$(icmp_is 0 0 129 0)"
}

# crowd COUNT: so many more hosts on the host's link; all there answer pings to everybody.
crowd() {
    number=1
    while [ $number -le "$1" ]; do
        node "crowd$number"
        end_host "crowd$number"
        cable "crowd$number" eth0 lan "crowd$number" $((64 + number))
        ip -n "$net-lan" link set "crowd$number" master bridge
        addresses <<END
crowd$number eth0 192.168.1.20$number/24 2001:db8:1::20$number/64 fe80::20$number
END
        everybody="$everybody crowd$number"
        number=$((number + 1))
    done
    for node in box r1 rb $everybody; do
        on "$node" sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0
    done
}
everybody=

# One program after the other, each to an address of its own at the box.
scene_ping_programs() {
    needs fping busybox hping3 nping nmap oping scamper
    internet
    for number in 1 2 3 4 5 6 7 8 9; do
        echo "box eth0 192.168.1.12$number/24 2001:db8:1::12$number/64"
        echo "box eth0 192.168.1.13$number/24 2001:db8:1::13$number/64"
    done | addresses
    of_it=${box%105}
    capture host eth0 "$file" "$quiet"
    tell host ping -n -c 2 -i 0.3 "${of_it}121"
    tell host ping -n -c 2 -i 0.3 -s 8 "${of_it}122"
    tell host ping -n -c 2 -i 0.3 -p c0ffee "${of_it}123"
    tell host ping -n -c 1 -s 1372 "${of_it}124"
    tell host fping -C 2 -p 300 "${of_it}125"
    tell host fping -C 2 -p 300 -b 100 "${of_it}126"
    tell host busybox ping -c 2 "${of_it}127"
    tell host oping -c 2 -i 0.3 "${of_it}128"
    tell host scamper -I "ping -c 2 ${of_it}129"
    if [ $family = 4 ]; then
        tell host nping --icmp -c 2 --delay 300ms "${of_it}131"
        tell host nping --icmp -c 2 --delay 300ms --data-length 32 "${of_it}132"
        tell host nmap -n -sn -PE --send-ip --disable-arp-ping "${of_it}133"
        tell host hping3 -1 -n -c 2 -i u300000 "${of_it}134"
        tell host hping3 -1 -n -c 2 -i u300000 -d 40 "${of_it}135"
    else
        tell host nmap -6 -n -sn -PE --send-ip "${of_it}133"
    fi
    captured
    expect "$file" 14 "$(icmp_is 0 0 129 0)"
}

# For the path MTU, by hand: don't fragment, growing. What the router says is forgotten each time,
# so that there is an answer or a refusal to each. About the second address it says nothing.
scene_ping_sweep() {
    internet
    on r3 sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
    on r3 nft -f - <<END
table inet silent {
    chain output {
        type filter hook output priority 0
        icmp type destination-unreachable icmp code frag-needed @th,192,32 0xcb007151 drop
        icmpv6 type packet-too-big @th,256,128 0x20010db8008000000000000000000081 drop
    }
}
END
    capture host eth0 "$file" -s 128 "$quiet"
    for size in 1300 1340 1348 1352 1356 1364 1372 1376 1380 1400 1440 1452; do
        tell host ping -n -c 1 -W 1 -M do -s $size $server
        on host ip -$family route flush cache
    done
    for size in 1200 1300 1340 1352 1356 1372 1376 1400 1452; do
        tell host ping -n -c 1 -W 0.3 -M do -s $size ${server%0}1
        on host ip -$family route flush cache
    done
    captured
    expect "$file" 5 "$(icmp_is 3 4 2 0)"
    expect "$file" 8 "$(icmp_is 0 0 129 0)"
}

scene_ping_flood() {
    internet
    capture host eth0 "$file" -s 64 "$quiet"
    tell host ping -n -q -f -c 300 $box
    captured
    expect "$file" 300 "$(icmp_is 8 0 128 0)"
}

# Who is there? Half of a /24, of which two answer.
scene_host_sweep() {
    needs fping
    internet
    capture host eth0 "$file" "$quiet"
    tell host fping -q -a -r 0 -i 10 -t 300 -g 203.0.113.65 203.0.113.190
    captured
    expect "$file" 126 "$(icmp_is 8 0 128 0)"
    expect "$file" 2 "$(icmp_is 0 0 129 0)"
}

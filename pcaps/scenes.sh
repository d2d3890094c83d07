# What is captured: a function a scene, most of them for both families. Sourced by pcaps/make, as
# are scenes-*.sh, which add their names to these: with a twin for IPv6, such as ping6-rough, and
# without.
twins=
singles=

scene_names() {
    for name in tftp ping traceroute-udp traceroute-tcp traceroute-icmp pmtu-tcp pmtu-blackhole \
        redirect unreachable fragments nat nat-stateless; do
        case $name in
        tftp | ping | redirect | unreachable | fragments | nat) echo "$name" "${name}6" ;;
        nat-*) echo "$name" "nat6-${name#nat-}" ;;
        traceroute-*) echo "$name" "traceroute6-${name#traceroute-}" ;;
        pmtu-*) echo "$name" "pmtu6-${name#pmtu-}" ;;
        esac
    done | tr ' ' '\n'
    printf '%s\n' timestamp two-interfaces two-links vlan any snaplen tour
    for name in $twins; do
        first=${name%%-*}
        printf '%s\n' "$name" "${first}6${name#"$first"}"
    done
    printf '%s\n' $singles
}

# The names that end in 6, or whose first word does, are the IPv6 twins.
scene() {
    scene=$1
    file=$1.pcap
    case $1 in
    *6 | *6-*) use_ipv6 ;;
    *) use_ipv4 ;;
    esac
    "scene_$(echo "$1" | tr -d 6 | tr - _)"
}

use_ipv4() {
    family=4
    host=192.168.1.114 box=192.168.1.105 nobody=192.168.1.99 server=203.0.113.80 far=192.0.2.10
    outside=198.51.100.1 absent=203.0.113.99 nowhere=198.18.0.1
    socat_box=$box socat_server=$server socat_other=${server%0}1 socat_far=$far
    socat_absent=$absent socat_nowhere=$nowhere quiet=ip
}

use_ipv6() {
    family=6
    host=2001:db8:1::114 box=2001:db8:1::105 nobody=2001:db8:1::99 far=2001:db8:2::10
    server=2001:db8:80::80 outside=2001:db8:12::1 absent=2001:db8:80::99
    nowhere=2001:db8:ffff::1
    socat_box=[$box] socat_server=[$server] socat_other=[${server%0}1] socat_far=[$far]
    socat_absent=[$absent] socat_nowhere=[$nowhere]
    quiet='ip6 and ip6[6] != 0 and not (ip6[6] = 58 and ip6[40] > 129 and ip6[40] < 144)'
}

# With multicast listener reports left out, which come with a hop-by-hop header.
with_neighbours() {
    if [ $family = 6 ]; then echo 'ip6 and ip6[6] != 0'; else echo 'ip or arp'; fi
}

# Of an IPv4 type and code, or the IPv6 ones of the same meaning.
icmp_is() {
    if [ $family = 6 ]; then
        echo "ip6[6] = 58 and ip6[40] = $3 and ip6[41] = $4"
    else
        echo "icmp[0] = $1 and icmp[1] = $2"
    fi
}

scene_tftp() {
    internet
    capture host eth0 "$file" "$quiet"
    client host timeout --foreground 40 tftp -$family -m binary $box 8000 -c get file
    captured
    expect "$file" 5 "$(icmp_is 3 3 1 4)"
}

# In turn: answered, large, the second of four lost on the way, a host that is not there behind a
# router, and one that is not there on the same link.
scene_ping() {
    internet
    lose_second_request
    on host ip -$family neighbour flush dev eth0
    capture host eth0 "$file" "$(with_neighbours)"
    client host ping -n -c 2 -i 0.5 $box
    client host ping -n -c 2 -i 0.5 -s 1200 $server
    client host ping -n -c 4 -i 0.5 -W 1 -p c0ffee ${server%0}1
    client host ping -n -c 3 -i 0.5 -W 4 $absent
    client host ping -n -c 2 -i 0.5 -W 4 $nobody
    captured
    expect "$file" 1 "$(icmp_is 3 1 1 3)"
    expect "$file" 11 "$(icmp_is 8 0 128 0)"
}

# At the server's second address.
lose_second_request() {
    on server nft -f - <<END
table inet lossy {
    chain input {
        type filter hook input priority 0
        ip daddr 203.0.113.81 icmp type echo-request icmp sequence 2 drop
        ip6 daddr 2001:db8:80::81 icmpv6 type echo-request icmpv6 sequence 2 drop
    }
}
END
}

scene_traceroute_udp() {
    trace_route
}

scene_traceroute_tcp() {
    trace_route -T -p 80
}

scene_traceroute_icmp() {
    trace_route -I
}

trace_route() {
    internet
    sink 80
    capture host eth0 "$file" "$quiet"
    client host timeout --foreground 40 traceroute -$family -n "$@" $server
    captured
    expect "$file" 12 "$(icmp_is 11 0 3 0)"
}

# Linux sends as much as fits the network's 1500 bytes, and is told 1400 by r3.
scene_pmtu_tcp() {
    internet
    sink 9000
    capture host eth0 "$file" -s 128 "$quiet"
    upload "$socat_server" 200000 30
    captured
    expect "$file" 1 "$(icmp_is 3 4 2 0)"
    expect "$file" 100 "tcp and greater 1300 and less 1414"
}

# r3's word that the packets are too big is dropped before it leaves.
scene_pmtu_blackhole() {
    internet
    sink 9000
    on r3 nft -f - <<END
table inet silent {
    chain output {
        type filter hook output priority 0
        icmp type destination-unreachable icmp code frag-needed drop
        icmpv6 type packet-too-big drop
    }
}
END
    capture host eth0 "$file" -s 128 "$quiet"
    upload "$socat_server" 200000 15
    captured
    expect "$file" 8 "tcp and greater 1414"
}

# sink PORT: a server there that takes what it is sent.
sink() {
    case $family in
    4) serve server "$1" -u "TCP4-LISTEN:$1,fork,reuseaddr" OPEN:/dev/null ;;
    6) serve server "$1" -u "TCP6-LISTEN:$1,fork,reuseaddr,ipv6only=1" OPEN:/dev/null ;;
    esac
}

# upload ADDRESS BYTES SECONDS: to the server's port 9000, given up after so many seconds.
upload() {
    head -c "$2" /dev/zero >"$work/data"
    client host timeout --foreground "$3" socat -u "OPEN:$work/data" "TCP$family:$1:9000"
}

# r1 and rb are on the host's link; r1 is its default gateway, and rb the better one for this.
scene_redirect() {
    internet
    capture host eth0 "$file" "$(with_neighbours)"
    client host ping -n -c 5 -i 0.5 $far
    say "$socat_far:7"
    captured
    expect "$file" 1 "$(icmp_is 5 1 137 0)"
}

# All sorts of refusals, to UDP and to TCP: by the server, by r4 for a host that is not there and a
# network it has no route to, and by r3's packet filter.
scene_unreachable() {
    internet
    packet_filter
    capture host eth0 "$file" "$quiet"
    say "$socat_server:9"
    say "$socat_server:161"
    call "$socat_server:23"
    say "$socat_server:162"
    call "$socat_server:24"
    call "$socat_server:25"
    say "$socat_nowhere:5000"
    call "$socat_nowhere:80"
    say "$socat_absent:5000" &
    call "$socat_absent:80"
    wait $!
    say_protocol "$socat_server:253"
    captured
    expect "$file" 1 "$(icmp_is 3 0 1 0)"
    expect "$file" 2 "$(icmp_is 3 1 1 3)"
    expect "$file" 1 "$(icmp_is 3 2 4 1)"
    expect "$file" 1 "$(icmp_is 3 3 1 4)"
    expect "$file" 2 "$(icmp_is 3 13 1 1)"
}

# Ports 161 and 23 are prohibited, 162 and 24 too in other words, 25 is met with a reset.
packet_filter() {
    on r3 nft -f - <<END
table inet filter {
    chain forward {
        type filter hook forward priority 0
        meta l4proto { tcp, udp } th dport { 23, 161 } reject with icmpx type admin-prohibited
        meta nfproto ipv4 udp dport 162 reject with icmp type host-prohibited
        meta nfproto ipv4 tcp dport 24 reject with icmp type net-prohibited
        meta nfproto ipv6 udp dport 162 reject with icmpv6 type policy-fail
        meta nfproto ipv6 tcp dport 24 reject with icmpv6 type reject-route
        tcp dport 25 reject with tcp reset
    }
}
END
}

# say ADDRESS:PORT [SECONDS], call ADDRESS:PORT, say_protocol ADDRESS:PROTOCOL: a datagram that
# waits for its answer; a connection; a datagram of a protocol that nobody speaks.
say() {
    client host sh -c "echo hello | timeout --foreground 6 socat -t ${2:-4} - UDP$family:$1"
}

call() {
    client host timeout --foreground 8 socat -u OPEN:/dev/null "TCP$family:$1"
}

say_protocol() {
    client host sh -c "echo hello | timeout --foreground 6 socat -t 0.5 - IP$family-SENDTO:$1"
}

# To a closed port in three fragments, and to another address of the same host, which loses the last
# fragment and gives up after 2 s (instead of the usual 30).
scene_fragments() {
    internet
    printf '%s\n' 'box eth0 192.168.1.106/24 2001:db8:1::106/64' | addresses
    on box sysctl -qw net.ipv4.ipfrag_time=2 net.ipv6.ip6frag_time=2
    lose_last_fragment
    head -c 3000 /dev/zero >"$work/data"
    capture host eth0 "$file" "$quiet"
    send_data "$socat_box"
    send_data "$(echo "$socat_box" | sed s/105/106/)"
    sleep 3
    captured
    expect "$file" 1 "$(icmp_is 3 3 1 4)"
    expect "$file" 1 "$(icmp_is 11 1 3 1)"
}

# The third fragment starts at byte 2960 (IPv4) or 2896 (IPv6), in units of eight.
lose_last_fragment() {
    on box nft -f - <<END
table inet lossy {
    chain prerouting {
        type filter hook prerouting priority -450
        ip daddr 192.168.1.106 ip frag-off & 0x1fff == 370 drop
        ip6 daddr 2001:db8:1::106 frag frag-off 362 drop
    }
}
END
}

send_data() {
    client host timeout --foreground 4 socat -u -b 4000 "OPEN:$work/data" "UDP$family:$1:9"
}

# Three requests to the server, and one to r1.
scene_timestamp() {
    internet
    capture host eth0 "$file" "$quiet"
    client host "$here/stamp" $server 3
    client host "$here/stamp" 192.168.1.1 1
    captured
    expect "$file" 4 "icmp[0] = 14"
}

# r1 forwards: everything is seen twice, with the TTL one less the second time.
scene_two_interfaces() {
    internet
    packet_filter
    watch r1 'eth0 right' "$scene.pcapng" "$quiet"
    capture r1 eth0 left.pcap "$quiet"
    capture r1 right right.pcap "$quiet"
    forwarded_traffic
    captured
    joined left.pcap right.pcap
}

# The same by different link types: Ethernet at the host, Linux cooked v2 at r1.
scene_two_links() {
    internet
    packet_filter
    capture host eth0 left.pcap "$quiet"
    capture r1 any right.pcap "$quiet"
    forwarded_traffic
    captured
    joined left.pcap right.pcap
}

forwarded_traffic() {
    client host ping -n -c 2 -i 0.5 $server
    say "$socat_server:9"
    say "$socat_server:9"
    call "$socat_server:23"
    client host ping -n -c 1 -t 3 -W 1 $server
}

joined() {
    expect "$1" 3 "icmp[0] = 3"
    expect "$2" 3 "icmp[0] = 3"
    (cd "$work/out" && mergecap -I none -F pcapng -w "$scene.pcapng" "$1" "$2")
    [ -n "${PCAPS_WATCH:-}" ] || (cd "$work/out" && rm "$1" "$2")
}

# "any" at a router that translates: each packet is seen before and after it.
scene_any() {
    internet
    on r1 nft -f - <<END
table ip translation {
    chain postrouting {
        type nat hook postrouting priority 100
        oifname right masquerade
    }
}
END
    capture r1 any "$file" "$quiet"
    forwarded_traffic
    captured
    expect "$file" 6 "icmp"
}

# r1 translates addresses and ports, r2 marks, r3's link is narrow; seen at once before r1, behind
# it, and by "any" at it. The kernel translates the errors back, and what they quote.
scene_nat() {
    internet
    mark_at_r2
    rewrites r1 <<END
table inet translation {
    chain postrouting {
        type nat hook postrouting priority 100
        oifname right meta l4proto { tcp, udp } masquerade to :62000-62999
        oifname right masquerade
    }
}
END
    sink 9000
    capture host eth0 "$scene-inside.pcap" -s 200 "$quiet"
    capture r1 right "$scene-outside.pcap" -s 200 "$quiet"
    capture r1 any "$scene-any.pcap" -s 200 "$quiet"
    translated_traffic 10
    late_answer
    for size in 3000 1440; do
        head -c $size /dev/zero >"$work/data"
        send_data "$socat_other"
        send_data "$socat_other"
    done
    captured
    for side in inside outside; do
        expect "$scene-$side.pcap" 1 "$(icmp_is 3 3 1 4)"
        expect "$scene-$side.pcap" 4 "$(icmp_is 11 0 3 0)"
        expect "$scene-$side.pcap" 3 "$(icmp_is 3 4 2 0)"
    done
    expect "$scene-any.pcap" 9 "$(icmp_is 11 0 3 0)"
    without_its_nat
}

# What was sent on one side of r1, and the errors about it as they were on the other: nothing shows
# the translation.
without_its_nat() {
    errors='icmp[0] = 3 or icmp[0] = 11 or (ip6[6] = 58 and ip6[40] < 4)'
    split "$scene-split.pcap" "$scene-inside.pcap" "src host $host and not ($errors)" \
        "$scene-outside.pcap" "not src host $outside and ($errors)"
    split "$scene-split-back.pcap" "$scene-outside.pcap" "src host $server and not ($errors)" \
        "$scene-inside.pcap" "src host $host and ($errors)"
    expect "$scene-split.pcap" 10 "$errors"
    expect "$scene-split-back.pcap" 1 "$errors"
}

# split FILE CAPTURE FILTER CAPTURE FILTER: what these let through, by time.
split() {
    (cd "$work/out" && tcpdump -Z root -r "$2" -w "$work/packets" "$3" &&
        tcpdump -Z root -r "$4" -w "$work/errors" "$5" &&
        mergecap -F pcap -w "$1" "$work/packets" "$work/errors") 2>"$work/split"
}

# r1 writes other addresses, and in one case another port, into packets and knows of no flows: what
# an error quotes stays as it was behind r1.
scene_nat_stateless() {
    internet
    mark_at_r2
    ip -n "$net-r1" address add 2001:db8:12::114/64 dev right nodad
    rewrites r1 <<END
table inet stateless {
    chain out {
        type filter hook postrouting priority 300
        oifname right ip saddr 192.168.1.114 ip saddr set 198.51.100.1
        oifname right ip6 saddr 2001:db8:1::114 ip6 saddr set 2001:db8:12::114
        oifname right udp sport 40000 udp sport set 50000
    }
    chain in {
        type filter hook prerouting priority -300
        iifname right ip daddr 198.51.100.1 ip daddr set 192.168.1.114
        iifname right ip6 daddr 2001:db8:12::114 ip6 daddr set 2001:db8:1::114
    }
}
END
    hears host "$server"
    sink 9000
    capture host eth0 "$scene.pcap" -s 200 "$quiet"
    say "$socat_server:10,sourceport=40000" 1
    translated_traffic 3
    captured
    expect "$scene.pcap" 2 "$(icmp_is 3 3 1 4)"
    expect "$scene.pcap" 4 "$(icmp_is 11 0 3 0)"
    expect "$scene.pcap" 1 "$(icmp_is 3 4 2 0)"
}

# The client is gone when the answer comes, so it is the host that refuses.
late_answer() {
    serve server 7000 "UDP$family-LISTEN:7000,bind=$socat_server,fork" SYSTEM:'sleep 0.3; echo late'
    client host sh -c "echo hello | socat -u - UDP$family:$socat_server:7000"
}

translated_traffic() {
    say "$socat_server:9" 1
    client host traceroute -$family -n -q 1 -w 2 -m 5 $server
    client host ping -n -c 1 -t 3 -W 1 $server
    upload "$socat_server" 6000 "$1"
}

# rewrites NODE <RULES: of what not every kernel can do.
rewrites() {
    on "$1" nft -f - 2>"$work/nft" || unable "not with this kernel: $(head -n 1 "$work/nft")"
}

# What r3, r4 and the server quote has this mark, DSCP AF11. The server answers all.
mark_at_r2() {
    on server sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
    rewrites r2 <<END
table inet marking {
    chain forward {
        type filter hook forward priority 0
        iifname left ip dscp set af11
        iifname left ip6 dscp set af11
    }
}
END
}

# As an old habit has it, 64 bytes of each: a quoted UDP or TCP header is cut after its source port.
scene_snaplen() {
    internet
    sink 9000
    capture host eth0 "$file" -s 64 "$quiet"
    client host traceroute -4 -n $server
    say "$socat_server:9"
    upload "$socat_server" 30000 10
    captured
    expect "$file" 12 "icmp[0] = 11"
}

# Two customers on one trunk with the same addresses and ports: in VLAN 10 the port is closed, in
# VLAN 20 within 802.1ad 100 somebody answers. The switches are pcaps/trunk.
scene_vlan() {
    node one two other_one other_two trunk
    end_host one two other_one other_two
    cable one eth0 trunk one 1
    cable two eth0 trunk two 2
    cable other_one eth0 trunk other_one 3
    cable other_two eth0 trunk other_two 4
    cable trunk west trunk east 5
    addresses <<END
one eth0 192.168.1.114/24 2001:db8:1::114/64
two eth0 192.168.1.105/24 2001:db8:1::105/64
other_one eth0 192.168.1.114/24 2001:db8:1::114/64
other_two eth0 192.168.1.105/24 2001:db8:1::105/64
END
    switch west one:8100.10 other_one:88a8.100:8100.20
    switch east two:8100.10 other_two:88a8.100:8100.20
    serve other_two 5000 UDP4-LISTEN:5000,fork,reuseaddr PIPE
    hears one $box
    hears other_one $box
    capture trunk west "$file"
    for customer in one other_one one other_one; do
        client $customer sh -c "echo hello |
            timeout --foreground 3 socat -t 0.5 - UDP4:$box:5000,sourceport=40000,reuseaddr"
        client $customer ping -n -c 1 $box
    done
    captured
    expect "$file" 2 "vlan 10 and icmp[0] = 3"
    expect "$file" 2 "vlan 100 and vlan 20 and udp src port 5000"
}

# switch TRUNK-INTERFACE INTERFACE:TAGS...
switch() {
    nsenter --net="/run/netns/$net-trunk" "$here/trunk" "$@" 2>>"$work/trunk" &
}

# Some of everything within half a minute, as its host sees it.
scene_tour() {
    internet
    packet_filter
    lose_second_request
    swallow_large
    on host ip neighbour flush dev eth0
    capture host eth0 "$file" '(ip6 and ip6[6] != 0) or ip or arp'
    client host timeout --foreground 40 tftp -4 -m binary $box 8000 -c get file &
    tftp=$!
    tour_of
    client host "$here/stamp" $server 2
    upload "${server%0}1" 12000 8
    use_ipv6
    tour_of
    wait $tftp
    captured
    expect "$file" 20 'icmp[0] = 11'
    expect "$file" 5 'icmp[0] = 3 and icmp[1] = 3 and host 192.168.1.105'
    expect "$file" 1 'icmp[0] = 3 and icmp[1] = 4'
    expect "$file" 1 'icmp[0] = 3 and icmp[1] = 13'
    expect "$file" 1 'icmp[0] = 5'
    expect "$file" 1 'icmp6 and ip6[40] = 2'
    expect "$file" 1 'icmp6 and ip6[40] = 137'
    expect "$file" 5 'tcp and host 203.0.113.81 and greater 1500'
}

tour_of() {
    sink 9000
    client host ping -n -c 3 $box
    client host traceroute -$family -n $server
    upload "$socat_server" 20000 20
    call "$socat_server:23"
    say "$socat_server:161"
    client host ping -n -c 4 -W 1 ${server%0}1
    client host ping -n -c 4 $far
    client host traceroute -$family -n -T -p 9000 $server
    client host ping -n -c 2 -W 4 $absent
}

# r2 drops what is too big for the way to the server's second address, and says nothing.
swallow_large() {
    on r2 nft -f - <<END
table inet swallow {
    chain forward {
        type filter hook forward priority 0
        ip daddr 203.0.113.81 ip length > 1400 drop
        ip6 daddr 2001:db8:80::81 meta length > 1400 drop
    }
}
END
}

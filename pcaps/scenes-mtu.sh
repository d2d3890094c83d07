# Uploads that stall, or nearly: what is a black hole and what is not. Sourced by pcaps/make.
twins="$twins pmtu-probing pmtu-lowered pmtu-clamped pmtu-loss pmtu-zero-window pmtu-dead-peer"

# A black hole as in pmtu-blackhole; this host tries smaller segments after some retransmissions.
scene_pmtu_probing() {
    internet
    sink 9000
    on host sysctl -qw net.ipv4.tcp_mtu_probing=1 net.ipv4.tcp_retries1=2
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
    upload "$socat_server" 60000 20
    captured
    expect "$file" 8 "tcp and greater 1414"
    expect "$file" 50 "tcp and greater 900 and less 1414"
}

# The way gets narrower: told 1400, and a minute that we do not wait for later 1300.
scene_pmtu_lowered() {
    internet
    sink 9000
    capture host eth0 "$file" -s 128 "$quiet"
    upload "$socat_server" 40000 10
    ip -n "$net-r3" link set right mtu 1300
    ip -n "$net-r4" link set left mtu 1300
    upload "$socat_server" 40000 10
    captured
    expect "$file" 2 "$(icmp_is 3 4 2 0)"
    expect "$file" 20 "tcp and greater 1200 and less 1315"
}

# r3 writes what fits its narrow link into SYNs; "any" there sees them before and after.
scene_pmtu_clamped() {
    internet
    sink 9000
    rewrites r3 <<END
table inet clamp {
    chain forward {
        type filter hook forward priority 0
        tcp flags syn tcp option maxseg size set rt mtu
    }
}
END
    capture host eth0 "$file" -s 128 "$quiet"
    capture r3 any "$scene-any.pcap" -s 128 "$quiet"
    upload "$socat_server" 20000 10
    captured
    expect "$file" 14 "tcp and greater 1300 and less 1415"
    expect "$scene-any.pcap" 4 "tcp port 9000"
}

# The next three go to r2, on a way of 1500 bytes. What is lost here is lost at random, so to speak.
scene_pmtu_loss() {
    internet
    sink_at_r2
    on r1 nft -f - <<END
table inet lossy {
    chain forward {
        type filter hook forward priority 0
        tcp dport 9000 numgen inc mod 11 10 drop
    }
}
END
    capture host eth0 "$file" -s 128 "$quiet"
    upload "$socat_near" 150000 20
    captured
    expect "$file" 100 "tcp and greater 1400"
}

# The receiver reads nothing for four seconds. socat is done when the kernel has taken all.
scene_pmtu_zero_window() {
    internet
    sink_at_r2 rcvbuf=8192 SYSTEM:'sleep 4; cat >/dev/null'
    capture host eth0 "$file" -s 128 "$quiet"
    upload "$socat_near" 150000 12
    sleep 5.5
    captured
    expect "$file" 3 "tcp src port 9000 and $(tcp_window_is_zero)"
}

tcp_window_is_zero() {
    if [ $family = 6 ]; then echo 'ip6[54:2] = 0'; else echo 'tcp[14:2] = 0'; fi
}

# The receiver is gone in the middle of it, and nothing says so.
scene_pmtu_dead_peer() {
    internet
    sink_at_r2
    on r2 nft -f - <<END
table inet dead {
    chain input {
        type filter hook input priority 0
        tcp dport 9000 quota over 60 kbytes drop
    }
}
END
    capture host eth0 "$file" -s 128 "$quiet"
    upload "$socat_near" 150000 12
    sleep 8
    captured
    expect "$file" 40 "tcp and greater 1400"
}

# sink_at_r2 [OPTIONS SINK]
sink_at_r2() {
    near=198.51.100.2 socat_near=198.51.100.2
    [ $family = 4 ] || near=2001:db8:12::2 socat_near=[2001:db8:12::2]
    serve r2 9000 -u "TCP$family-LISTEN:9000,bind=$socat_near,reuseaddr${1:+,$1}" \
        "${2:-OPEN:/dev/null}"
    hears host $near
}

# What scanners and attackers do, on a network of our own. Sourced by pcaps/make.
twins="$twins udp-scan"
singles="$singles smurf recon icmp-tunnel"

# Eighty ports, of which one is open; the box does not limit its errors.
scene_udp_scan() {
    needs nmap
    internet
    on box sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 \
        net.ipv4.icmp_msgs_per_sec=10000 net.ipv4.icmp_msgs_burst=1000
    serve box 53 "UDP$family-RECVFROM:53,fork" PIPE
    capture host eth0 "$file" "$quiet"
    client host nmap -$family -n -Pn -sU --max-retries 0 --send-ip -p 1-80 $box
    captured
    expect "$file" 70 "$(icmp_is 3 3 1 4)"
}

# The box asks everybody in the host's name, who gets all the answers.
scene_smurf() {
    needs hping3
    internet
    crowd 6
    capture host eth0 "$file" "$quiet"
    client box hping3 -1 -n -q -c 12 -i u100000 -d 100 -a $host 192.168.1.255
    captured
    expect "$file" 80 "icmp[0] = 0"
}

# Is it there, what time has it, what is its mask? Of a few hosts, by kinds of questions.
scene_recon() {
    needs nmap hping3
    internet
    capture host eth0 "$file" "$quiet"
    for kind in E P M; do
        client host nmap -n -sn -P$kind --send-ip --disable-arp-ping 203.0.113.76-83
    done
    client host hping3 -1 -n -q -c 1 --icmp-ts $server
    captured
    expect "$file" 8 "icmp[0] = 17"
    expect "$file" 8 "icmp[0] = 13"
}

# TCP in echo messages, to the server and back: 20,000 random bytes each way.
scene_icmp_tunnel() {
    needs ptunnel
    internet
    head -c 20000 /dev/urandom >"$work/data"
    serve server 8080 TCP4-LISTEN:8080,fork,reuseaddr SYSTEM:"cat $work/data; cat >/dev/null"
    for node in server host; do
        on $node sysctl -qw net.ipv4.icmp_echo_ignore_all=1
    done
    nsenter --net="/run/netns/$net-server" ptunnel 2>>"$work/ptunnel" >&2 &
    nsenter --net="/run/netns/$net-host" ptunnel -p $server -lp 8000 -da 127.0.0.1 -dp 8080 \
        2>>"$work/ptunnel" >&2 &
    sleep 1
    capture host eth0 "$file" "$quiet"
    client host sh -c "(cat $work/data; sleep 4) |
        timeout --foreground 6 socat - TCP4:127.0.0.1:8000"
    captured
    expect "$file" 20 "icmp[0] = 8"
    expect "$file" 20 "icmp[0] = 0"
}

# Who tells whom what on one link: redirects, routers, addresses; and questions to hosts. Sourced by
# pcaps/make.
twins="$twins redirect-ignored redirect-forged probe"
singles="$singles routers6 rogue6 renumber6 duplicate6 clock query"

# A host that does not obey its router.
scene_redirect_ignored() {
    internet
    on host sysctl -qw net.ipv4.conf.all.accept_redirects=0 \
        net.ipv4.conf.eth0.accept_redirects=0 net.ipv6.conf.all.accept_redirects=0 \
        net.ipv6.conf.eth0.accept_redirects=0
    capture host eth0 "$file" "$(with_neighbours)"
    client host ping -n -c 5 -i 0.5 $far
    captured
    expect "$file" 1 "$(icmp_is 5 1 137 0)"
}

# The box tells the host to send it what is for the server: first as itself, who is no router of the
# host's, then in the router's name. A ping is on its way meanwhile, as only it would be told.
scene_redirect_forged() {
    internet
    if [ $family = 6 ]; then
        router=fe80::1 gateway=fe80::105 stranger=fe80::105
    else
        router=192.168.1.1 gateway=$box stranger=$box
    fi
    on box sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
        net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0
    on box nft add table inet quiet
    on box nft add chain inet quiet output '{ type filter hook output priority 0; }'
    on box nft add rule inet quiet output icmpv6 type nd-redirect drop
    capture host eth0 "$file" "$(with_neighbours)"
    client host ping -n -c 15 -i 0.3 $server &
    for source in $stranger $router; do
        sleep 0.8
        client box "$here/forge" eth0 $source 02:00:00:00:00:01 $host $server $gateway
    done
    wait $!
    captured
    expect "$file" 2 "$(icmp_is 5 1 137 0)"
    expect "$file" 1 "ether dst 02:00:00:00:00:02 and $(icmp_is 8 0 128 0)"
}

# advertise NODE PREFIX [OPTIONS [PREFIX-OPTIONS [PREFIX]]]: from now on; again to change it.
advertise() {
    cat >"$work/radvd.$1" <<END
interface eth0 {
    AdvSendAdvert on;
    MinRtrAdvInterval 3;
    MaxRtrAdvInterval 4;
    ${3:-}
    prefix $2 { ${4:-} };
    ${5:+prefix $5 { \};}
};
END
    sed -i 's/\\}/}/' "$work/radvd.$1"
    if [ -e "$work/radvd.$1.pid" ]; then
        kill -HUP "$(cat "$work/radvd.$1.pid")"
        return
    fi
    nsenter --net="/run/netns/$net-$1" radvd -n -C "$work/radvd.$1" -p "$work/radvd.$1.pid" \
        -m stderr 2>>"$work/radvd" &
    until grep -qs . "$work/radvd.$1.pid"; do
        kill -0 $! || unable "radvd does not run here: $(tail -n 1 "$work/radvd")"
        sleep 0.05
    done
}

# Two routers that say the same.
scene_routers() {
    needs radvd rdisc6
    internet
    capture host eth0 "$file" "$(with_neighbours)"
    advertise r1 2001:db8:1::/64 "AdvDefaultLifetime 1800; AdvLinkMTU 1500;"
    advertise rb 2001:db8:1::/64 "AdvDefaultLifetime 1800; AdvLinkMTU 1500;"
    tell host rdisc6 -m -n -w 1000 eth0
    sleep 5
    captured
    expect "$file" 4 "icmp6 and ip6[40] = 134"
}

# The box says that it is the better router, with another prefix.
scene_rogue() {
    needs radvd rdisc6
    internet
    on box sysctl -qw net.ipv6.conf.all.forwarding=1
    capture host eth0 "$file" "$(with_neighbours)"
    advertise r1 2001:db8:1::/64 "AdvDefaultLifetime 1800;"
    sleep 1
    advertise box 2001:db8:bad::/64 "AdvDefaultLifetime 9000; AdvDefaultPreference high;
        AdvLinkMTU 1280;"
    tell host rdisc6 -m -n -w 1000 eth0
    sleep 4
    captured
    expect "$file" 2 "icmp6 and ip6[40] = 134 and src host fe80::105"
    expect "$file" 2 "icmp6 and ip6[40] = 134 and src host fe80::1"
}

# The same router, another prefix: the old one is deprecated at once; in the end it says that it is
# no router any more.
scene_renumber() {
    needs radvd rdisc6
    internet
    capture host eth0 "$file" "$(with_neighbours)"
    advertise r1 2001:db8:1::/64 "AdvDefaultLifetime 1800;"
    tell host rdisc6 -1 -n -w 1000 eth0
    sleep 3
    advertise r1 2001:db8:1::/64 "AdvDefaultLifetime 1800;" \
        "AdvPreferredLifetime 0; AdvValidLifetime 7200;" 2001:db8:9::/64
    sleep 0.5
    tell host rdisc6 -1 -n -w 1000 eth0
    sleep 4
    kill "$(cat "$work/radvd.r1.pid")"
    sleep 1
    captured
    expect "$file" 4 "icmp6 and ip6[40] = 134"
}

# The box tries an address that the host has, and one that nobody has.
scene_duplicate() {
    internet
    ip -n "$net-host" address add 2001:db8:1::77/64 dev eth0 nodad
    on box sysctl -qw net.ipv6.conf.all.accept_dad=1 net.ipv6.conf.eth0.accept_dad=1
    capture host eth0 "$file" "$(with_neighbours)"
    for address in 2001:db8:1::77 2001:db8:1::78; do
        ip -n "$net-box" address add $address/64 dev eth0
        sleep 2
        tell box ip -6 address show dev eth0
    done
    client host ping -n -c 2 -i 0.3 -I $host 2001:db8:1::78
    captured
    expect "$file" 2 "icmp6 and ip6[40] = 135 and src host ::"
    expect "$file" 1 "icmp6 and ip6[40] = 136 and dst host ff02::1"
}

# Interfaces of the server, by name, index and address; some are not there. The box answers no such
# questions.
scene_probe() {
    internet
    on server sysctl -qw net.ipv4.icmp_echo_enable_probe=1
    capture host eth0 "$file" "$quiet"
    client host "$here/probe" $server eth0 lo 1 99 eth9 $server $absent
    client host "$here/probe" $box eth0
    captured
    expect "$file" 8 "$(icmp_is 42 0 160 0)"
    expect "$file" 3 "$(icmp_is 43 0 161 0)"
}

# Over several seconds, on a way that takes its time; and to a host that is not there.
scene_clock() {
    wires='r2-r3 delay=10'
    internet
    capture host eth0 "$file" "$quiet"
    client host "$here/stamp" $server 12
    client host "$here/stamp" $box 3
    client host "$here/stamp" 203.0.113.98 1
    captured
    expect "$file" 15 "icmp[0] = 14"
}

# Questions of old that Linux does not answer, but for the time: address mask, information, routers.
scene_query() {
    needs nping hping3
    internet
    capture host eth0 "$file" "$quiet"
    client host hping3 -1 -n -c 2 -i u300000 --icmp-ts $box
    client host hping3 -1 -n -c 2 -i u300000 --icmp-addr $box
    client host nping --icmp --icmp-type 15 -c 2 --delay 300ms $box
    client host nping --icmp --icmp-type 10 -c 2 --delay 300ms --dest-mac 01:00:5e:00:00:02 \
        224.0.0.2
    captured
    expect "$file" 2 "icmp[0] = 17"
    expect "$file" 2 "icmp[0] = 15"
    expect "$file" 2 "icmp[0] = 10"
}

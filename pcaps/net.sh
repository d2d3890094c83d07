# A small internet of network namespaces, and captures in it. Sourced by pcaps/make.
#
#    host 192.168.1.114 --+           198.51.100.0/24, 1500              1400
#    box  192.168.1.105 --+-- .1 r1 ---------------- r2 ------- r3 ------------- r4 -- server
#                         |                                                     203.0.113.80
#                         +-- .2 rb (192.0.2.10)
#
# IPv6 the same: 2001:db8:1::/64 on the left, 2001:db8:80::80 the server, 2001:db8:2::10 at rb.

net=icmpscope-$$
nodes=
captures=
pipes=
watchers=
wires=

net_begin() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/$net.XXXXXX")
    mkdir "$work/out"
    cd "$work"
}

# Ends everything that runs in the namespaces, also what a server has forked for a connection, and
# removes them. Nothing of anybody else's.
net_down() {
    for node in $nodes; do
        for pid in $(ip netns pids "$net-$node"); do
            kill "$pid" 2>/dev/null || :
        done
        ip netns del "$net-$node" || :
    done
    wait
    [ -z "${work:-}" ] || rm -r "$work"
}

# on NODE COMMAND...: runs it there.
on() {
    namespace=/run/netns/$net-$1
    shift
    nsenter --net="$namespace" "$@"
}

# client NODE COMMAND...: a program that is meant to fail, so that its exit status says nothing.
client() {
    on "$@" </dev/null >>"$work/clients" 2>&1 || :
}

# tell NODE COMMAND...: a client whose words are kept beside the capture. mtr names this machine.
tell() {
    namespace=/run/netns/$net-$1
    shift
    printf '$ %s\n' "$*" >>"$work/out/$scene.said"
    nsenter --net="$namespace" "$@" </dev/null >"$work/words" 2>&1 || :
    sed 's/^HOST: [^ ]*/HOST: host/' "$work/words" >>"$work/out/$scene.said"
}

# node NAME...: makes them, with every setting that the captures depend on.
node() {
    for node; do
        ip netns add "$net-$node"
        nodes="$nodes $node"
        on "$node" sysctl -qw \
            net.ipv4.ip_forward=1 net.ipv4.ip_no_pmtu_disc=0 net.ipv4.tcp_mtu_probing=0 \
            net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
            net.ipv4.conf.all.accept_redirects=1 net.ipv4.conf.default.accept_redirects=1 \
            net.ipv4.conf.all.send_redirects=1 net.ipv4.conf.default.send_redirects=1 \
            net.ipv6.conf.all.forwarding=1 \
            net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
            net.ipv6.conf.default.addr_gen_mode=1
        ip -n "$net-$node" link set lo up
    done
}

# An end host takes redirects, and asks for no router.
end_host() {
    for node; do
        on "$node" sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.all.accept_redirects=1 \
            net.ipv6.conf.all.forwarding=0 net.ipv6.conf.default.forwarding=0 \
            net.ipv6.conf.all.accept_ra=0 net.ipv6.conf.default.accept_ra=0 \
            net.ipv6.conf.all.accept_redirects=1 net.ipv6.conf.default.accept_redirects=1
    done
}

# Offloads off, so that frames have the size and the checksums that a wire would see.
interface_up() {
    on "$1" ethtool -K "$2" tx off rx off tso off gso off gro off >"$work/ethtool" 2>&1
    ip -n "$net-$1" link set "$2" address "02:00:00:00:00:$3" up
}

# cable NODE INTERFACE NODE INTERFACE NUMBER: addresses end in NUMBER and 8 more than it.
cable() {
    ip link add "$2" netns "$net-$1" type veth peer name "$4" netns "$net-$3"
    interface_up "$1" "$2" "$(printf %02x "$5")"
    interface_up "$3" "$4" "$(printf %02x $(($5 + 128)))"
}

# line NODE INTERFACE NODE INTERFACE NUMBER: a cable, or if $wires has a line such as
# "r1-r2 delay=5", a pcaps/wire with those arguments.
line() {
    arguments=$(echo "$wires" | sed -n "s/^ *$1-$3 //p")
    if [ -z "$arguments" ]; then
        cable "$@"
        return
    fi
    node "wire-$1-$3"
    cable "$1" "$2" "wire-$1-$3" west "$5"
    cable "wire-$1-$3" east "$3" "$4" $(($5 + 32))
    start_wire "$1-$3" $arguments
}

start_wire() {
    between=$1
    shift
    nsenter --net="/run/netns/$net-wire-$between" "$here/wire" west east "$@" 2>>"$work/wire" &
    echo $! >"$work/wire.$between"
}

# rewire NODE-NODE ARGUMENTS...: from now on that wire does this, and counts from one.
rewire() {
    pid=$(cat "$work/wire.$1")
    kill "$pid"
    wait "$pid" || :
    start_wire "$@"
    sleep 0.3
}

addresses() {
    while read -r node interface address address6 link_local; do
        ip -n "$net-$node" address add "$address" dev "$interface"
        ip -n "$net-$node" address add "$address6" dev "$interface" nodad
        [ -z "$link_local" ] ||
            ip -n "$net-$node" address add "$link_local/64" dev "$interface" nodad
    done
}

# NODE DESTINATION GATEWAY [INTERFACE]
routes() {
    while read -r node destination gateway interface; do
        ip -n "$net-$node" route add "$destination" via "$gateway" ${interface:+dev $interface}
    done
}

net_links() {
    node host box lan r1 r2 r3 r4 rb server
    end_host host box server
    ip -n "$net-lan" link add bridge type bridge mcast_snooping 0
    ip -n "$net-lan" link set bridge up
    number=1
    for node in host box r1 rb; do
        cable "$node" eth0 lan "$node" $number
        ip -n "$net-lan" link set "$node" master bridge
        number=$((number + 1))
    done
    line r1 right r2 left 5
    line r2 right r3 left 6
    line r3 right r4 left 7
    line r4 right server eth0 8
    ip -n "$net-r3" link set right mtu 1400
    ip -n "$net-r4" link set left mtu 1400
}

# internet: the drawing above. Returns when the host and the server hear each other.
internet() {
    net_links
    addresses <<END
host eth0 192.168.1.114/24 2001:db8:1::114/64 fe80::114
box eth0 192.168.1.105/24 2001:db8:1::105/64 fe80::105
r1 eth0 192.168.1.1/24 2001:db8:1::1/64 fe80::1
rb eth0 192.168.1.2/24 2001:db8:1::2/64 fe80::2
rb lo 192.0.2.10/32 2001:db8:2::10/128
r1 right 198.51.100.1/30 2001:db8:12::1/64 fe80::1
r2 left 198.51.100.2/30 2001:db8:12::2/64 fe80::2
r2 right 198.51.100.5/30 2001:db8:23::2/64 fe80::2
r3 left 198.51.100.6/30 2001:db8:23::3/64 fe80::3
r3 right 198.51.100.9/30 2001:db8:34::3/64 fe80::3
r4 left 198.51.100.10/30 2001:db8:34::4/64 fe80::4
r4 right 203.0.113.1/24 2001:db8:80::1/64 fe80::1
server eth0 203.0.113.80/24 2001:db8:80::80/64 fe80::80
server eth0 203.0.113.81/24 2001:db8:80::81/64
END
    routes <<END
host default 192.168.1.1
host default fe80::1 eth0
box default 192.168.1.1
box default fe80::1 eth0
rb default 192.168.1.1
rb default fe80::1 eth0
r1 default 198.51.100.2
r1 default fe80::2 right
r1 192.0.2.0/24 192.168.1.2
r1 2001:db8:2::/64 fe80::2 eth0
r2 default 198.51.100.6
r2 default fe80::3 right
r2 192.168.1.0/24 198.51.100.1
r2 2001:db8:1::/64 fe80::1 left
r3 default 198.51.100.10
r3 default fe80::4 right
r3 192.168.1.0/24 198.51.100.5
r3 198.51.100.0/30 198.51.100.5
r3 2001:db8:1::/64 fe80::2 left
r3 2001:db8:12::/64 fe80::2 left
r4 192.168.1.0/24 198.51.100.9
r4 198.51.100.0/24 198.51.100.9
r4 2001:db8:1::/64 fe80::3 left
r4 2001:db8:12::/64 fe80::3 left
r4 2001:db8:23::/64 fe80::3 left
server default 203.0.113.1
server default fe80::1 eth0
END
    hears host 203.0.113.80
    hears host 2001:db8:80::80
    hears host 192.168.1.105
    hears host 2001:db8:1::105
}

hears() {
    for _ in 1 2 3 4 5; do
        on "$1" ping -q -c 1 -W 1 "$2" >"$work/ping" && return
    done
    return 1
}

# capture NODE INTERFACE FILE TCPDUMP-ARGUMENTS...: from when this returns, until captured. With
# PCAPS_LIVE, that command reads the same from a pipe meanwhile, and its output is FILE.live.
capture() {
    watch "$@"
    log=$work/tcpdump.$3
    namespace=/run/netns/$net-$1
    interface=$2
    into=$work/out/$3
    shift 3
    [ -z "${PCAPS_LIVE:-}" ] || pipe_live
    nsenter --net="$namespace" tcpdump -Z root --immediate-mode -U -n -i "$interface" \
        -w "$into" "$@" 2>"$log" &
    captures="$captures $!"
    until grep -qs 'listening on' "$log"; do
        kill -0 $! 2>/dev/null || {
            cat "$log" >&2
            return 1
        }
        sleep 0.05
    done
}

# FILE.early is what was said before the end.
captured() {
    sleep ${PCAPS_LIVE:+1}${PCAPS_WATCH:+1}.5
    for live in "$work"/out/*.live; do
        [ ! -e "$live" ] || cp "$live" "${live%live}early"
    done
    for pid in $captures; do
        kill -INT "$pid"
        wait "$pid" || :
    done
    captures=
    for pid in $pipes; do
        wait "$pid" || :
    done
    pipes=
    for watcher in $watchers; do
        pid=${watcher%%:*}
        kill -TERM "$pid"
        wait "$pid" && status=0 || status=$?
        echo $status >"$work/out/${watcher#*:}.status"
    done
    watchers=
}

pipe_live() {
    pipe=$log.pipe
    mkfifo "$pipe"
    { tee "$into" <"$pipe" | sh -c "$PCAPS_LIVE" >"$into.live" 2>"$into.stderr"; } &
    pipes="$pipes $!"
    into=$pipe
}

# watch NODE INTERFACES FILE TCPDUMP-ARGUMENTS...: with PCAPS_WATCH, that command captures there as
# tcpdump does: it gets -i, -s and -f. What it says is FILE.live and FILE.stderr, how it ends
# FILE.status. It begins before tcpdump and ends after it.
watch() {
    [ -n "${PCAPS_WATCH:-}" ] || return 0
    at=$1
    watched=$work/out/$3
    options=$(printf ' -i %s' $2)
    opened=$(($(packet_sockets) + $(echo $2 | wc -w)))
    shift 3
    case ${1:-} in -s) options="$options $1 $2" && shift 2 ;; esac
    # shellcheck disable=SC2016
    nsenter --net="/run/netns/$net-$at" sh -c 'exec '"$PCAPS_WATCH"' "$@"' sh $options \
        ${1:+-f "$1"} >"$watched.live" 2>"$watched.stderr" &
    watchers="$watchers $!:${watched##*/}"
    tries=400
    until [ "$(packet_sockets)" -ge $opened ]; do
        tries=$((tries - 1))
        { [ $tries -gt 0 ] && kill -0 $! 2>/dev/null; } || {
            echo "it does not capture: $(cat "$watched.stderr")" >&2
            return 1
        }
        sleep 0.05
    done
    sleep 0.2 # for its filter and the rest of its beginning
}

# How many sockets capture at the node that is watched.
packet_sockets() {
    on "$at" cat /proc/net/packet | awk '$6 == 1' | wc -l
}

# expect FILE COUNT FILTER: there are at least so many such packets in what was captured.
expect() {
    found=$(tcpdump -Z root -n -r "$work/out/$1" "$3" 2>/dev/null | wc -l)
    [ "$found" -ge "$2" ] && return
    echo "$1: $found packets, not $2, of: $3" >&2
    cat "$work/clients" "$work/out/$scene.said" >&2 2>/dev/null
    return 1
}

# serve NODE PORT SOCAT-ADDRESSES...: a server until the end of the scene.
serve() {
    at=$1
    port=$2
    shift 2
    nsenter --net="/run/netns/$net-$at" socat "$@" 2>>"$work/socat" &
    until on "$at" ss "-Hltun$family" "sport = :$port" | grep -q .; do
        kill -0 $! || return 1
        sleep 0.05
    done
}

// The minion of pairing dual-stack-firewall: a firewall.
// Made by `mimi render`; change the pairing file instead.
//
// The minion has the primary's MAC and IP addresses on both sides. A packet's way:
//
//   FromDevice -> for this router? -> ARP | IP -> to this router itself | gate -> TTL -> fw -> route -> MTU -> ARP -> ToDevice

require(package mimi);

// rule 1: out
// rule 2: dns
// rule 3: ping4
// rule 4: ping6
// rule 5: web4
// rule 6: web6
fw :: MinionFirewall(
    RULE "allow from inside tcp any any",
    RULE "allow from inside udp any any:53",
    RULE "allow from inside icmp any any types echo-request",
    RULE "allow from any icmp6 any any types echo-request",
    RULE "allow from outside tcp any 198.51.100.10/32:80,443",
    RULE "allow from outside tcp any [2001:db8:10::10/128]:80,443",
    DEFAULT deny,
    MID_FLOW strict,
    WINDOW true,
    REJECT_RATE 1000,
    PER_SOURCE 2000,
    UNKNOWN drop,
    CAPACITY 1000000,
    TCP_ESTABLISHED 7440,
    TCP_TRANSITORY 240,
    UDP 300,
    ICMP 60);

// All packets go to fw, unless the minion drains after a failure: then only those of flows that it handled meanwhile.
gate :: MinionGate(fw);

// Where packets go, by destination annotation.
route :: StaticIPLookup(
    198.51.100.0/24 0,
    203.0.113.0/30 1,
    0.0.0.0/0 203.0.113.1 1);

// The same for IPv6.
route6 :: LookupIP6Route(
    2001:db8:10::/64 0,
    2001:db8:ffff::/64 1,
    fe80::/10 2,
    ::/0 2001:db8:ffff::1 1);
route6[2] -> no_route6 :: Counter -> Discard;
forward :: Classifier(0/60%f0, -);
forward[0] -> route6;
forward[1] -> route;

fw[0] -> to_outside :: Counter -> forward;
fw[1] -> to_inside :: Counter -> forward;
fw[2] -> to_others :: Counter -> forward;
route[2] -> no_route :: Counter -> Discard;

// Packets to the router itself: it answers pings.
local :: IPClassifier(icmp type echo, -);
local[0] -> pings :: Counter -> ICMPPingResponder -> route;
local[1] -> local_ignored :: Counter -> Discard;
local6 :: ICMP6PingResponder;
local6[0] -> pings6 :: Counter -> route6;
local6[1] -> local6_ignored :: Counter -> Discard;

// The inside side: eth0, 02:00:00:00:01:fe, 198.51.100.1
inside_ttl :: DecIPTTL;
inside_hlim :: DecIP6HLIM;
inside_out :: Queue(1000) -> inside_sent :: Counter -> ToDevice(eth0);

inside_arp :: ARPQuerier(198.51.100.1, 02:00:00:00:01:fe);
route[0] -> inside_mtu :: IPFragmenter(1500) -> inside_arp -> inside_out;
// Too long for this side, and must not be cut: the sender is on the other side.
inside_mtu[1] -> inside_too_long :: Counter
    -> ICMPError(203.0.113.2, unreachable, needfrag, PMTU 1500) -> route;

inside_kind :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, 12/86dd 20/3aff 54/87, 12/86dd 20/3aff 54/88, 12/86dd, -);
FromDevice(eth0, PROMISC true) -> inside_received :: Counter
    -> HostEtherFilter(02:00:00:00:01:fe) -> inside_kind;
inside_kind[0] -> inside_asked :: Tee -> ARPResponder(198.51.100.1 02:00:00:00:01:fe) -> inside_out;
inside_asked[1] -> [1]inside_arp;
inside_kind[1] -> [1]inside_arp;
inside_kind[6] -> inside_not_ip :: Counter -> Discard;

inside_local :: IPClassifier(dst host 198.51.100.1 or dst host 203.0.113.2, -);
inside_kind[2] -> DropBroadcasts -> Strip(14) -> inside_ip :: CheckIPHeader -> inside_local;
inside_local[0] -> local;
inside_local[1] -> [0]gate;
gate[0] -> inside_version :: Classifier(0/60%f0, -);
inside_version[0] -> inside_hlim -> [0]fw;
inside_version[1] -> inside_ttl -> [0]fw;
// While the minion drains: the primary's packets, as they came.
gate[2] -> inside_handed :: Counter -> Unstrip(14) -> inside_out;
inside_ttl[1] -> inside_expired :: Counter
    -> ICMPError(198.51.100.1, timeexceeded) -> route;

// Its IPv6 part: 2001:db8:10::1
inside_nd :: IP6NDSolicitor(2001:db8:10::1, 02:00:00:00:01:fe);
route6[0] -> inside_mtu6 :: CheckIP6MTU(1500) -> inside_nd -> inside_out;
inside_mtu6[1] -> inside_too_long6 :: Counter
    -> ICMP6Error(2001:db8:ffff::2, packettoobig, MTU 1500) -> route6;
inside_kind[3] -> inside_asked6 :: IP6NDAdvertiser(2001:db8:10::1 02:00:00:00:01:fe) -> inside_out;
inside_asked6[1] -> Discard;
inside_asked6[2] -> [1]inside_nd;
inside_kind[4] -> [1]inside_nd;
inside_local6 :: Classifier(24/20010db8001000000000000000000001,
    24/20010db8ffff00000000000000000002,
    8/fe80%ffc0,
    24/fe80%ffc0,
    24/ff,
    8/00000000000000000000000000000000%fffffffffffffffffffffffffffffffe,
    24/00000000000000000000000000000000%fffffffffffffffffffffffffffffffe,
    6/3a 40/88, -);
inside_kind[5] -> DropBroadcasts -> Strip(14) -> inside_ip6 :: CheckIP6Header -> inside_local6;
inside_local6[0] -> local6;
inside_local6[1] -> local6;
inside_link_only :: Counter -> Discard;
inside_local6[2] -> inside_link_only;
inside_local6[3] -> inside_link_only;
inside_local6[4] -> inside_link_only;
inside_local6[5] -> inside_link_only;
inside_local6[6] -> inside_link_only;
inside_local6[7] -> inside_link_only;
inside_local6[8] -> [0]gate;
inside_hlim[1] -> inside_expired6 :: Counter
    -> ICMP6Error(2001:db8:10::1, timeexceeded) -> route6;

// The outside side: eth1, 02:00:00:00:02:fe, 203.0.113.2
outside_ttl :: DecIPTTL;
outside_hlim :: DecIP6HLIM;
outside_out :: Queue(1000) -> outside_sent :: Counter -> ToDevice(eth1);

outside_arp :: ARPQuerier(203.0.113.2, 02:00:00:00:02:fe);
route[1] -> outside_mtu :: IPFragmenter(1500) -> outside_arp -> outside_out;
// Too long for this side, and must not be cut: the sender is on the other side.
outside_mtu[1] -> outside_too_long :: Counter
    -> ICMPError(198.51.100.1, unreachable, needfrag, PMTU 1500) -> route;

outside_kind :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, 12/86dd 20/3aff 54/87, 12/86dd 20/3aff 54/88, 12/86dd, -);
FromDevice(eth1, PROMISC true) -> outside_received :: Counter
    -> HostEtherFilter(02:00:00:00:02:fe) -> outside_kind;
outside_kind[0] -> outside_asked :: Tee -> ARPResponder(203.0.113.2 02:00:00:00:02:fe) -> outside_out;
outside_asked[1] -> [1]outside_arp;
outside_kind[1] -> [1]outside_arp;
outside_kind[6] -> outside_not_ip :: Counter -> Discard;

outside_local :: IPClassifier(dst host 198.51.100.1 or dst host 203.0.113.2, -);
outside_kind[2] -> DropBroadcasts -> Strip(14) -> outside_ip :: CheckIPHeader -> outside_local;
outside_local[0] -> local;
outside_local[1] -> [1]gate;
gate[1] -> outside_version :: Classifier(0/60%f0, -);
outside_version[0] -> outside_hlim -> [1]fw;
outside_version[1] -> outside_ttl -> [1]fw;
// While the minion drains: the primary's packets, as they came.
gate[3] -> outside_handed :: Counter -> Unstrip(14) -> outside_out;
outside_ttl[1] -> outside_expired :: Counter
    -> ICMPError(203.0.113.2, timeexceeded) -> route;

// Its IPv6 part: 2001:db8:ffff::2
outside_nd :: IP6NDSolicitor(2001:db8:ffff::2, 02:00:00:00:02:fe);
route6[1] -> outside_mtu6 :: CheckIP6MTU(1500) -> outside_nd -> outside_out;
outside_mtu6[1] -> outside_too_long6 :: Counter
    -> ICMP6Error(2001:db8:10::1, packettoobig, MTU 1500) -> route6;
outside_kind[3] -> outside_asked6 :: IP6NDAdvertiser(2001:db8:ffff::2 02:00:00:00:02:fe) -> outside_out;
outside_asked6[1] -> Discard;
outside_asked6[2] -> [1]outside_nd;
outside_kind[4] -> [1]outside_nd;
outside_local6 :: Classifier(24/20010db8001000000000000000000001,
    24/20010db8ffff00000000000000000002,
    8/fe80%ffc0,
    24/fe80%ffc0,
    24/ff,
    8/00000000000000000000000000000000%fffffffffffffffffffffffffffffffe,
    24/00000000000000000000000000000000%fffffffffffffffffffffffffffffffe,
    6/3a 40/88, -);
outside_kind[5] -> DropBroadcasts -> Strip(14) -> outside_ip6 :: CheckIP6Header -> outside_local6;
outside_local6[0] -> local6;
outside_local6[1] -> local6;
outside_link_only :: Counter -> Discard;
outside_local6[2] -> outside_link_only;
outside_local6[3] -> outside_link_only;
outside_local6[4] -> outside_link_only;
outside_local6[5] -> outside_link_only;
outside_local6[6] -> outside_link_only;
outside_local6[7] -> outside_link_only;
outside_local6[8] -> [1]gate;
outside_hlim[1] -> outside_expired6 :: Counter
    -> ICMP6Error(2001:db8:ffff::2, timeexceeded) -> route6;

// The minion of pairing firewall-log: a firewall.
// Made by `mimi render`; change the pairing file instead.
//
// The minion has the primary's MAC and IP addresses on both sides. A packet's way:
//
//   FromDevice -> for this router? -> ARP | IP -> to this router itself | gate -> TTL -> fw -> route -> MTU -> ARP -> ToDevice

require(package mimi);

// rule 1: quarantine
// rule 2: out
// rule 3: web-in
// rule 4: ping-in
fw :: MinionFirewall(
    RULE "deny from any any 10.0.66.0/24 any",
    RULE "allow from inside any any any",
    RULE "allow from outside tcp any 10.0.0.80/32:80,443",
    RULE "allow from outside icmp any any types echo-request",
    DEFAULT reject,
    MID_FLOW loose,
    WINDOW true,
    REJECT_RATE 1000,
    PER_SOURCE 1000,
    HALF_OPEN 10000,
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
    10.0.0.0/16 0,
    198.51.100.0/24 1,
    0.0.0.0/0 198.51.100.254 1);

fw[0] -> to_outside :: Counter -> route;
fw[1] -> to_inside :: Counter -> route;
fw[2] -> to_others :: Counter -> route;
route[2] -> no_route :: Counter -> Discard;

// Packets to the router itself: it answers pings.
local :: IPClassifier(icmp type echo, -);
local[0] -> pings :: Counter -> ICMPPingResponder -> route;
local[1] -> local_ignored :: Counter -> Discard;

// The inside side: eth0, 02:00:00:00:01:fe, 10.0.0.1
inside_ttl :: DecIPTTL;
inside_out :: Queue(1000) -> inside_sent :: Counter -> ToDevice(eth0);

inside_arp :: ARPQuerier(10.0.0.1, 02:00:00:00:01:fe);
route[0] -> inside_mtu :: IPFragmenter(1500) -> inside_arp -> inside_out;
// Too long for this side, and must not be cut: the sender is on the other side.
inside_mtu[1] -> inside_too_long :: Counter
    -> ICMPError(198.51.100.1, unreachable, needfrag, PMTU 1500) -> route;

inside_kind :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
FromDevice(eth0, PROMISC true) -> inside_received :: Counter
    -> HostEtherFilter(02:00:00:00:01:fe) -> inside_kind;
inside_kind[0] -> inside_asked :: Tee -> ARPResponder(10.0.0.1 02:00:00:00:01:fe) -> inside_out;
inside_asked[1] -> [1]inside_arp;
inside_kind[1] -> [1]inside_arp;
inside_kind[3] -> inside_not_ip :: Counter -> Discard;

inside_local :: IPClassifier(dst host 10.0.0.1 or dst host 198.51.100.1, -);
inside_kind[2] -> DropBroadcasts -> Strip(14) -> inside_ip :: CheckIPHeader -> inside_local;
inside_local[0] -> local;
inside_local[1] -> [0]gate;
gate[0] -> inside_ttl -> [0]fw;
// While the minion drains: the primary's packets, as they came.
gate[2] -> inside_handed :: Counter -> Unstrip(14) -> inside_out;
inside_ttl[1] -> inside_expired :: Counter
    -> ICMPError(10.0.0.1, timeexceeded) -> route;

// The outside side: eth1, 02:00:00:00:02:fe, 198.51.100.1
outside_ttl :: DecIPTTL;
outside_out :: Queue(1000) -> outside_sent :: Counter -> ToDevice(eth1);

outside_arp :: ARPQuerier(198.51.100.1, 02:00:00:00:02:fe);
route[1] -> outside_mtu :: IPFragmenter(1500) -> outside_arp -> outside_out;
// Too long for this side, and must not be cut: the sender is on the other side.
outside_mtu[1] -> outside_too_long :: Counter
    -> ICMPError(10.0.0.1, unreachable, needfrag, PMTU 1500) -> route;

outside_kind :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
FromDevice(eth1, PROMISC true) -> outside_received :: Counter
    -> HostEtherFilter(02:00:00:00:02:fe) -> outside_kind;
outside_kind[0] -> outside_asked :: Tee -> ARPResponder(198.51.100.1 02:00:00:00:02:fe) -> outside_out;
outside_asked[1] -> [1]outside_arp;
outside_kind[1] -> [1]outside_arp;
outside_kind[3] -> outside_not_ip :: Counter -> Discard;

outside_local :: IPClassifier(dst host 10.0.0.1 or dst host 198.51.100.1, -);
outside_kind[2] -> DropBroadcasts -> Strip(14) -> outside_ip :: CheckIPHeader -> outside_local;
outside_local[0] -> local;
outside_local[1] -> [1]gate;
gate[1] -> outside_ttl -> [1]fw;
// While the minion drains: the primary's packets, as they came.
gate[3] -> outside_handed :: Counter -> Unstrip(14) -> outside_out;
outside_ttl[1] -> outside_expired :: Counter
    -> ICMPError(198.51.100.1, timeexceeded) -> route;

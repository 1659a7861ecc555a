// The minion of pairing dual-stack-nat: a network address translator.
// Made by `mimi render`; change the pairing file instead.
//
// The minion has the primary's MAC and IP addresses on both sides. A packet's way:
//
//   FromDevice -> for this router? -> ARP | IP -> to this router itself | gate -> TTL -> nat -> route -> MTU -> ARP -> ToDevice

require(package mimi);

nat :: MinionNAT(
    POOL 203.0.113.1 1-65535,
    INSIDE 10.0.0.0/16,
    MAPPING endpoint-independent,
    FILTERING address-and-port-dependent,
    POOLING paired,
    PORT_PRESERVATION true,
    PORT_PARITY true,
    HAIRPINNING true,
    UNKNOWN drop,
    CAPACITY 1000000,
    TCP_ESTABLISHED 7440,
    TCP_TRANSITORY 240,
    UDP 300,
    ICMP 60);

// All packets go to nat, unless the minion drains after a failure: then only those of flows that it handled meanwhile.
gate :: MinionGate(nat);

// Where packets go, by destination annotation.
route :: StaticIPLookup(
    10.0.0.0/16 0,
    203.0.113.0/24 1,
    0.0.0.0/0 203.0.113.254 1);

// The kernel forwards the packets of established flows, where it can: read offload.status.
offload :: FlowOffload(nat, eth0, eth1, 02:00:00:00:01:fe, 02:00:00:00:02:fe,
    MTU0 1500, MTU1 1400, OTHERS false);

// The same for IPv6.
route6 :: LookupIP6Route(
    fd01:203:405:1::/64 0,
    2001:db8:ffff::/64 1,
    fe80::/10 2,
    ::/0 2001:db8:ffff::1 1,
    fd01:203:405::/48 2);
route6[2] -> no_route6 :: Counter -> Discard;

nat[0] -> to_outside :: Counter -> route;
nat[1] -> to_inside :: Counter -> route;

// IPv6: one prefix for the other. Errors of this router pass here too, so that they quote packets as their senders know them.
npt :: NPTv6(fd01:203:405::/48, 2001:db8:1::/48);
npt[0] -> to_outside6 :: Counter -> route6;
npt[1] -> to_inside6 :: Counter -> route6;
npt[2] -> to_others6 :: Counter -> route6;
route[2] -> no_route :: Counter -> Discard;

// Packets to the router itself: it answers pings.
local :: IPClassifier(icmp type echo, -);
local[0] -> pings :: Counter -> ICMPPingResponder -> route;
local[1] -> local_ignored :: Counter -> Discard;
local6 :: ICMP6PingResponder;
local6[0] -> pings6 :: Counter -> route6;
local6[1] -> local6_ignored :: Counter -> Discard;

// Addresses that are both the router's and the translator's: what no flow claims is for the router.
nat[2] -> to_others :: Counter -> others :: IPClassifier(dst host 203.0.113.1, -);
others[0] -> local;
others[1] -> route;

// The inside side: eth0, 02:00:00:00:01:fe, 10.0.0.1
inside_ttl :: DecIPTTL;
inside_hlim :: DecIP6HLIM;
inside_out :: Queue(1000) -> inside_sent :: Counter -> ToDevice(eth0);

inside_arp :: ARPQuerier(10.0.0.1, 02:00:00:00:01:fe);
route[0] -> inside_mtu :: IPFragmenter(1500) -> inside_arp -> [1]offload[1] -> inside_out;
// Too long for this side, and must not be cut: the sender is on the other side, or behind nat.
inside_mtu[1] -> inside_too_long :: Counter
    -> ICMPError(203.0.113.1, unreachable, needfrag, PMTU 1500) -> inside_ttl;

inside_kind :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, 12/86dd 20/3aff 54/87, 12/86dd 20/3aff 54/88, 12/86dd, -);
FromDevice(eth0, PROMISC true) -> inside_received :: Counter
    -> HostEtherFilter(02:00:00:00:01:fe) -> inside_kind;
inside_kind[0] -> inside_asked :: Tee -> ARPResponder(10.0.0.1 02:00:00:00:01:fe) -> inside_out;
inside_asked[1] -> [1]inside_arp;
inside_kind[1] -> [1]inside_arp;
inside_kind[6] -> inside_not_ip :: Counter -> Discard;

inside_local :: IPClassifier(dst host 10.0.0.1,
    icmp type echo and (dst host 203.0.113.1), -);
inside_kind[2] -> DropBroadcasts -> Strip(14) -> inside_ip :: CheckIPHeader -> inside_local;
inside_local[0] -> local;
inside_local[1] -> local;
inside_local[2] -> [0]gate;
gate[0] -> inside_version :: Classifier(0/60%f0, -);
inside_version[0] -> inside_hlim -> [0]npt;
inside_version[1] -> inside_ttl -> [0]nat;
// While the minion drains: the primary's packets, as they came.
gate[2] -> inside_handed :: Counter -> Unstrip(14) -> inside_out;
inside_ttl[1] -> inside_expired :: Counter
    -> ICMPError(10.0.0.1, timeexceeded) -> route;

// Its IPv6 part: fd01:203:405:1::1
inside_nd :: IP6NDSolicitor(fd01:203:405:1::1, 02:00:00:00:01:fe);
route6[0] -> inside_mtu6 :: CheckIP6MTU(1500) -> inside_nd -> inside_out;
inside_mtu6[1] -> inside_too_long6 :: Counter
    -> ICMP6Error(2001:db8:ffff::2, packettoobig, MTU 1500) -> inside_hlim;
inside_kind[3] -> inside_asked6 :: IP6NDAdvertiser(fd01:203:405:1::1 fe80::1 02:00:00:00:01:fe) -> inside_out;
inside_asked6[1] -> Discard;
inside_asked6[2] -> [1]inside_nd;
inside_kind[4] -> [1]inside_nd;
inside_local6 :: Classifier(24/fd010203040500010000000000000001,
    24/fe800000000000000000000000000001,
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
inside_local6[2] -> local6;
inside_link_only :: Counter -> Discard;
inside_local6[3] -> inside_link_only;
inside_local6[4] -> inside_link_only;
inside_local6[5] -> inside_link_only;
inside_local6[6] -> inside_link_only;
inside_local6[7] -> inside_link_only;
inside_local6[8] -> inside_link_only;
inside_local6[9] -> [0]gate;
inside_hlim[1] -> inside_expired6 :: Counter
    -> ICMP6Error(fd01:203:405:1::1, timeexceeded) -> route6;

// The outside side: eth1, 02:00:00:00:02:fe, 203.0.113.1
outside_ttl :: DecIPTTL;
outside_hlim :: DecIP6HLIM;
outside_out :: Queue(1000) -> outside_sent :: Counter -> ToDevice(eth1);

outside_arp :: ARPQuerier(203.0.113.1, 02:00:00:00:02:fe);
route[1] -> outside_mtu :: IPFragmenter(1400) -> outside_arp -> [0]offload[0] -> outside_out;
// Too long for this side, and must not be cut: the sender is on the other side, or behind nat.
outside_mtu[1] -> outside_too_long :: Counter
    -> ICMPError(203.0.113.1, unreachable, needfrag, PMTU 1400) -> outside_ttl;

outside_kind :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, 12/86dd 20/3aff 54/87, 12/86dd 20/3aff 54/88, 12/86dd, -);
FromDevice(eth1, PROMISC true) -> outside_received :: Counter
    -> HostEtherFilter(02:00:00:00:02:fe) -> outside_kind;
outside_kind[0] -> outside_asked :: Tee -> ARPResponder(203.0.113.1 02:00:00:00:02:fe) -> outside_out;
outside_asked[1] -> [1]outside_arp;
outside_kind[1] -> [1]outside_arp;
outside_kind[6] -> outside_not_ip :: Counter -> Discard;

outside_local :: IPClassifier(dst host 10.0.0.1,
    icmp type echo and (dst host 203.0.113.1), -);
outside_kind[2] -> DropBroadcasts -> Strip(14) -> outside_ip :: CheckIPHeader -> outside_local;
outside_local[0] -> local;
outside_local[1] -> local;
outside_local[2] -> [1]gate;
gate[1] -> outside_version :: Classifier(0/60%f0, -);
outside_version[0] -> outside_hlim -> [1]npt;
outside_version[1] -> outside_ttl -> [1]nat;
// While the minion drains: the primary's packets, as they came.
gate[3] -> outside_handed :: Counter -> Unstrip(14) -> outside_out;
outside_ttl[1] -> outside_expired :: Counter
    -> ICMPError(203.0.113.1, timeexceeded) -> route;

// Its IPv6 part: 2001:db8:ffff::2
outside_nd :: IP6NDSolicitor(2001:db8:ffff::2, 02:00:00:00:02:fe);
route6[1] -> outside_mtu6 :: CheckIP6MTU(1400) -> outside_nd -> outside_out;
outside_mtu6[1] -> outside_too_long6 :: Counter
    -> ICMP6Error(fd01:203:405:1::1, packettoobig, MTU 1400) -> outside_hlim;
outside_kind[3] -> outside_asked6 :: IP6NDAdvertiser(2001:db8:ffff::2 02:00:00:00:02:fe) -> outside_out;
outside_asked6[1] -> Discard;
outside_asked6[2] -> [1]outside_nd;
outside_kind[4] -> [1]outside_nd;
outside_local6 :: Classifier(24/fd010203040500010000000000000001,
    24/fe800000000000000000000000000001,
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
outside_local6[2] -> local6;
outside_link_only :: Counter -> Discard;
outside_local6[3] -> outside_link_only;
outside_local6[4] -> outside_link_only;
outside_local6[5] -> outside_link_only;
outside_local6[6] -> outside_link_only;
outside_local6[7] -> outside_link_only;
outside_local6[8] -> outside_link_only;
outside_local6[9] -> [1]gate;
outside_hlim[1] -> outside_expired6 :: Counter
    -> ICMP6Error(2001:db8:ffff::2, timeexceeded) -> route6;

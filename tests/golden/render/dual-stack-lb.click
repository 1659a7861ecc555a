// The minion of pairing dual-stack-lb: a load balancer.
// Made by `mimi render`; change the pairing file instead.
//
// The minion has the primary's MAC and IP addresses on both sides. A packet's way:
//
//   FromDevice -> for this router? -> ARP | IP -> to this router itself | gate -> TTL -> lb -> route -> MTU -> ARP -> ToDevice

require(package mimi);

// vip web4: tcp 192.0.2.100:443, backends v1, v2
// vip web6: tcp [2001:db8:1::100]:443, backends v1, v2
lb :: MinionLB(
    VIP tcp 192.0.2.100:443 random 10.2.0.1:8443 10.2.0.2:8443,
    VIP tcp [2001:db8:1::100]:443 maglev SEED 20261125 [2001:db8:2::1]:8443 [2001:db8:2::2]:8443,
    UNKNOWN drop,
    CAPACITY 1000000,
    TCP_ESTABLISHED 7440,
    TCP_TRANSITORY 240,
    UDP 300);

// All packets go to lb, unless the minion drains after a failure: then only those of flows that it handled meanwhile.
gate :: MinionGate(lb);

// Where packets go, by destination annotation.
route :: StaticIPLookup(
    192.0.2.0/24 0,
    10.2.0.0/16 1,
    0.0.0.0/0 192.0.2.1 0);

// The kernel forwards the packets of established flows, where it can: read offload.status.
offload :: FlowOffload(lb, eth0, eth1, 02:00:00:00:01:fe, 02:00:00:00:02:fe,
    MTU0 1500, MTU1 1500, OTHERS false);

// The same for IPv6.
route6 :: LookupIP6Route(
    2001:db8:1::/64 0,
    2001:db8:2::/64 1,
    fe80::/10 2,
    ::/0 2001:db8:1::1 0);
route6[2] -> no_route6 :: Counter -> Discard;
forward :: Classifier(0/60%f0, -);
forward[0] -> route6;
forward[1] -> route;

lb[0] -> to_backends :: Counter -> forward;
lb[1] -> to_clients :: Counter -> forward;
lb[2] -> to_others :: Counter -> forward;
route[2] -> no_route :: Counter -> Discard;

// Packets to the router itself: it answers pings, for the VIPs too.
local :: IPClassifier(icmp type echo, -);
local[0] -> pings :: Counter -> ICMPPingResponder -> route;
local[1] -> local_ignored :: Counter -> Discard;
local6 :: ICMP6PingResponder;
local6[0] -> pings6 :: Counter -> route6;
local6[1] -> local6_ignored :: Counter -> Discard;

// The client side: eth0, 02:00:00:00:01:fe, 192.0.2.254
client_ttl :: DecIPTTL;
client_hlim :: DecIP6HLIM;
client_out :: Queue(1000) -> client_sent :: Counter -> ToDevice(eth0);

client_arp :: ARPQuerier(192.0.2.254, 02:00:00:00:01:fe);
route[0] -> client_mtu :: IPFragmenter(1500) -> client_arp -> [1]offload[1] -> client_out;
// Too long for this side, and must not be cut: the sender is on the other side, or behind lb.
client_mtu[1] -> client_too_long :: Counter
    -> ICMPError(10.2.0.254, unreachable, needfrag, PMTU 1500) -> client_ttl;

client_kind :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, 12/86dd 20/3aff 54/87, 12/86dd 20/3aff 54/88, 12/86dd, -);
FromDevice(eth0, PROMISC true) -> client_received :: Counter
    -> HostEtherFilter(02:00:00:00:01:fe) -> client_kind;
client_kind[0] -> client_asked :: Tee -> ARPResponder(192.0.2.254 192.0.2.100 02:00:00:00:01:fe) -> client_out;
client_asked[1] -> [1]client_arp;
client_kind[1] -> [1]client_arp;
client_kind[6] -> client_not_ip :: Counter -> Discard;

client_local :: IPClassifier(dst host 192.0.2.254 or dst host 10.2.0.254,
    icmp type echo and (dst host 192.0.2.100), -);
client_kind[2] -> DropBroadcasts -> Strip(14) -> client_ip :: CheckIPHeader -> client_local;
client_local[0] -> local;
client_local[1] -> local;
client_local[2] -> [0]gate;
gate[0] -> client_version :: Classifier(0/60%f0, -);
client_version[0] -> client_hlim -> [0]lb;
client_version[1] -> client_ttl -> [0]lb;
// While the minion drains: the primary's packets, as they came.
gate[2] -> client_handed :: Counter -> Unstrip(14) -> client_out;
client_ttl[1] -> client_expired :: Counter
    -> ICMPError(192.0.2.254, timeexceeded) -> route;

// Its IPv6 part: 2001:db8:1::fe
client_nd :: IP6NDSolicitor(2001:db8:1::fe, 02:00:00:00:01:fe);
route6[0] -> client_mtu6 :: CheckIP6MTU(1500) -> client_nd -> client_out;
client_mtu6[1] -> client_too_long6 :: Counter
    -> ICMP6Error(2001:db8:2::fe, packettoobig, MTU 1500) -> client_hlim;
client_kind[3] -> client_asked6 :: IP6NDAdvertiser(2001:db8:1::fe 2001:db8:1::100 02:00:00:00:01:fe) -> client_out;
client_asked6[1] -> Discard;
client_asked6[2] -> [1]client_nd;
client_kind[4] -> [1]client_nd;
client_local6 :: Classifier(24/20010db80001000000000000000000fe,
    24/20010db80002000000000000000000fe,
    24/20010db8000100000000000000000100 6/3a 40/80,
    8/fe80%ffc0,
    24/fe80%ffc0,
    24/ff,
    8/00000000000000000000000000000000%fffffffffffffffffffffffffffffffe,
    24/00000000000000000000000000000000%fffffffffffffffffffffffffffffffe,
    6/3a 40/88, -);
client_kind[5] -> DropBroadcasts -> Strip(14) -> client_ip6 :: CheckIP6Header -> client_local6;
client_local6[0] -> local6;
client_local6[1] -> local6;
client_local6[2] -> local6;
client_link_only :: Counter -> Discard;
client_local6[3] -> client_link_only;
client_local6[4] -> client_link_only;
client_local6[5] -> client_link_only;
client_local6[6] -> client_link_only;
client_local6[7] -> client_link_only;
client_local6[8] -> client_link_only;
client_local6[9] -> [0]gate;
client_hlim[1] -> client_expired6 :: Counter
    -> ICMP6Error(2001:db8:1::fe, timeexceeded) -> route6;

// The server side: eth1, 02:00:00:00:02:fe, 10.2.0.254
server_ttl :: DecIPTTL;
server_hlim :: DecIP6HLIM;
server_out :: Queue(1000) -> server_sent :: Counter -> ToDevice(eth1);

server_arp :: ARPQuerier(10.2.0.254, 02:00:00:00:02:fe);
route[1] -> server_mtu :: IPFragmenter(1500) -> server_arp -> [0]offload[0] -> server_out;
// Too long for this side, and must not be cut: the sender is on the other side, or behind lb.
server_mtu[1] -> server_too_long :: Counter
    -> ICMPError(192.0.2.254, unreachable, needfrag, PMTU 1500) -> server_ttl;

server_kind :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, 12/86dd 20/3aff 54/87, 12/86dd 20/3aff 54/88, 12/86dd, -);
FromDevice(eth1, PROMISC true) -> server_received :: Counter
    -> HostEtherFilter(02:00:00:00:02:fe) -> server_kind;
server_kind[0] -> server_asked :: Tee -> ARPResponder(10.2.0.254 02:00:00:00:02:fe) -> server_out;
server_asked[1] -> [1]server_arp;
server_kind[1] -> [1]server_arp;
server_kind[6] -> server_not_ip :: Counter -> Discard;

server_local :: IPClassifier(dst host 192.0.2.254 or dst host 10.2.0.254,
    icmp type echo and (dst host 192.0.2.100), -);
server_kind[2] -> DropBroadcasts -> Strip(14) -> server_ip :: CheckIPHeader -> server_local;
server_local[0] -> local;
server_local[1] -> local;
server_local[2] -> [1]gate;
gate[1] -> server_version :: Classifier(0/60%f0, -);
server_version[0] -> server_hlim -> [1]lb;
server_version[1] -> server_ttl -> [1]lb;
// While the minion drains: the primary's packets, as they came.
gate[3] -> server_handed :: Counter -> Unstrip(14) -> server_out;
server_ttl[1] -> server_expired :: Counter
    -> ICMPError(10.2.0.254, timeexceeded) -> route;

// Its IPv6 part: 2001:db8:2::fe
server_nd :: IP6NDSolicitor(2001:db8:2::fe, 02:00:00:00:02:fe);
route6[1] -> server_mtu6 :: CheckIP6MTU(1500) -> server_nd -> server_out;
server_mtu6[1] -> server_too_long6 :: Counter
    -> ICMP6Error(2001:db8:1::fe, packettoobig, MTU 1500) -> server_hlim;
server_kind[3] -> server_asked6 :: IP6NDAdvertiser(2001:db8:2::fe 02:00:00:00:02:fe) -> server_out;
server_asked6[1] -> Discard;
server_asked6[2] -> [1]server_nd;
server_kind[4] -> [1]server_nd;
server_local6 :: Classifier(24/20010db80001000000000000000000fe,
    24/20010db80002000000000000000000fe,
    24/20010db8000100000000000000000100 6/3a 40/80,
    8/fe80%ffc0,
    24/fe80%ffc0,
    24/ff,
    8/00000000000000000000000000000000%fffffffffffffffffffffffffffffffe,
    24/00000000000000000000000000000000%fffffffffffffffffffffffffffffffe,
    6/3a 40/88, -);
server_kind[5] -> DropBroadcasts -> Strip(14) -> server_ip6 :: CheckIP6Header -> server_local6;
server_local6[0] -> local6;
server_local6[1] -> local6;
server_local6[2] -> local6;
server_link_only :: Counter -> Discard;
server_local6[3] -> server_link_only;
server_local6[4] -> server_link_only;
server_local6[5] -> server_link_only;
server_local6[6] -> server_link_only;
server_local6[7] -> server_link_only;
server_local6[8] -> server_link_only;
server_local6[9] -> [1]gate;
server_hlim[1] -> server_expired6 :: Counter
    -> ICMP6Error(2001:db8:2::fe, timeexceeded) -> route6;

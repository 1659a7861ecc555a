// The minion of pairing minimal: a load balancer.
// Made by `mimi render`; change the pairing file instead.
//
// The minion has the primary's MAC and IP addresses on both sides. A packet's way:
//
//   FromDevice -> for this router? -> ARP | IP -> to this router itself | gate -> TTL -> lb -> route -> MTU -> ARP -> ToDevice

require(package mimi);

// vip web: tcp 192.0.2.100:80, backends web1
lb :: MinionLB(
    VIP tcp 192.0.2.100:80 random 198.51.100.11:8080,
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
    198.51.100.0/24 1,
    0.0.0.0/0 2);

// The kernel forwards the packets of established flows, where it can: read offload.status.
offload :: FlowOffload(lb, eth1, eth2, 02:00:00:00:01:01, 02:00:00:00:02:01,
    MTU0 1500, MTU1 1500, OTHERS false);

lb[0] -> to_backends :: Counter -> route;
lb[1] -> to_clients :: Counter -> route;
lb[2] -> to_others :: Counter -> route;
route[2] -> no_route :: Counter -> Discard;

// Packets to the router itself: it answers pings, for the VIPs too.
local :: IPClassifier(icmp type echo, -);
local[0] -> pings :: Counter -> ICMPPingResponder -> route;
local[1] -> local_ignored :: Counter -> Discard;

// The client side: eth1, 02:00:00:00:01:01, 192.0.2.1
client_ttl :: DecIPTTL;
client_out :: Queue(1000) -> client_sent :: Counter -> ToDevice(eth1);

client_arp :: ARPQuerier(192.0.2.1, 02:00:00:00:01:01);
route[0] -> client_mtu :: IPFragmenter(1500) -> client_arp -> [1]offload[1] -> client_out;
// Too long for this side, and must not be cut: the sender is on the other side, or behind lb.
client_mtu[1] -> client_too_long :: Counter
    -> ICMPError(198.51.100.1, unreachable, needfrag, PMTU 1500) -> client_ttl;

client_kind :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
FromDevice(eth1, PROMISC true) -> client_received :: Counter
    -> HostEtherFilter(02:00:00:00:01:01) -> client_kind;
client_kind[0] -> client_asked :: Tee -> ARPResponder(192.0.2.1 192.0.2.100 02:00:00:00:01:01) -> client_out;
client_asked[1] -> [1]client_arp;
client_kind[1] -> [1]client_arp;
client_kind[3] -> client_not_ip :: Counter -> Discard;

client_local :: IPClassifier(dst host 192.0.2.1 or dst host 198.51.100.1,
    icmp type echo and (dst host 192.0.2.100), -);
client_kind[2] -> DropBroadcasts -> Strip(14) -> client_ip :: CheckIPHeader -> client_local;
client_local[0] -> local;
client_local[1] -> local;
client_local[2] -> [0]gate;
gate[0] -> client_ttl -> [0]lb;
// While the minion drains: the primary's packets, as they came.
gate[2] -> client_handed :: Counter -> Unstrip(14) -> client_out;
client_ttl[1] -> client_expired :: Counter
    -> ICMPError(192.0.2.1, timeexceeded) -> route;

// The server side: eth2, 02:00:00:00:02:01, 198.51.100.1
server_ttl :: DecIPTTL;
server_out :: Queue(1000) -> server_sent :: Counter -> ToDevice(eth2);

server_arp :: ARPQuerier(198.51.100.1, 02:00:00:00:02:01);
route[1] -> server_mtu :: IPFragmenter(1500) -> server_arp -> [0]offload[0] -> server_out;
// Too long for this side, and must not be cut: the sender is on the other side, or behind lb.
server_mtu[1] -> server_too_long :: Counter
    -> ICMPError(192.0.2.1, unreachable, needfrag, PMTU 1500) -> server_ttl;

server_kind :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
FromDevice(eth2, PROMISC true) -> server_received :: Counter
    -> HostEtherFilter(02:00:00:00:02:01) -> server_kind;
server_kind[0] -> server_asked :: Tee -> ARPResponder(198.51.100.1 02:00:00:00:02:01) -> server_out;
server_asked[1] -> [1]server_arp;
server_kind[1] -> [1]server_arp;
server_kind[3] -> server_not_ip :: Counter -> Discard;

server_local :: IPClassifier(dst host 192.0.2.1 or dst host 198.51.100.1,
    icmp type echo and (dst host 192.0.2.100), -);
server_kind[2] -> DropBroadcasts -> Strip(14) -> server_ip :: CheckIPHeader -> server_local;
server_local[0] -> local;
server_local[1] -> local;
server_local[2] -> [1]gate;
gate[1] -> server_ttl -> [1]lb;
// While the minion drains: the primary's packets, as they came.
gate[3] -> server_handed :: Counter -> Unstrip(14) -> server_out;
server_ttl[1] -> server_expired :: Counter
    -> ICMPError(198.51.100.1, timeexceeded) -> route;

// The minion of pairing fig2-openflow: a load balancer.
// Made by `mimi render`; change the pairing file instead.
//
// The minion has the primary's MAC and IP addresses on both sides. A packet's way:
//
//   FromDevice -> for this router? -> ARP | IP -> to this router itself | gate -> TTL -> lb -> route -> MTU -> ARP -> ToDevice

require(package mimi);

// vip web: tcp 10.1.0.100:8080, backends v1, v2, v3, v4, v5
// vip echo: tcp 10.1.0.100:9000, backends e1, e2, e3, e4, e5
lb :: MinionLB(
    VIP tcp 10.1.0.100:8080 random 10.2.0.1:8080 10.2.0.2:8080 10.2.0.3:8080 10.2.0.4:8080 10.2.0.5:8080,
    VIP tcp 10.1.0.100:9000 random 10.2.0.1:9000 10.2.0.2:9000 10.2.0.3:9000 10.2.0.4:9000 10.2.0.5:9000,
    UNKNOWN drop,
    CAPACITY 1000000,
    TCP_ESTABLISHED 7440,
    TCP_TRANSITORY 240,
    UDP 300);

// All packets go to lb, unless the minion drains after a failure: then only those of flows that it handled meanwhile.
gate :: MinionGate(lb);

// Where packets go, by destination annotation.
route :: StaticIPLookup(
    10.1.0.0/16 0,
    10.2.0.0/16 1,
    0.0.0.0/0 2);

// The kernel forwards the packets of established flows, where it can: read offload.status.
offload :: FlowOffload(lb, minion-eth0, minion-eth1, 02:00:00:00:01:fe, 02:00:00:00:02:fe,
    MTU0 1500, MTU1 1500, OTHERS false);

lb[0] -> to_backends :: Counter -> route;
lb[1] -> to_clients :: Counter -> route;
lb[2] -> to_others :: Counter -> route;
route[2] -> no_route :: Counter -> Discard;

// Packets to the router itself: it answers pings, for the VIPs too.
local :: IPClassifier(icmp type echo, -);
local[0] -> pings :: Counter -> ICMPPingResponder -> route;
local[1] -> local_ignored :: Counter -> Discard;

// The client side: minion-eth0, 02:00:00:00:01:fe, 10.1.0.254
client_ttl :: DecIPTTL;
client_out :: Queue(1000) -> client_sent :: Counter -> ToDevice(minion-eth0);

client_arp :: ARPQuerier(10.1.0.254, 02:00:00:00:01:fe);
route[0] -> client_mtu :: IPFragmenter(1500) -> client_arp -> [1]offload[1] -> client_out;
// Too long for this side, and must not be cut: the sender is on the other side, or behind lb.
client_mtu[1] -> client_too_long :: Counter
    -> ICMPError(10.2.0.254, unreachable, needfrag, PMTU 1500) -> client_ttl;

client_kind :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
FromDevice(minion-eth0, PROMISC true) -> client_received :: Counter
    -> HostEtherFilter(02:00:00:00:01:fe) -> client_kind;
client_kind[0] -> client_asked :: Tee -> ARPResponder(10.1.0.254 10.1.0.100 02:00:00:00:01:fe) -> client_out;
client_asked[1] -> [1]client_arp;
client_kind[1] -> [1]client_arp;
client_kind[3] -> client_not_ip :: Counter -> Discard;

client_local :: IPClassifier(dst host 10.1.0.254 or dst host 10.2.0.254,
    icmp type echo and (dst host 10.1.0.100), -);
client_kind[2] -> DropBroadcasts -> Strip(14) -> client_ip :: CheckIPHeader -> client_local;
client_local[0] -> local;
client_local[1] -> local;
client_local[2] -> [0]gate;
gate[0] -> client_ttl -> [0]lb;
// While the minion drains: the primary's packets, as they came.
gate[2] -> client_handed :: Counter -> Unstrip(14) -> client_out;
client_ttl[1] -> client_expired :: Counter
    -> ICMPError(10.1.0.254, timeexceeded) -> route;

// The server side: minion-eth1, 02:00:00:00:02:fe, 10.2.0.254
server_ttl :: DecIPTTL;
server_out :: Queue(1000) -> server_sent :: Counter -> ToDevice(minion-eth1);

server_arp :: ARPQuerier(10.2.0.254, 02:00:00:00:02:fe);
route[1] -> server_mtu :: IPFragmenter(1500) -> server_arp -> [0]offload[0] -> server_out;
// Too long for this side, and must not be cut: the sender is on the other side, or behind lb.
server_mtu[1] -> server_too_long :: Counter
    -> ICMPError(10.1.0.254, unreachable, needfrag, PMTU 1500) -> server_ttl;

server_kind :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
FromDevice(minion-eth1, PROMISC true) -> server_received :: Counter
    -> HostEtherFilter(02:00:00:00:02:fe) -> server_kind;
server_kind[0] -> server_asked :: Tee -> ARPResponder(10.2.0.254 02:00:00:00:02:fe) -> server_out;
server_asked[1] -> [1]server_arp;
server_kind[1] -> [1]server_arp;
server_kind[3] -> server_not_ip :: Counter -> Discard;

server_local :: IPClassifier(dst host 10.1.0.254 or dst host 10.2.0.254,
    icmp type echo and (dst host 10.1.0.100), -);
server_kind[2] -> DropBroadcasts -> Strip(14) -> server_ip :: CheckIPHeader -> server_local;
server_local[0] -> local;
server_local[1] -> local;
server_local[2] -> [1]gate;
gate[1] -> server_ttl -> [1]lb;
// While the minion drains: the primary's packets, as they came.
gate[3] -> server_handed :: Counter -> Unstrip(14) -> server_out;
server_ttl[1] -> server_expired :: Counter
    -> ICMPError(10.2.0.254, timeexceeded) -> route;

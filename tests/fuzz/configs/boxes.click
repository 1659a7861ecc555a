// SPDX-License-Identifier: Apache-2.0
// A load balancer and a firewall that have both versions of IP, and see each packet as it comes: no header is checked before them.
// Balanced are 10.1.0.100:80, [2001:db8:f::10]:80 and port 53 of both; inside is 10.0.0.0/8 and 2001:db8:a::/48.
// account: lb0.count + lb1.count = lb_out.count + lb.stats/drop_unknown + lb.stats/drop_fragment + lb.stats/drop_malformed + lb.stats/drop_refused + lb.stats/drop_icmp + lb.stats/drop_unrouted + lb.stats/drop_backend_unknown + lb.stats/drop_no_backend
// account: fw0.count + fw1.count = fw_out.count + fw.stats/drop_unknown + fw.stats/drop_fragment + fw.stats/drop_malformed + fw.stats/drop_refused + fw.stats/drop_icmp + fw.stats/drop_unrouted + fw.stats/drop_denied + fw.stats/drop_window + fw.stats/drop_flags + fw.stats/drop_source + fw.stats/drop_half_open + fw.stats/drop_unanswered
lb :: MinionLB(VIP tcp 10.1.0.100:80 random 10.2.0.1:8080 10.2.0.2:8080, VIP tcp [2001:db8:f::10]:80 random [2001:db8:2::11]:8080 [2001:db8:2::12]:8080,
    VIP udp 10.1.0.100:53 source-hash 10.2.0.1:53, VIP udp [2001:db8:f::10]:53 source-hash [2001:db8:2::11]:53, UNKNOWN pick);
fw :: MinionFirewall(RULE "allow from inside tcp 10.0.0.0/8 any", RULE "allow from inside udp any any:53", RULE "allow from inside icmp any any",
    RULE "allow from inside any 2001:db8:a::/48 any", RULE "allow from outside tcp any [2001:db8:a::/48]:80", RULE "reject from outside any any any");

in0 :: MemoryIn -> t :: Tee; in1 :: MemoryIn -> u :: Tee;
t[0] -> MarkIPHeader -> lb0 :: Counter -> [0]lb; u[0] -> MarkIPHeader -> lb1 :: Counter -> [1]lb;
t[1] -> MarkIPHeader -> fw0 :: Counter -> [0]fw; u[1] -> MarkIPHeader -> fw1 :: Counter -> [1]fw;
out :: Null -> out0 :: MemoryOut;
lb_out :: Counter -> out; lb[0] -> lb_out; lb[1] -> lb_out; lb[2] -> lb_out;
fw_out :: Counter -> out; fw[0] -> fw_out; fw[1] -> fw_out; fw[2] -> fw_out;

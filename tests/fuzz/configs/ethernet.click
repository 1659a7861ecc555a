// SPDX-License-Identifier: Apache-2.0
// Elements for frames of any kind, each with a copy of its own.
// account: received.count = kinds.count
in0 :: MemoryIn -> received :: Counter -> t :: Tee;
out :: Null -> out0 :: MemoryOut;

t[0] -> kinds :: Counter -> c :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/8100, 12/0800 23/06, 0/01%01, 30/????00, -);
c[0] -> out; c[1] -> out; c[2] -> out; c[3] -> out; c[4] -> out; c[5] -> out; c[6] -> out;
t[1] -> ARPResponder(10.0.0.0/8 02:00:00:00:00:01, 0/0 02:00:00:00:00:02) -> out;
t[2] -> a :: Classifier(12/0806, -); q :: ARPQuerier(10.0.0.254, 02:00:00:00:00:01, CAPACITY 10);
a[0] -> [1]q; a[1] -> Strip(14) -> MarkIPHeader -> GetIPAddress(16) -> [0]q; q -> out;
t[3] -> ARPPrint -> out;
t[4] -> VLANDecap -> VLANEncap(VLAN_ID 7, VLAN_PCP 2) -> out;
t[5] -> VLANDecap(ANNO true) -> VLANEncap(ANNO) -> out;
t[6] -> EtherMirror -> EtherRewrite(02:00:00:00:00:03, 02:00:00:00:00:04) -> EtherEncap(0x86dd, 1:1:1:1:1:1, 2:2:2:2:2:2) -> out;
t[7] -> HostEtherFilter(02:00:00:00:00:01, DROP_OWN true) -> DropBroadcasts -> out;
s :: EtherSwitch; t[8] -> s; t[9] -> [1]s; s[0] -> out; s[1] -> out;
t[10] -> Strip(14) -> Truncate(40) -> Pad(60) -> Align(4, 2) -> Unstrip(14) -> out;
t[11] -> Print(x, 100, CONTENTS ascii, PRINTANNO true) -> out;
t[12] -> Strip(14) -> k :: CheckIPHeader -> m :: MinionLB(VIP tcp 10.1.0.100:80 random 10.2.0.1:80, VIP udp 10.1.0.101:53 random 10.2.0.1:53, UNKNOWN reset);
Idle -> [1]m; m[0] -> out; m[1] -> out; k[1] -> out;
t[13] -> p :: Paint(3) -> pt :: PaintTee(3) -> CheckPaint(3) -> HashSwitch(OFFSET 26, LENGTH 8) -> out;
pt[1] -> out;
t[14] -> ToDump(/dev/null, SNAPLEN 50) ;
t[15] -> Queue(3) -> b :: BandwidthRatedUnqueue(1000000) -> out;

// packets: ethernet
// Frames made, mirrored, filtered, cut and filled.
FromDump($IN, STOP true) -> t :: Tee;
t[0] -> EtherMirror -> ToDump($OUT0, SNAPLEN 0);
t[1] -> EtherEncap(0x0800, 1:2:3:4:5:6, 6:5:4:3:2:1) -> ToDump($OUT1, SNAPLEN 0);
t[2] -> HostEtherFilter(02:00:00:00:00:01, DROP_OWN true) -> ToDump($OUT2, SNAPLEN 0);
t[3] -> DropBroadcasts -> Strip(14) -> Truncate(50) -> ToDump($OUT3, SNAPLEN 0);
t[4] -> v :: VLANDecap -> VLANEncap(VLAN_ID 9, VLAN_PCP 3) -> ToDump($OUT4, SNAPLEN 0);

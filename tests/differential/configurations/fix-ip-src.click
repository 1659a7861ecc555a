// packets: whole-ip
// Addresses set, stored and fixed.
// ignores: $OUT0 1 4-5 8 10-11: as in icmp-error
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> k :: IPClassifier(not icmp or icmp type 0 or icmp type 3 or icmp type 5 or icmp type 8 or icmp type 11 or icmp type 12 or icmp type 13, -);
k[1] -> Discard; // unknown ICMP messages may be errors: not answered here
k[0] -> t :: Tee;
t[0] -> ICMPError(10.0.0.9, timeexceeded, SET_FIX_ANNO true) -> FixIPSrc(10.0.0.10) -> ToDump($OUT0, SNAPLEN 0);
t[1] -> SetIPAddress(10.7.7.7) -> StoreIPAddress(dst) -> ToDump($OUT1, SNAPLEN 0);
t[2] -> StoreIPAddress(10.8.8.8, src) -> ToDump($OUT2, SNAPLEN 0);
t[3] -> StoreIPAddress(10.8.8.8, 12) -> ToDump($OUT3, SNAPLEN 0);

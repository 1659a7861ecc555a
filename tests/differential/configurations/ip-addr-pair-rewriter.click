// packets: whole-ip
// Pairs of addresses: one source for all, and kept.
FromDump($IN, STOP true) -> Unqueue -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> k :: IPClassifier(src host 10.0.1.3, dst host 10.0.0.2, -);
a :: IPAddrPairRewriter(pattern 5.6.7.0-5.6.7.250# 9.9.9.9 0 1, keep 2 2, drop);
k[0] -> [1]a; k[1] -> [2]a; k[2] -> [0]a;
a[0] -> u :: Tee -> ToDump($OUT0, SNAPLEN 0); u[1] -> IPMirror -> SetIPChecksum -> [2]a;
a[1] -> ToDump($OUT1, SNAPLEN 0); a[2] -> ToDump($OUT2, SNAPLEN 0);

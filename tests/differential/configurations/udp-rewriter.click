// packets: whole-ip
// UDPRewriter: both protocols, by patterns and kept.
FromDump($IN, STOP true) -> Unqueue -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> proto :: IPClassifier(tcp and ip hl 5, udp and ip hl 5, icmp, -); // see check-transport
proto[0] -> CheckTCPHeader(VERBOSE false) -> flows :: Null; proto[1] -> CheckUDPHeader(VERBOSE false) -> flows; proto[2] -> icmp :: Null; proto[3] -> Discard; icmp -> Discard;
rw :: UDPRewriter(pattern 5.6.7.8 2000-60000# - - 0 1, keep 2 2, drop);
flows -> k :: IPClassifier(dst port 53, dst port 22, -);
k[0] -> [1]rw; k[1] -> [2]rw; k[2] -> [0]rw;
rw[0] -> t :: Tee -> ToDump($OUT0, SNAPLEN 0); t[1] -> IPMirror -> SetIPChecksum -> [2]rw;
rw[1] -> ToDump($OUT1, SNAPLEN 0); rw[2] -> ToDump($OUT2, SNAPLEN 0);

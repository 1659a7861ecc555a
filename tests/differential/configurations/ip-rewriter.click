// packets: whole-ip
// Patterns with ports in order, kept flows, dropped ones, a mapper, and replies.
FromDump($IN, STOP true) -> Unqueue -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> proto :: IPClassifier(tcp and ip hl 5, udp and ip hl 5, icmp, -); // see check-transport
proto[0] -> CheckTCPHeader(VERBOSE false) -> flows :: Null; proto[1] -> CheckUDPHeader(VERBOSE false) -> flows; proto[2] -> icmp :: Null; proto[3] -> Discard; icmp -> Discard;
IPRewriterPatterns(out 5.6.7.8 2000-60000# - -);
m :: RoundRobinIPMapper(- - 10.0.5.1 - 2 3, - - 10.0.5.2 8000 2 3);
rw :: IPRewriter(pattern out 0 1, keep 4 4, drop, pass 5, m, pattern 7.7.7.7 - - 99 6 6);
flows -> k :: IPClassifier(dst host 5.6.7.8, src port 53, dst port 22, dst host 1.2.3.4, dst port 80, src host 192.168.1.1, -);
k[0] -> [3]rw; k[1] -> [1]rw; k[2] -> [2]rw; k[3] -> [3]rw; k[4] -> [4]rw; k[5] -> [5]rw; k[6] -> [0]rw;
rw[0] -> t :: Tee -> ToDump($OUT0, SNAPLEN 0); t[1] -> IPMirror -> SetIPChecksum -> [3]rw; // replies find their flows
rw[1] -> ToDump($OUT1, SNAPLEN 0); rw[2] -> ToDump($OUT2, SNAPLEN 0); rw[3] -> ToDump($OUT3, SNAPLEN 0);
rw[4] -> ToDump($OUT4, SNAPLEN 0); rw[5] -> ToDump($OUT5, SNAPLEN 0); rw[6] -> ToDump($OUT6, SNAPLEN 0);

// packets: whole-ip
// Errors about packets that a rewriter has sent, and errors about others.
// ignores: $OUT1 1 4-5 8 10-11: as in icmp-error
FromDump($IN, STOP true) -> Unqueue -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> proto :: IPClassifier(tcp and ip hl 5, udp and ip hl 5, icmp, -); // see check-transport
proto[0] -> CheckTCPHeader(VERBOSE false) -> flows :: Null; proto[1] -> CheckUDPHeader(VERBOSE false) -> flows; proto[2] -> icmp :: Null; proto[3] -> Discard;
rw :: IPRewriter(pattern 5.6.7.8 2000-60000# - - 0 1);
flows -> [0]rw;
rw[0] -> t :: Tee -> ToDump($OUT0, SNAPLEN 0); rw[1] -> Discard;
er :: ICMPRewriter(rw); er[0] -> ToDump($OUT1, SNAPLEN 0); er[1] -> Discard; // upstream drops what it does not translate, its manual promises it here
t[1] -> ICMPError(10.0.0.99, unreachable, port) -> er;
t[2] -> ICMPError(10.0.0.99, unreachable, needfrag, PMTU 1400) -> er;
icmp -> CheckICMPHeader(VERBOSE false) -> er;

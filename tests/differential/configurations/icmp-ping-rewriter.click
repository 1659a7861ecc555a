// packets: whole-ip
// Echo requests with identifiers in order, their answers, and what is no echo.
FromDump($IN, STOP true) -> Unqueue -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> proto :: IPClassifier(tcp and ip hl 5, udp and ip hl 5, icmp, -); // see check-transport
proto[0] -> CheckTCPHeader(VERBOSE false) -> flows :: Null; proto[1] -> CheckUDPHeader(VERBOSE false) -> flows; proto[2] -> icmp :: Null; proto[3] -> Discard; flows -> Discard;
icmp -> CheckICMPHeader(VERBOSE false) -> k :: IPClassifier(icmp type echo and ip[6:2] & 0xbfff = 0, -);
rw :: ICMPPingRewriter(pattern 5.6.7.8 2000-60000# - - 0 1, drop);
k[0] -> [0]rw; k[1] -> [1]rw;
rw[0] -> t :: Tee -> ToDump($OUT0, SNAPLEN 0); t[1] -> ICMPPingResponder -> [1]rw; rw[1] -> ToDump($OUT1, SNAPLEN 0);

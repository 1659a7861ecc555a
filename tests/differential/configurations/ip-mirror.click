// packets: whole-ip
// Replies of the simplest kinds.
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> t :: Tee -> IPMirror -> ToDump($OUT0, SNAPLEN 0);
t[1] -> w :: IPClassifier(ip[6:2] & 0xbfff = 0, -) -> p :: ICMPPingResponder -> ToDump($OUT1, SNAPLEN 0);
w[1] -> Discard; // fragments of requests are not answered here

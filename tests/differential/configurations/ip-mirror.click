// packets: ip
// Replies of the simplest kinds.
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false) -> t :: Tee -> IPMirror -> ToDump($OUT0, SNAPLEN 0);
t[1] -> p :: ICMPPingResponder -> ToDump($OUT1, SNAPLEN 0);

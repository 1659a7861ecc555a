// packets: ip
// Options that a gateway processes.
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false) -> o :: IPGWOptions(10.0.0.1, OTHERADDRS 10.1.0.1) -> ToDump($OUT0, SNAPLEN 0, ENCAP IP);
o[1] -> e :: ICMPError(10.0.0.1, parameterproblem) -> ToDump($OUT1, SNAPLEN 0, ENCAP IP);

// packets: ip
// Options that a gateway processes.
// ignores: $OUT1 1 4-5 8 10-11: as in icmp-error
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false) -> o :: IPGWOptions(10.0.0.1, OTHERADDRS 10.1.0.1) -> ToDump($OUT0, SNAPLEN 0);
o[1] -> e :: ICMPError(10.0.0.1, parameterproblem) -> ToDump($OUT1, SNAPLEN 0);

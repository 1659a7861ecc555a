// packets: ip
// Errors about all kinds of packets.
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false) -> t :: Tee;
t[0] -> ICMPError(10.0.0.99, timeexceeded) -> ToDump($OUT0, SNAPLEN 0, ENCAP IP);
t[1] -> ICMPError(10.0.0.99, unreachable, port, BADADDRS 10.1.0.1 10.255.255.255) -> ToDump($OUT1, SNAPLEN 0, ENCAP IP);
t[2] -> ICMPError(10.0.0.99, parameterproblem, 0) -> ToDump($OUT2, SNAPLEN 0, ENCAP IP);
t[3] -> ICMPError(10.0.0.99, unreachable, needfrag, PMTU 1400) -> ToDump($OUT3, SNAPLEN 0, ENCAP IP);

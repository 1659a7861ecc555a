// packets: ip
// Errors about all kinds of packets.
// ignores: $OUT0 1 4-5 8 10-11: upstream sends TOS 0 and TTL 200, RFC 1812 asks for precedence 6; both count identifications
// ignores: $OUT1 1 4-5 8 10-11: upstream sends TOS 0 and TTL 200, RFC 1812 asks for precedence 6; both count identifications
// ignores: $OUT2 1 4-5 8 10-11: upstream sends TOS 0 and TTL 200, RFC 1812 asks for precedence 6; both count identifications
// ignores: $OUT3 1 4-5 8 10-11: upstream sends TOS 0 and TTL 200, RFC 1812 asks for precedence 6; both count identifications
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> k :: IPClassifier(not icmp or icmp type 0 or icmp type 3 or icmp type 5 or icmp type 8 or icmp type 11 or icmp type 12 or icmp type 13, -);
k[1] -> Discard; // unknown ICMP messages may be errors: not answered here
k[0] -> t :: Tee;
t[0] -> ICMPError(10.0.0.99, timeexceeded) -> ToDump($OUT0, SNAPLEN 0);
t[1] -> ICMPError(10.0.0.99, unreachable, port, BADADDRS 10.1.0.1 10.255.255.255) -> ToDump($OUT1, SNAPLEN 0);
t[2] -> ICMPError(10.0.0.99, parameterproblem, 0) -> ToDump($OUT2, SNAPLEN 0);
t[3] -> ICMPError(10.0.0.99, unreachable, needfrag, PMTU 1400) -> ToDump($OUT3, SNAPLEN 0);

// packets: ip
// Packets in packets.
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> t :: Tee;
t[0] -> IPEncap(4, 10.9.0.1, 10.9.0.2) -> ToDump($OUT0, SNAPLEN 0);
t[1] -> UDPIPEncap(10.9.0.1, 1234, 10.9.0.2, 53, CHECKSUM true) -> ToDump($OUT1, SNAPLEN 0);
t[2] -> IPEncap(ipip, 10.9.0.1, 10.9.0.2, TTL 3, TOS 8) -> StripIPHeader -> ToDump($OUT2, SNAPLEN 0);

// packets: ip
// Which headers are sound, and what remains of the packets.
FromDump($IN, STOP true) -> c :: CheckIPHeader(VERBOSE false, CHECKSUM true) -> ToDump($OUT0, SNAPLEN 0);
c[1] -> ToDump($OUT1, SNAPLEN 0);

// packets: ip
// TTL and the checksum that follows it.
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> d :: DecIPTTL -> ToDump($OUT0, SNAPLEN 0);
d[1] -> ToDump($OUT1, SNAPLEN 0);

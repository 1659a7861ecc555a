// packets: whole-ip
// Rules as people write them.
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false, CHECKSUM false) -> f :: IPFilter(
    deny src 192.168.0.0/16, allow tcp && dst port 80 && (syn || not ack), 1 udp and src port 53, 2 icmp type echo or icmp type unreachable,
    3 ip frag, deny ip ttl < 2, allow dst net 10.0.0.0/24 and not src host 10.0.0.1, 1 ip tos 16, allow ip hl > 5, deny all);
f[0] -> ToDump($OUT0, SNAPLEN 0); f[1] -> ToDump($OUT1, SNAPLEN 0);
f[2] -> ToDump($OUT2, SNAPLEN 0); f[3] -> ToDump($OUT3, SNAPLEN 0);

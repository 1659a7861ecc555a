// packets: ip
// Checksums made anew.
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false, CHECKSUM false) -> f :: IPClassifier(ip unfrag and ip hl 5, -) -> c :: IPClassifier(tcp, udp, -);
f[1] -> Discard; // a fragment has no checksum of its own; upstream writes one; source routes: as in check-transport
c[0] -> t :: SetTCPChecksum -> ToDump($OUT0, SNAPLEN 0);
c[1] -> u :: SetUDPChecksum -> ToDump($OUT1, SNAPLEN 0);
c[2] -> SetIPChecksum -> ToDump($OUT2, SNAPLEN 0);

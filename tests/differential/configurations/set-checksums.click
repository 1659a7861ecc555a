// packets: ip
// Checksums made anew.
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false, CHECKSUM false) -> c :: IPClassifier(tcp, udp, -);
c[0] -> t :: SetTCPChecksum -> ToDump($OUT0, SNAPLEN 0, ENCAP IP);
c[1] -> u :: SetUDPChecksum -> ToDump($OUT1, SNAPLEN 0, ENCAP IP);
c[2] -> SetIPChecksum -> ToDump($OUT2, SNAPLEN 0, ENCAP IP);

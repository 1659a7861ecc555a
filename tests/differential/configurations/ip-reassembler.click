// packets: whole-ip
// Packets cut up and put together again; fragments of packets that never get whole.
// ignores: $OUT0 4-5 10-11: the identification is random when DF is not honoured
FromDump($IN, STOP true) -> Unqueue -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> k :: IPClassifier(ip[6:2] & 0x3fff = 0, -);
k[0] -> f :: IPFragmenter(68, HONOR_DF false, VERBOSE false) -> IPReassembler -> ToDump($OUT0, SNAPLEN 0); f[1] -> Discard;
k[1] -> IPReassembler -> ToDump($OUT1, SNAPLEN 0);

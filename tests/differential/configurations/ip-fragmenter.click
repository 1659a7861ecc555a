// packets: ip
// Fragments, options copied and not, DF honoured and not.
// ignores: $OUT2 4-5 10-11: the identification is random when DF is not honoured
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> k :: IPClassifier(ip[6:2] & 0x1fff > 0x1eff, -); k[0] -> Discard; // offsets that overflow: upstream writes them into the flags
k[1] -> t :: Tee;
t[0] -> f :: IPFragmenter(300, VERBOSE false) -> ToDump($OUT0, SNAPLEN 0); f[1] -> ToDump($OUT1, SNAPLEN 0);
t[1] -> g :: IPFragmenter(68, HONOR_DF false, VERBOSE false) -> ToDump($OUT2, SNAPLEN 0); g[1] -> ToDump($OUT3, SNAPLEN 0);

// packets: ip
// Fragments, options copied and not, DF honoured and not.
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false) -> t :: Tee;
t[0] -> f :: IPFragmenter(300, VERBOSE false) -> ToDump($OUT0, SNAPLEN 0, ENCAP IP); f[1] -> ToDump($OUT1, SNAPLEN 0, ENCAP IP);
t[1] -> g :: IPFragmenter(68, HONOR_DF false, VERBOSE false) -> ToDump($OUT2, SNAPLEN 0, ENCAP IP); g[1] -> ToDump($OUT3, SNAPLEN 0, ENCAP IP);

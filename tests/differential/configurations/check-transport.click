// packets: ip
// Transport headers.
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false) -> t :: Tee;
t[0] -> c :: CheckTCPHeader(VERBOSE false) -> ToDump($OUT0, SNAPLEN 0, ENCAP IP); c[1] -> ToDump($OUT1, SNAPLEN 0, ENCAP IP);
t[1] -> u :: CheckUDPHeader(VERBOSE false) -> ToDump($OUT2, SNAPLEN 0, ENCAP IP); u[1] -> ToDump($OUT3, SNAPLEN 0, ENCAP IP);
t[2] -> i :: CheckICMPHeader(VERBOSE false) -> ToDump($OUT4, SNAPLEN 0, ENCAP IP); i[1] -> ToDump($OUT5, SNAPLEN 0, ENCAP IP);

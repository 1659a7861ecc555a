// packets: ip
// Transport headers.
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> r :: IPClassifier(ip hl 5, -) -> t :: Tee;
r[1] -> Discard; // for a source route, upstream takes the last address into the checksum, also of a route that was walked to its end
t[0] -> c :: CheckTCPHeader(VERBOSE false) -> ToDump($OUT0, SNAPLEN 0); c[1] -> ToDump($OUT1, SNAPLEN 0);
t[1] -> u :: CheckUDPHeader(VERBOSE false) -> ToDump($OUT2, SNAPLEN 0); u[1] -> ToDump($OUT3, SNAPLEN 0);
t[2] -> i :: CheckICMPHeader(VERBOSE false) -> ToDump($OUT4, SNAPLEN 0); i[1] -> ToDump($OUT5, SNAPLEN 0);

// packets: whole-ip
// Addresses alone: one for all, a range in order, pairs.
FromDump($IN, STOP true) -> Unqueue -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> z :: IPClassifier(host 0.0.0.0, -); z[0] -> Discard; // for upstream that is any host
z[1] -> t :: Tee;
a :: IPAddrRewriter(pattern 5.6.7.8 - 0 1, drop);
t[0] -> k :: IPClassifier(dst host 10.0.0.2, -); k[0] -> [1]a; k[1] -> [0]a;
a[0] -> u :: Tee -> ToDump($OUT0, SNAPLEN 0); u[1] -> IPMirror -> SetIPChecksum -> [1]a; a[1] -> ToDump($OUT1, SNAPLEN 0);
b :: IPAddrRewriter(pattern 5.6.7.0-5.6.7.250# - 0 1, keep 2 2);
t[1] -> l :: IPClassifier(src host 10.0.1.3, -); l[0] -> [1]b; l[1] -> [0]b;
b[0] -> ToDump($OUT2, SNAPLEN 0); b[1] -> ToDump($OUT3, SNAPLEN 0); b[2] -> ToDump($OUT4, SNAPLEN 0);

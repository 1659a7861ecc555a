// packets: ethernet
// The first and the last steps of a router, each in one element.
FromDump($IN, STOP true) -> IPInputCombo(3, INTERFACES 10.0.0.1/8 10.1.0.1/16) -> k :: IPClassifier(ip hl 5, -)
-> o :: IPOutputCombo(3, 10.0.0.1, 90);
k[1] -> Discard;
o[0] -> ToDump($OUT0, SNAPLEN 0);
o[1] -> ToDump($OUT1, SNAPLEN 0);
o[2] -> ToDump($OUT2, SNAPLEN 0);
o[3] -> ToDump($OUT3, SNAPLEN 0);
o[4] -> ToDump($OUT4, SNAPLEN 0);

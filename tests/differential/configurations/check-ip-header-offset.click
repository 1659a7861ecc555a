// packets: ethernet
// Behind Ethernet, with bad sources and without checksums.
FromDump($IN, STOP true) -> t :: Tee
    -> a :: CheckIPHeader(14, VERBOSE false, BADSRC 10.0.0.2 1.2.3.4, CHECKSUM false) -> ToDump($OUT0, SNAPLEN 0);
a[1] -> ToDump($OUT1, SNAPLEN 0);
t[1] -> b :: CheckIPHeader(OFFSET 18, VERBOSE false, INTERFACES 10.0.0.1/24 192.168.1.9/16) -> ToDump($OUT2, SNAPLEN 0);
b[1] -> ToDump($OUT3, SNAPLEN 0);

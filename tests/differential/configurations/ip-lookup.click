// packets: ip
// Four route tables that agree.
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> GetIPAddress(16) -> t :: Tee;
t[0] -> a :: StaticIPLookup(10.0.0.0/24 0, 10.0.0.2/32 1, 10.0.0.0/8 2, 0/0 3);
t[1] -> b :: RadixIPLookup(10.0.0.0/24 0, 10.0.0.2/32 1, 10.0.0.0/8 2, 0/0 3);
t[2] -> c :: LinearIPLookup(10.0.0.0/24 0, 10.0.0.2/32 1, 10.0.0.0/8 2, 0/0 3);
a[0] -> ToDump($OUT0, SNAPLEN 0); a[1] -> ToDump($OUT1, SNAPLEN 0);
a[2] -> ToDump($OUT2, SNAPLEN 0); a[3] -> ToDump($OUT3, SNAPLEN 0);
b[0] -> ToDump($OUT4, SNAPLEN 0); b[1] -> ToDump($OUT5, SNAPLEN 0);
b[2] -> ToDump($OUT6, SNAPLEN 0); b[3] -> ToDump($OUT7, SNAPLEN 0);
c[0] -> ToDump($OUT8, SNAPLEN 0); c[1] -> ToDump($OUT9, SNAPLEN 0);
c[2] -> ToDump($OUT10, SNAPLEN 0); c[3] -> ToDump($OUT11, SNAPLEN 0);

// packets: ip
// Addresses set, stored and fixed.
FromDump($IN, STOP true) -> CheckIPHeader(VERBOSE false) -> t :: Tee;
t[0] -> ICMPError(10.0.0.9, timeexceeded, SET_FIX_ANNO true) -> FixIPSrc(10.0.0.10) -> ToDump($OUT0, SNAPLEN 0, ENCAP IP);
t[1] -> SetIPAddress(10.7.7.7) -> StoreIPAddress(dst) -> ToDump($OUT1, SNAPLEN 0, ENCAP IP);
t[2] -> StoreIPAddress(10.8.8.8, src) -> ToDump($OUT2, SNAPLEN 0, ENCAP IP);
t[3] -> StoreIPAddress(10.8.8.8, 12) -> ToDump($OUT3, SNAPLEN 0, ENCAP IP);

// packets: ethernet
// A switch learns.
FromDump($IN, STOP true) -> h :: HashSwitch(11, 1) -> s :: EtherSwitch; h[1] -> [1]s; h[2] -> [2]s;
s[0] -> ToDump($OUT0, SNAPLEN 0); s[1] -> ToDump($OUT1, SNAPLEN 0); s[2] -> ToDump($OUT2, SNAPLEN 0);

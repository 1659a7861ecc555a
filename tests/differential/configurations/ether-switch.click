// packets: ethernet
// A switch learns.
FromDump($IN, STOP true) -> Unqueue -> // one by one: batches for different ports may overtake each other here
    g :: Classifier(6/01%01, -); g[0] -> Discard; // upstream learns groups as stations
g[1] -> h :: Classifier(11/01%03, 11/02%03, -) -> s :: EtherSwitch; h[1] -> [1]s; h[2] -> [2]s;
s[0] -> ToDump($OUT0, SNAPLEN 0); s[1] -> ToDump($OUT1, SNAPLEN 0); s[2] -> ToDump($OUT2, SNAPLEN 0);

// packets: ethernet
// Answers to ARP requests.
// Whoever asks for its own address is not answered here: it announces the address, or probes for duplicates.
FromDump($IN, STOP true) -> g :: Classifier(28/0a000001 38/0a000001, 28/0a000002 38/0a000002, 28/0a000103 38/0a000103, 28/0a010001 38/0a010001, -);
g[0], g[1], g[2], g[3] => Discard, Discard, Discard, Discard; g[4] -> a :: ARPResponder(10.0.0.1 02:00:00:00:00:09, 10.0.0.0/24 10.1.0.0/16 02:00:00:00:00:0a) -> ToDump($OUT0, SNAPLEN 0);
a[1] -> ToDump($OUT1, SNAPLEN 0);

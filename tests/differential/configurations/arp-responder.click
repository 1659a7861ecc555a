// packets: ethernet
// Answers to ARP requests.
FromDump($IN, STOP true) -> a :: ARPResponder(10.0.0.1 02:00:00:00:00:09, 10.0.0.0/24 10.1.0.0/16 02:00:00:00:00:0a) -> ToDump($OUT0, SNAPLEN 0);
a[1] -> ToDump($OUT1, SNAPLEN 0);

// packets: ethernet
// Queries, answers, and packets that wait for them.
FromDump($IN, STOP true) -> Unqueue -> // one by one: queries leave before batches here
    c :: Classifier(12/0806 20/0002 22/020000 28/0a0000, 12/0800, -);
q :: ARPQuerier(10.0.0.77, 02:00:00:00:00:07, POLL_TIMEOUT 0, TIMEOUT 0);
c[0] -> [1]q; c[1] -> Strip(14) -> CheckIPHeader(VERBOSE false, CHECKSUM true) -> GetIPAddress(16) -> [0]q;
q -> ToDump($OUT0, SNAPLEN 0); c[2] -> ToDump($OUT1, SNAPLEN 0);

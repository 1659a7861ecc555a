// packets: ethernet
// Patterns with masks, alternatives and negations.
FromDump($IN, STOP true) -> c :: Classifier(12/0806 20/0001, 12/0806 20/0002, !12/0800 0/ff??, 12/8100 14/0005%0fff, 12/0800 23/06 !6/0200, 30/0a0000??, -);
c[0] -> ToDump($OUT0, SNAPLEN 0); c[1] -> ToDump($OUT1, SNAPLEN 0); c[2] -> ToDump($OUT2, SNAPLEN 0); c[3] -> ToDump($OUT3, SNAPLEN 0);
c[4] -> ToDump($OUT4, SNAPLEN 0); c[5] -> ToDump($OUT5, SNAPLEN 0); c[6] -> ToDump($OUT6, SNAPLEN 0);

a, b, c, d, e :: Idle; a [0,1,2] => [] b; c [] => d, [0] e;

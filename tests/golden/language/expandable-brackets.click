a, b, c :: Idle; a [0,1,2] => [] b; c [] => a, [1] a;

a, b, c :: Idle; q :: Idle; a -> b, c, [2] q;

a, b, c, d :: Idle; a, b [3], c -> [1] d;

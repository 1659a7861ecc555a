a, b, c, d :: Idle; a, b, c [0] => d;

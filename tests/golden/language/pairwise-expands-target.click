a, b, c, d :: Idle; a, b, c [5] => d;

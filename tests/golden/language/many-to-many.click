a, b :: Idle;
a [0,1] -> [0,1] b;

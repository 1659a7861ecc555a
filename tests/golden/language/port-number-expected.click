a, b :: Idle;
a [x] -> b;
a [1-] -> b;
a [3-1] -> b

b -> a;
a, b :: Idle;

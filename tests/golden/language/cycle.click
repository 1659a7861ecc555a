a, b :: Idle; a -> b -> a;

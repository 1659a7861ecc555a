a, b :: Idle; a -> (b);

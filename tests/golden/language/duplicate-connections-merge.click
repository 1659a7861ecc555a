a, b :: Idle; a -> b; a [0] -> [0] b; a -> b

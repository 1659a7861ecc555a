a, b :: Idle; a -> [1] b; a [1] -> b; b [1] -> a; b -> [2] b; a [2] -> [1] a

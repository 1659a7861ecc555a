a, b, c, d :: Idle; a, b [1], c -> [1] d; b -> d

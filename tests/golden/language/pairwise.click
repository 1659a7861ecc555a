a, b, c, d :: Idle; a, b => c, [1] d; b [1] -> d

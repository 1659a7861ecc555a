a, b :: Idle; a [0-2] => [1-3] b; a [3] -> b

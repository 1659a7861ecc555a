q :: Queue; Idle -> q; a, b :: Unqueue; q -> a, b; c :: Null; q -> c; a -> [0] d :: Discard; b -> d; c -> Unqueue -> d

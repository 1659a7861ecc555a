x, y, z :: Idle; z -> y -> z; x => [1] y [1], (-> c :: Idle => (->), Null ->) -> Discard

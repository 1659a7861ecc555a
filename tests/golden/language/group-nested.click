x, y :: Idle; x => [1] y [1], (-> c :: Idle => (->), Null ->) -> Discard

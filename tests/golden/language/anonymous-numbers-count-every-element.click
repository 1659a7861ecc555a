a :: Idle -> Null -> b :: Idle; Idle -> Null -> Discard

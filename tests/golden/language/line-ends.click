a :: Idleb :: Idle
// commenta -> b

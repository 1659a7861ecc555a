a :: Idle -> b :: Idle -> Discard;

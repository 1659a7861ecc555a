Idle@2 :: Idle -> Idle -> Discard;

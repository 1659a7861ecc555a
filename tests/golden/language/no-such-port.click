Idle -> [1] d :: Discard;
Idle -> d;

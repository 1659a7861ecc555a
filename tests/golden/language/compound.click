elementclass Foo { input -> Null -> [1] x :: Idle; x [1] -> output }
Idle -> f :: Foo -> Foo -> Discard;

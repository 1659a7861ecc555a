elementclass Foo { input -> Null -> [1] x :: Idle; x [1] -> output; x -> x }
Idle -> f :: Foo -> Foo -> Discard;

elementclass T { input -> a :: Idle; input -> b :: Idle; a -> output; b -> output }
x, y :: Idle; x -> T -> y

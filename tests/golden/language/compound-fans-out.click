elementclass T { input -> a :: Unqueue; input -> b :: Unqueue; a -> output; b -> output }
q :: Queue; Idle -> q -> T -> d :: Discard

elementclass A { elementclass Idle { Null@x :: Null; input -> Null@x -> output } i :: Idle; input -> i -> output }
Idle -> A -> Discard

elementclass A { -> Null -> }
x :: A;
elementclass A { -> Idle -> }
Idle -> x -> A -> Discard

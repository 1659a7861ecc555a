a, b :: Queue(5);
Idle -> a -> Idle; Idle -> b -> Idle;

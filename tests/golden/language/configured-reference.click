x :: Idle;
x(5) -> x;

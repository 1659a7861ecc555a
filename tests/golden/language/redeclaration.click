x :: Idle;

y, x :: Null;

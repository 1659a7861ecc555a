a :: Idle;
a -> b -> nope(3);

# hello
a :: Idle;

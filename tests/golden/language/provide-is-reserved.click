provide;
a :: Idle;

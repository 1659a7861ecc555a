12 :: Idle;
a/3 :: Idle; 4/b :: Idle; a4/b5 :: Idle;

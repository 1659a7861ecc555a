a, b :: Idle;
[1] a -> b [2];
{ x :: Idle; [3]; }
